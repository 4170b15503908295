"""Errors as RFC 9457 problems: one shape for every failure, with request id, reason and hint."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.runtime.call_context import current_request_id
from services.runtime.errors import (
    EarshotError,
    ErrorKind,
    ErrorReason,
    FieldViolation,
    InternalError,
    InvalidInputError,
)
from services.runtime.status import http_status, public_message

PROBLEM_TYPE: Final = "application/problem+json"
ONE: Final = "one message"
MANY: Final = "many messages"
"""Kinds of a body that has several, which pydantic names in the path of a field as if they were its parents."""
MAX_VIOLATIONS: Final = 20

_REASON_OF_STATUS: Final = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "BODY_TOO_SLOW",
    413: "BODY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA",
}
_NO_OBJECT: Final = frozenset({"model_attributes_type", "model_type"})
_LOGGER: Final = structlog.get_logger("earshot.gateway")


class ProblemResponse(JSONResponse):
    """A problem's JSON. Names of unknown fields come back in it, and a caller's JSON can hold lone surrogates."""

    media_type = PROBLEM_TYPE

    def render(self, content: Any) -> bytes:  # noqa: ANN401  # starlette's signature
        """The body; what UTF-8 cannot carry becomes a question mark."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def problem(
    *,
    status: int,
    reason: str,
    detail: str,
    hint: str = "",
    violations: tuple[FieldViolation, ...] = (),
    retry_after_seconds: float | None = None,
) -> JSONResponse:
    """The answer for a failure. `Retry-After` is set where it makes sense to come back."""
    body: dict[str, Any] = {
        "type": f"urn:earshot:problem:{reason}",
        "title": _title(status),
        "status": status,
        "detail": detail,
        "reason": reason,
        "request_id": current_request_id(),
    }
    if hint:
        body["hint"] = hint
    if violations:
        body["violations"] = [{"field": item.field, "description": item.description} for item in violations]
    headers = {}
    if retry_after_seconds is not None:
        body["retry_after_seconds"] = retry_after_seconds
        headers["Retry-After"] = str(max(1, round(retry_after_seconds)))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return ProblemResponse(body, status_code=status, headers=headers)


def problem_of(error: EarshotError) -> JSONResponse:
    """The problem of an error of ours, by the table of `services.runtime.status`."""
    if error.kind is ErrorKind.INTERNAL:
        _LOGGER.error("internal error", reason=error.reason, message=error.message)
    return problem(
        status=http_status(error),
        reason=str(error.reason),
        detail=public_message(error),
        hint=error.hint,
        violations=error.violations,
        retry_after_seconds=error.retry_after_seconds,
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every failure of the app a problem."""
    app.add_exception_handler(EarshotError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unknown)


async def _on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, EarshotError)  # noqa: S101  # registered for this class
    return problem_of(error)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    violations = tuple(_violation(item) for item in error.errors()[:MAX_VIOLATIONS])
    detail = "; ".join(f"{item.field}: {item.description}" for item in violations[:3])
    return problem_of(InvalidInputError(detail, violations=violations))


def _violation(item: dict[str, Any]) -> FieldViolation:
    """`loc` starts with body, query or path; the rest is the field's path. Input is never echoed."""
    path = [part for part in item["loc"] if part not in (ONE, MANY)]
    if item["type"] == "json_invalid":
        told = f"is not JSON: {item['ctx']['error']} at character {path[-1]}"
        return FieldViolation(field="body", description=told)
    if path == ["body"] and item["type"] in _NO_OBJECT:
        return FieldViolation(field="body", description="must be a JSON object, sent as application/json")
    field = _path(path[1:]) or str(path[0])
    return FieldViolation(field=field, description=str(item["msg"]).removeprefix("Value error, "))


def _path(parts: Sequence[str | int]) -> str:
    """As the services write it: `messages[0].text`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        allowed = {"Allow": ", ".join(sorted(_methods(request)))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        error = HTTPException(405, error.detail, headers=allowed)
    reason = _REASON_OF_STATUS.get(error.status_code, _title(error.status_code).upper().replace(" ", "_"))
    answer = problem(status=error.status_code, reason=reason, detail=str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _on_unknown(request: Request, error: Exception) -> Response:
    return unexpected_problem(request.url.path, error)


def unexpected_problem(path: str, error: Exception) -> JSONResponse:
    """The problem of an error that nothing foresaw, which the log tells whole."""
    _LOGGER.error("unexpected error", path=path, exc_info=error)
    return problem_of(InternalError(reason=ErrorReason.INTERNAL))


def _methods(request: Request) -> set[str]:
    """Every method some route has for this path: starlette names those of the first such route only."""
    found = {"OPTIONS"}
    for route in request.app.state.operations:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= route.methods
    return found | ({"HEAD"} if "GET" in found else set())


def _title(status: int) -> str:
    return "Client Closed Request" if status == 499 else HTTPStatus(status).phrase
