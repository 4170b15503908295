"""Refuses plain HTTP from other machines, where the settings say so: by default in production (G12).

TLS ends at a proxy. Its word for how a request came counts where EARSHOT_TRUSTED_PROXIES names it: uvicorn has then put
it into the scope, and the caller's address with it.
"""

from ipaddress import ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.problems import problem

OPEN: Final = frozenset({"/health", "/healthz", "/readyz", "/metrics"})
"""Asked by what watches the process, from its own network; no answer of theirs is about anybody."""


class HttpsOnly:
    """Plain ASGI middleware inside CallScope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or scope["scheme"] == "https" or scope["path"] in OPEN or _is_local(scope):
            await self._app(scope, receive, send)
            return
        refusal = problem(
            status=403,
            reason="HTTPS_REQUIRED",
            detail="This gateway answers by HTTPS only.",
            hint="Use https://. A proxy with TLS before the gateway is named in EARSHOT_TRUSTED_PROXIES.",
        )
        await refusal(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    """Whether the caller is this machine; a proxy may have passed on any text as its address."""
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
