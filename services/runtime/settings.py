"""Settings from the environment: `EARSHOT_…` variables, checked together, reported together, never printed.

A process defines one frozen subclass of `RuntimeSettings` (or `ServerSettings`), loads it once in its `__main__` and
hands the values on. Every field has a `description`; `describe` turns them into the documented table.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import BaseSettings
from pydantic_settings.exceptions import SettingsError as SourceError

from services.runtime.environment import ENV_PREFIX
from services.runtime.keys import import_key, read_key_file, split_keys
from services.runtime.readable_file import ReadableFile
from services.runtime.tls import TlsSettings

EXIT_BAD_SETTINGS: Final = 2

_SIGNING_KEY: Final = "private_key_file"
_KEY_FILES: Final = ("public_key_file", _SIGNING_KEY)

Port = Annotated[int, Field(ge=0, le=65_535)]
"""A TCP port; 0 lets the system choose."""


class RuntimeSettings(TlsSettings):
    """What every process reads."""

    environment: Literal["dev", "production"] = Field(
        default="dev", description="`production` hides reflection, logs JSON, and wants HTTPS."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log line written."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="`auto` is console in a terminal outside production, else JSON lines."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address the Prometheus endpoint listens on.")
    metrics_port: Port | None = Field(
        default=None, description="Port of the Prometheus endpoint of this process; none by default."
    )
    loop_stall_seconds: float = Field(
        default=20,
        ge=0,
        description="Standstill of the event loop after which the process ends itself, with every stack in its log; "
        "0 never.",
    )
    trace_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="OTLP/gRPC collector that traces go to, `http://host:4317` say; none by default.",
    )
    trace_sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of new traces that is recorded; a caller's decision is kept."
    )
    public_key_file: ReadableFile = Field(
        description="PEM file with the public Ed25519 key, or several during a rotation, that tokens are verified with."
    )
    service_token: SecretStr | None = Field(
        default=None, description="Token with role `service` for calls this process makes on its own behalf."
    )
    service_token_file: ReadableFile | None = Field(
        default=None, description="File with that token, read again whenever it changes; wins over the value."
    )
    token_leeway_seconds: int = Field(
        default=60, ge=0, le=300, description="Clock difference tolerated when a token's times are checked."
    )

    @property
    def logs_json(self) -> bool:
        """Whether log lines are JSON."""
        if self.log_format == "auto":
            return self.environment == "production" or not sys.stderr.isatty()
        return self.log_format == "json"

    def secret_values(self) -> tuple[str, ...]:
        """Every secret among the settings, so that the log can hide it wherever it shows up."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


class ServerSettings(RuntimeSettings):
    """What every gRPC server reads beside its own host and port."""

    max_concurrent_rpcs: int = Field(
        default=512, ge=1, description="Calls in progress per process; more answer RESOURCE_EXHAUSTED at once."
    )
    max_message_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        description="Largest gRPC message accepted and sent, in bytes; pages of answers fit the default: take no less.",
    )
    default_deadline_seconds: float = Field(
        default=30, gt=0, description="Deadline of a unary call whose caller sent none."
    )
    stream_idle_seconds: float | None = Field(
        default=60, gt=0, description="Longest silence of a stream whose caller sent no deadline."
    )
    stream_deadline_seconds: float | None = Field(
        default=None, gt=0, description="Total time of a stream whose caller sent no deadline; unlimited by default."
    )
    max_connection_age_seconds: float = Field(
        default=300, gt=0, description="Age at which a connection is renewed, so that load reaches new replicas."
    )
    max_connection_age_grace_seconds: float = Field(
        default=3600, gt=0, description="Time a stream may go on over a connection that reached its age."
    )
    health_interval_seconds: float = Field(
        default=2, gt=0, description="Pause between two rounds of dependency checks."
    )
    health_timeout_seconds: float = Field(
        default=2, gt=0, description="Time one dependency check may take before it counts as failed."
    )
    drain_delay_seconds: float = Field(
        default=0, ge=0, description="Wait between NOT_SERVING and refusing calls; in Kubernetes about 5."
    )
    drain_grace_seconds: float = Field(
        default=20, gt=0, description="Time calls in progress get to finish after SIGTERM."
    )
    reflection: bool | None = Field(default=None, description="Serve gRPC reflection; by default in dev only.")

    @property
    def serves_reflection(self) -> bool:
        """Whether reflection is on."""
        return self.environment == "dev" if self.reflection is None else self.reflection


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """One variable that is missing or wrong, and what it is for."""

    variable: str
    problem: str
    description: str


class BadSettingsError(Exception):
    """Settings that cannot be used, all problems together; its text never holds a value."""

    def __init__(self, problems: Sequence[SettingProblem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{count} setting{'s' if count != 1 else ''} must be fixed before this process can start:"]
        for problem in self.problems:
            lines.append(f"  {problem.variable}: {problem.problem}")
            if problem.description:
                lines.append(f"      {problem.description}")
        super().__init__("\n".join(lines))


SettingsT = TypeVar("SettingsT", bound=RuntimeSettings)


def load_settings(settings_class: type[SettingsT]) -> SettingsT:
    """The settings of this process, read once. Raises BadSettingsError with every problem."""
    try:
        return settings_class()
    except ValidationError as error:
        problems = [_problem(settings_class, item) for item in error.errors(include_input=False, include_url=False)]
        raise BadSettingsError(problems) from None
    except SourceError as error:
        # Raised at the first list or mapping that is not JSON; the text names the field, not its value.
        problem = SettingProblem(variable=ENV_PREFIX + "…", problem=str(error), description="")
        raise BadSettingsError([problem]) from None


def load_settings_or_exit(settings_class: type[SettingsT]) -> SettingsT:
    """As `load_settings`, and looks into the key files; on problems prints them all to stderr and exits with code 2."""
    try:
        settings = load_settings(settings_class)
        if problems := list(_key_problems(settings)):
            raise BadSettingsError(problems)
    except BadSettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_BAD_SETTINGS) from None
    else:
        return settings


def _key_problems(settings: RuntimeSettings) -> Iterator[SettingProblem]:
    for name, field in type(settings).model_fields.items():
        if name in _KEY_FILES and (path := getattr(settings, name)):
            try:
                keys = [import_key(key) for key in split_keys(read_key_file(path))]
                if name == _SIGNING_KEY and not all(key.is_private for key in keys):
                    raise ValueError("a public key; signing needs the private one")
            except ValueError as error:
                yield SettingProblem(
                    variable=_variable(name, field),
                    problem=f"{path} cannot be used: {error}",
                    description=field.description or "",
                )


def _problem(settings_class: type[RuntimeSettings], item: ErrorDetails) -> SettingProblem:
    # A field is named by its alias where it has one; several fields together have no location.
    location = str(item["loc"][0]) if item["loc"] else "…"
    by_alias = {field.validation_alias: field for field in settings_class.model_fields.values()}
    field = by_alias.get(location) or settings_class.model_fields.get(location)
    message = "is missing" if item["type"] == "missing" else item["msg"].removeprefix("Value error, ")
    return SettingProblem(
        variable=location if location in by_alias else ENV_PREFIX + location.upper(),
        problem=message,
        description=(field.description or "") if field else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDoc:
    """One row of the documented table; `default` is empty for a required setting."""

    variable: str
    default: str
    description: str


def describe(settings_class: type[BaseSettings]) -> list[SettingDoc]:
    """Every setting of a class in order of definition, for the table that a test compares with the code."""
    return [
        SettingDoc(
            variable=_variable(name, field),
            default=_default_text(field.get_default(call_default_factory=False)),
            description=field.description or "",
        )
        for name, field in settings_class.model_fields.items()
    ]


def _variable(name: str, field: FieldInfo) -> str:
    """A field with a name of its own in the environment has it as its alias: OPENAI_API_KEY, say."""
    return field.validation_alias if isinstance(field.validation_alias, str) else ENV_PREFIX + name.upper()


def _default_text(default: object) -> str:
    if default is PydanticUndefined:
        return "(required)"
    return "" if default is None else str(default)
