"""What handlers are given: the clients and the settings of this process.

Dependencies are async throughout: FastAPI sends the others through a thread, which costs more than they do.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from gateway.clients import Clients
from gateway.settings import GatewaySettings
from services.runtime.auth import TokenSigner, TokenVerifier
from services.runtime.call_context import current_bearer_token


async def _clients(request: Request) -> Clients:
    clients: Clients = request.app.state.clients
    return clients


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


async def _signer(request: Request) -> TokenSigner:
    signer: TokenSigner = request.app.state.signer
    return signer


async def _still_allowed(request: Request) -> Callable[[], object]:
    verifier: TokenVerifier = request.app.state.verifier
    return partial(verifier.verify, current_bearer_token())


ServiceClients = Annotated[Clients, Depends(_clients)]
Settings = Annotated[GatewaySettings, Depends(_settings)]
Signer = Annotated[TokenSigner, Depends(_signer)]
StillAllowed = Annotated[Callable[[], object], Depends(_still_allowed)]
"""Raises UnauthenticatedError once the token that a call began with is over, or its key is retired."""
