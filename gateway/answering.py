"""The standing rules of JSON answers: an entity tag for what is read, and a link to the next page.

Handlers answer with plain dicts; `ApiResponse` is what the application makes of them. The routes with the largest
answers make it themselves: FastAPI would first walk through every value of a dict to see that it is JSON. It knows the
request by a context variable, because a response is made without one.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OF_THE_INSTANT: Final = frozenset({"as_of", "range", "compare_to", "query"})

_asked: Final[ContextVar[Scope | None]] = ContextVar("earshot_asked", default=None)


class Asked:
    """Plain ASGI middleware: tells ApiResponse which request it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] == "http":
            _asked.set(scope)
        await self._app(scope, receive, send)


class ApiResponse(JSONResponse):
    """JSON. A GET gets a weak `ETag` (RFC 9110, 8.8.3) and 304 where `If-None-Match` names it; a page of a list gets
    `Link: <…>; rel="next"` (RFC 8288).
    """

    def render(self, content: Any) -> bytes:  # noqa: ANN401  # starlette's signature
        """The body; none where the caller has it."""
        body = super().render(content)
        scope = _asked.get()
        self._standing: dict[str, str] = {}
        if scope is None or scope["method"] != "GET" or self.status_code != 200:
            return body
        token = content.get("next_page_token") if isinstance(content, Mapping) else None
        if token:
            self._standing["Link"] = f'<{_next_page(scope, token)}>; rel="next"'
        tag = f'W/"{hashlib.sha256(self.tagged(content, body)).hexdigest()[:24]}"'
        self._standing.update({"ETag": tag, "Cache-Control": "private, no-cache"})
        if _is_known(tag, Headers(scope=scope).get("if-none-match", "")):
            self.status_code = 304
            return b""
        return body

    def tagged(self, content: Any, body: bytes) -> bytes:  # noqa: ANN401, ARG002  # any JSON; for those who look at it
        """What the entity tag is made of."""
        return body

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """As starlette's, with the standing ones; those given win. No content has no type."""
        if self.status_code == 204:
            self.media_type = None  # type: ignore[assignment]  # as the class above JSONResponse has it
        super().init_headers({**self._standing, **(headers or {})})


class CountedResponse(ApiResponse):
    """Statistics. Their tag is made of the question and its numbers, not of the instant at which they were counted: 304
    says that they are still the same, and `as_of` of the kept answer how old it is.
    """

    def tagged(self, content: Any, body: bytes) -> bytes:  # noqa: ANN401, ARG002  # as above
        """Question and numbers; the `query_id` stands for the question, an end of its range that is now included."""
        return JSONResponse.render(self, {name: content[name] for name in content if name not in _OF_THE_INSTANT})


def _next_page(scope: Scope, token: str) -> str:
    """The same list, from the next page on, as a reference relative to the server."""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in asked if name != "page_token"]
    return f"{scope['path']}?{urlencode([*kept, ('page_token', token)])}"


def _is_known(tag: str, if_none_match: str) -> bool:
    """Weak comparison: `W/` aside, any of the tags listed, or `*`."""
    listed = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in listed or tag.removeprefix("W/") in listed


class HeadAsGet:
    """Plain ASGI middleware: HEAD is answered like GET, without the body (RFC 9110, 9.3.2); a stream ends at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = asyncio.Event()

        async def gone_at_the_end() -> Message:
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended.is_set():
                ended.set()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        scope["method"] = "GET"
        try:
            await self._app(scope, gone_at_the_end, send_without_body)
        finally:
            scope["method"] = "HEAD"
