"""Where a model is fetched from, and what may be fetched. Pure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """An archive and the folder that keeps it."""

    url: str
    sha256: str
    """Of the archive, in hexadecimal digits."""
    cache: Path
    max_bytes: int
    """Of the archive, and of what it unpacks to."""
    allow_http: bool = False

    @property
    def name(self) -> str:
        """The URL without what may be secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def is_allowed(url: str, *, allow_http: bool) -> bool:
    """Whether a URL may be fetched: https, or http from this machine or by explicit permission."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and (allow_http or parts.hostname in _LOOPBACK)
    return bool(parts.hostname) and (parts.scheme == "https" or plain)
