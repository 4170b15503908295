"""A gateway in this process, called without a socket; its services are away unless addresses are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.app import create_app
from gateway.settings import GatewaySettings
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.keys import generate_keys

NOBODY_LISTENS = "127.0.0.1:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRig:
    """Who signs a gateway's tokens, and a client without a token."""

    signer: TokenSigner
    http: httpx.AsyncClient

    def bearer(self, role: Role = Role.ADMIN) -> dict[str, str]:
        """Headers of a caller."""
        identity = Identity(
            user_id="00000000-0000-7000-8000-000000000001", workspace_id="default", role=role, name="Tester"
        )
        return {"Authorization": f"Bearer {self.signer.sign(identity)}"}


@asynccontextmanager
async def lone_gateway(folder: Path, *, caller: str = "127.0.0.1", **settings: Any) -> AsyncIterator[GatewayRig]:
    """A gateway with keys of its own, called from an address."""
    keys = generate_keys(folder / "keys")
    token = folder / "service-token"
    signer = TokenSigner.from_file(keys.private_key)
    token.write_text(signer.sign_service("gateway", workspace_id="default"), encoding="ascii")
    away = dict.fromkeys(("classifier_address", "store_address", "chat_address"), NOBODY_LISTENS)
    own = {"public_key_file": keys.public_key, "private_key_file": keys.private_key, "service_token_file": token}
    configured = GatewaySettings(**{**own, "web_folder": folder / "no-page", **away, **settings})
    app = create_app(configured)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(caller, 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://earshot") as http,
    ):
        yield GatewayRig(signer=signer, http=http)
