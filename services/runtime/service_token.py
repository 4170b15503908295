"""The token a process calls others with on its own behalf."""

from pathlib import Path

from services.runtime.settings import RuntimeSettings


class ServiceToken:
    """A fixed token, or a file that is read again whenever it changes, so that an operator can rotate it."""

    def __init__(self, *, value: str = "", file: Path | None = None) -> None:
        self._value = value
        self._file = file
        self._modified_ns = -1

    @classmethod
    def from_settings(cls, settings: RuntimeSettings) -> "ServiceToken | None":
        """The token the settings name; None when they name none."""
        if settings.service_token_file is not None:
            return cls(file=settings.service_token_file)
        if settings.service_token is not None:
            return cls(value=settings.service_token.get_secret_value())
        return None

    def current(self) -> str:
        """The token to send now."""
        if self._file is not None:
            modified_ns = self._file.stat().st_mtime_ns
            if modified_ns != self._modified_ns:
                self._value = self._file.read_text(encoding="ascii").strip()
                self._modified_ns = modified_ns
        return self._value
