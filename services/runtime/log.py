"""Structured logs: readable in a terminal, JSON lines elsewhere, with request id and caller on every line, no secrets.

Call `configure_logging` once in a `__main__`; modules use `structlog.get_logger("earshot.<area>")`. Their lines are
written at once: by way of the standard library's loggers, the line of a call cost a twentieth of a classification. What
comes from those loggers (uvicorn, asyncio, grpc) looks the same.
"""

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import structlog

from services.runtime.call_context import current_request_id, identity_or_none
from services.runtime.setting_names import unknown_settings
from services.runtime.settings import RuntimeSettings
from services.runtime.tracing import current_trace_id

REDACTED: Final = "[redacted]"
_MIN_SECRET_LENGTH: Final = 6

_SECRET_KEY: Final = re.compile(
    r"authorization|token|password|passwd|secret|api_?key|private_?key|credential|cookie|dsn|database_url|redis_url",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"  # a JWT
    r"|earshot_[irs]_[\w-]{20,}"  # an invitation, a refresh token, a service token
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # user:password of an address
    r"|(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{8,}"
    r"|\bsk-[\w-]{8,}"  # an LLM provider's key
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)
# Loggers that install handlers of their own.
_REROUTED: Final = ("uvicorn", "uvicorn.access", "uvicorn.error", "asyncio", "grpc")
# A line for each request, with the whole address: what is signed or secret in it stands in its query.
_TALKATIVE: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "openai")

EventDict: TypeAlias = MutableMapping[str, Any]


def configure_logging(settings: RuntimeSettings, *, service: str) -> None:
    """Sends every log line to stderr in the chosen format. `service` names the process on each line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _CallFields(service),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        Redaction(settings.secret_values()),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.logs_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=_Line,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )
    _route_standard_library(settings, shared, renderer)
    for variable, meant in unknown_settings(os.environ):
        structlog.get_logger("earshot.settings").warning("there is no such setting", variable=variable, meant=meant)


class _Line:
    """Writes lines to stderr, each whole; `name` is the logger's."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def info(self, line: str) -> None:
        """Writes one line, whatever its level."""
        sys.stderr.write(line + "\n")

    debug = warning = error = critical = exception = info


def _route_standard_library(
    settings: RuntimeSettings, shared: list[structlog.typing.Processor], renderer: structlog.typing.Processor
) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _REROUTED:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class _CallFields:
    """Adds service, request id, trace id, user and workspace."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        event["service"] = self._service
        if request_id := current_request_id():
            event.setdefault("request_id", request_id)
        if trace_id := current_trace_id():
            event.setdefault("trace_id", trace_id)
        identity = identity_or_none()
        if identity is not None:
            event.setdefault("user_id", identity.user_id)
            event.setdefault("workspace_id", identity.workspace_id)
        return event


# Keys are written in our code; the few that come from elsewhere are bounded.
@lru_cache(maxsize=1024)
def _names_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


class Redaction:
    """Hides secrets: values under telling keys, texts that look like one, and the settings' own secrets anywhere."""

    def __init__(self, secrets: Iterable[str]) -> None:
        literal = sorted((re.escape(secret) for secret in secrets if len(secret) >= _MIN_SECRET_LENGTH), key=len)
        self._literal = re.compile("|".join(reversed(literal))) if literal else None

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """The event with every secret replaced, nested ones too."""
        for key, value in event.items():
            event[key] = REDACTED if value is not None and _names_secret(key) else self._clean(value)
        return event

    def _clean(self, value: object) -> object:
        if isinstance(value, str):
            text = _SECRET_TEXT.sub(REDACTED, value)
            return self._literal.sub(REDACTED, text) if self._literal else text
        if isinstance(value, Mapping):
            return dict(self("", "", dict(value)))
        if isinstance(value, list | tuple):
            return [self._clean(item) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self._clean(str(value))
