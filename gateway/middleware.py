"""Plain ASGI middleware, so that streams pass untouched: call scope, security headers, body limit, metrics."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.plain_http import OPEN
from gateway.problems import problem, problem_of, unexpected_problem
from gateway.programs import PREFIX, Programs
from services.runtime.auth import Identity, Role, TokenVerifier
from services.runtime.call_context import call_scope, require_role
from services.runtime.errors import EarshotError
from services.runtime.interceptors.request_id import sound_request_id

BEARER: Final = "bearer "
UPLOAD_PATH: Final = "/api/v1/import"
UPLOADERS: Final = (Role.AGENT, Role.INGEST, Role.SERVICE)

_LOGGER: Final = structlog.get_logger("earshot.http")
_REQUESTS: Final = Counter("http_requests_total", "HTTP requests by route and status.", ["method", "route", "status"])
_SECONDS: Final = Histogram("http_request_duration_seconds", "Time to the end of the answer.", ["method", "route"])

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class CallScope:
    """Gives each request its id, its caller (when the token is good) and the answer's standing headers."""

    def __init__(self, app: ASGIApp, *, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = sound_request_id(headers.get("x-request-id", ""))
        token = _bearer(headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        identity: Identity | None = None
        refusal: EarshotError | None = None
        if token:
            try:
                with call_scope(request_id=request_id):
                    identity, token = await self._caller(token, scope)
            except EarshotError as error:
                refusal = error
        with call_scope(request_id=request_id, identity=identity, bearer_token=token if identity else ""):
            if refusal:
                await problem_of(refusal)(scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)

    async def _caller(self, token: str, scope: Scope) -> tuple[Identity, str]:
        """Who calls, and the token that says so to the services. Raises EarshotError."""
        if token.startswith(PREFIX):
            programs: Programs = scope["app"].state.programs
            exchanged = await programs.exchange(token)
            return exchanged.identity, exchanged.bearer
        return self._verifier.verify(token), token


def _bearer(headers: Headers) -> str:
    value = headers.get("authorization", "")
    return value[len(BEARER) :].strip() if value.lower().startswith(BEARER) else ""


class BodyTooLargeError(HTTPException):
    """Raised where a body is read that turns out too large; an HTTPException, which passes through FastAPI's reader."""

    def __init__(self, limit: int) -> None:
        super().__init__(status_code=413, detail=f"The request body is larger than {limit} bytes.")


class BodyLimit:
    """Refuses bodies that pause too long or grow over the limit, by their declared length or as they come. Uploads
    have a limit of their own, and only who may store messages may send one: a body is read, onto the disk, before the
    route asks for the caller.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, max_upload_bytes: int, idle_seconds: float) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = scope["path"] == UPLOAD_PATH
        limit = self._max_upload_bytes if is_upload else self._max_body_bytes
        declared = Headers(scope=scope).get("content-length", "0")
        refusal = _uploader_missing() if is_upload else None
        if refusal is not None:
            await problem_of(refusal)(scope, receive, send)
        elif declared.isdigit() and int(declared) > limit:
            await _too_large(limit, is_upload=is_upload)(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, limit, self._idle_seconds), send)


def _uploader_missing() -> EarshotError | None:
    """Why the caller may send no upload; the store, which is asked at its end, says the same."""
    try:
        require_role(*UPLOADERS)
    except EarshotError as error:
        return error
    return None


class BodyTooSlowError(HTTPException):
    """Raised where a body is read whose next part does not come."""

    def __init__(self, seconds: float) -> None:
        super().__init__(status_code=408, detail=f"The request body paused for more than {seconds:g} seconds.")


def _limited(receive: Receive, limit: int, idle_seconds: float) -> Receive:
    seen, complete = 0, False

    async def limited() -> Message:
        nonlocal seen, complete
        if complete:
            # What comes now is the end of the connection, for which a stream may wait as long as it runs.
            return await receive()
        try:
            async with asyncio.timeout(idle_seconds):
                message = await receive()
        except TimeoutError as error:
            raise BodyTooSlowError(idle_seconds) from error
        complete = not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLargeError(limit)
        return message

    return limited


def _too_large(limit: int, *, is_upload: bool) -> ASGIApp:
    parts = "Split the file and import its parts one after the other, each with an import id of its own."
    return problem(
        status=413,
        reason="BODY_TOO_LARGE",
        detail=f"The request body is larger than {limit} bytes.",
        hint=parts if is_upload else "Send it in smaller parts; large files go to POST /api/v1/import.",
    )


class Unexpected:
    """An error that nothing foresaw as a problem with its request id, inside all that adds to answers and writes of
    them. Where the answer has begun, the connection is cut instead, so that nobody takes a part for the whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        begun = False

        async def noting_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            await unexpected_problem(scope["path"], error)(scope, receive, send)


class Observed:
    """Counts, times and logs every request under its route's template, never under its raw path."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = self._clock(), 499

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        finally:
            seconds = self._clock() - started
            route = getattr(scope.get("route"), "path", "other")
            _REQUESTS.labels(scope["method"], route, status).inc()
            _SECONDS.labels(scope["method"], route).observe(seconds)
            # Machines ask the latter every few seconds: their lines would hide those of people.
            log = _LOGGER.debug if route in OPEN else _LOGGER.info
            log("request", method=scope["method"], route=route, status=status, seconds=round(seconds, 4))
