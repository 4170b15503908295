"""A gateway in this process behind a real port, served as `python -m gateway` serves it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from gateway.__main__ import server_config
from gateway.settings import GatewaySettings
from services.runtime.auth import TokenSigner
from tests.support.gateway import NOBODY_LISTENS
from tests.support.probe import eventually


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]  # theirs is generated
        return contextlib.nullcontext()


@asynccontextmanager
async def served_gateway(folder: Path, keys: Path, **settings: Any) -> AsyncIterator[int]:
    """Its port. `keys` is a folder of keys; services are away unless addresses are given."""
    token = folder / "service-token"
    signer = TokenSigner.from_file(keys / "signing-key.pem")
    token.write_text(signer.sign_service("gateway", workspace_id="default"), encoding="ascii")
    given = {
        **dict.fromkeys(("classifier_address", "store_address", "chat_address"), NOBODY_LISTENS),
        "public_key_file": keys / "public-key.pem",
        "private_key_file": keys / "signing-key.pem",
        "service_token_file": token,
        "web_folder": folder / "no-page",
        "http_grace_seconds": 1,
        **settings,
    }
    async with served(server_config(GatewaySettings(**given))) as port:
        yield port


@asynccontextmanager
async def served(config: uvicorn.Config) -> AsyncIterator[int]:
    """Serves an application on a free port, which it yields."""
    config.host, config.port = "127.0.0.1", 0
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started or serving.done())
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving
