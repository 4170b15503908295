"""The gateway's clients: generated betterproto2 stubs over grpc.aio channels, one channel per service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from earshot.chat.v1 import chat_pb2
from earshot.classifier.v1 import classifier_pb2
from earshot.store.v1 import (
    alert_pb2,
    audit_pb2,
    incident_pb2,
    invitation_pb2,
    login_pb2,
    message_pb2,
    relabelling_pb2,
    saved_pb2,
    search_pb2,
    stats_pb2,
    taxonomy_pb2,
    thread_pb2,
    ticket_pb2,
    user_pb2,
    workspace_pb2,
)
from gateway.clients.stubs import (
    AlertClient,
    AuditClient,
    ChatClient,
    ClassifierClient,
    IncidentClient,
    InvitationClient,
    LoginClient,
    MessageClient,
    RelabellingClient,
    SavedQueryClient,
    SearchClient,
    StatsClient,
    TaxonomyClient,
    ThreadClient,
    TicketClient,
    UserClient,
    WorkspaceClient,
)
from gateway.settings import GatewaySettings
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.retries import idempotent_methods
from services.runtime.service_token import ServiceToken

HEALTH_SECONDS: Final = 1.0

# Service name → the contracts served at its address, read for which methods may be retried.
_CONTRACTS: Final = {
    "classifier": (classifier_pb2,),
    "store": (
        alert_pb2,
        audit_pb2,
        incident_pb2,
        invitation_pb2,
        login_pb2,
        message_pb2,
        relabelling_pb2,
        saved_pb2,
        search_pb2,
        stats_pb2,
        taxonomy_pb2,
        thread_pb2,
        ticket_pb2,
        user_pb2,
        workspace_pb2,
    ),
    "chat": (chat_pb2,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Every service the gateway talks to."""

    classifier: ClassifierClient
    messages: MessageClient
    search: SearchClient
    incidents: IncidentClient
    taxonomy: TaxonomyClient
    relabellings: RelabellingClient
    stats: StatsClient
    alerts: AlertClient
    tickets: TicketClient
    threads: ThreadClient
    saved: SavedQueryClient
    users: UserClient
    arriving: MessageClient
    """As `messages`, but with the gateway's own token: for webhooks, whose senders have none."""
    login: UserClient
    """As `users`, but with the gateway's own token: for password checks, before there is a caller's token."""
    logins: LoginClient
    """Renewing and exchanging, likewise with the gateway's own token."""
    tokens: LoginClient
    """Service tokens, as the caller."""
    invitations: InvitationClient
    registration: InvitationClient
    """Accepting invitations, with the gateway's own token: who is invited has none yet."""
    audit: AuditClient
    workspaces: WorkspaceClient
    chat: ChatClient
    channels: Mapping[str, grpc.aio.Channel]

    async def readiness(self) -> dict[str, bool]:
        """Service name → whether its health says SERVING, asked side by side."""
        names = list(self.channels)
        answers = await asyncio.gather(*(_serving(self.channels[name]) for name in names))
        return dict(zip(names, answers, strict=True))


async def _serving(channel: grpc.aio.Channel) -> bool:
    try:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=HEALTH_SECONDS
        )
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@asynccontextmanager
async def open_clients(settings: GatewaySettings) -> AsyncIterator[Clients]:
    """Channels for the length of the process."""
    addresses = {
        "classifier": settings.classifier_address,
        "store": settings.store_address,
        "chat": settings.chat_address,
    }
    async with AsyncExitStack() as exits:
        channels = {name: _channel(name, address, settings) for name, address in addresses.items()}
        own = open_channel(
            settings.store_address,
            service_token=ServiceToken.from_settings(settings),
            forward_caller=False,
            tls=settings.tls,
        )
        for channel in (*channels.values(), own):
            await exits.enter_async_context(channel)
        yield _clients(channels, own)


def _channel(name: str, address: str, settings: GatewaySettings) -> CallingChannel:
    services = (service for module in _CONTRACTS[name] for service in module.DESCRIPTOR.services_by_name.values())
    return open_channel(address, retriable_methods=idempotent_methods(*services), tls=settings.tls)


def _clients(channels: Mapping[str, CallingChannel], own: CallingChannel) -> Clients:
    store = channels["store"]
    return Clients(
        classifier=ClassifierClient(channels["classifier"]),
        messages=MessageClient(store),
        search=SearchClient(store),
        incidents=IncidentClient(store),
        taxonomy=TaxonomyClient(store),
        relabellings=RelabellingClient(store),
        stats=StatsClient(store),
        alerts=AlertClient(store),
        tickets=TicketClient(store),
        threads=ThreadClient(store),
        saved=SavedQueryClient(store),
        users=UserClient(store),
        tokens=LoginClient(store),
        invitations=InvitationClient(store),
        audit=AuditClient(store),
        workspaces=WorkspaceClient(store),
        arriving=MessageClient(own),
        login=UserClient(own),
        logins=LoginClient(own),
        registration=InvitationClient(own),
        chat=ChatClient(channels["chat"]),
        channels=channels,
    )
