"""What handlers are given: the clients and the settings of this process.

Dependencies are async throughout: FastAPI sends the others through a thread, which costs more than they do.
"""

from typing import Annotated

from fastapi import Depends, Request

from gateway.clients import Clients
from gateway.settings import GatewaySettings
from services.runtime.auth import TokenSigner


async def _clients(request: Request) -> Clients:
    clients: Clients = request.app.state.clients
    return clients


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


async def _signer(request: Request) -> TokenSigner:
    signer: TokenSigner = request.app.state.signer
    return signer


ServiceClients = Annotated[Clients, Depends(_clients)]
Settings = Annotated[GatewaySettings, Depends(_settings)]
Signer = Annotated[TokenSigner, Depends(_signer)]
