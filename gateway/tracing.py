"""A span per HTTP request, named by its route's template, child of the caller's `traceparent`."""

from typing import Final

from opentelemetry.trace import StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.call_context import current_request_id
from services.runtime.tracing import server_span

# Asked every few seconds by whoever watches the process.
_UNTRACED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Traced:
    """Plain ASGI middleware inside CallScope, whose request id the span carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        with server_span(scope["method"], Headers(scope=scope)) as span:

            async def noting_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, noting_send)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes(
                    {
                        "http.request.method": scope["method"],
                        "http.route": route,
                        "earshot.request_id": current_request_id(),
                    }
                )
