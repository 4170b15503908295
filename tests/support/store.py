"""A running store: in this process on a free port, or as a process of its own that can be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from earshot.store.v1 import audit_pb2, message_pb2
from earshot.store.v1.audit_pb2_grpc import AuditServiceStub
from earshot.store.v1.conversation_pb2_grpc import ConversationServiceStub
from earshot.store.v1.incident_pb2_grpc import IncidentServiceStub
from earshot.store.v1.invitation_pb2_grpc import InvitationServiceStub
from earshot.store.v1.login_pb2_grpc import LoginServiceStub
from earshot.store.v1.message_pb2_grpc import MessageServiceStub
from earshot.store.v1.relabelling_pb2_grpc import RelabellingServiceStub
from earshot.store.v1.search_pb2_grpc import SearchServiceStub
from earshot.store.v1.stats_pb2_grpc import StatsServiceStub
from earshot.store.v1.taxonomy_pb2_grpc import TaxonomyServiceStub
from earshot.store.v1.user_pb2_grpc import UserServiceStub
from earshot.store.v1.workspace_pb2_grpc import WorkspaceServiceStub
from services.runtime.auth import Identity, Role, TokenSigner, TokenVerifier
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.errors import EarshotError
from services.runtime.grpc_server import GrpcServer
from services.runtime.keys import KeyFiles, generate_keys
from services.runtime.metrics import new_registry
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from services.store.server import POSTGRES_CHECK, Store, open_store
from services.store.settings import StoreSettings

if TYPE_CHECKING:  # the generated async stubs exist for the type checker only
    from earshot.store.v1.audit_pb2_grpc import AuditServiceAsyncStub
    from earshot.store.v1.conversation_pb2_grpc import ConversationServiceAsyncStub
    from earshot.store.v1.incident_pb2_grpc import IncidentServiceAsyncStub
    from earshot.store.v1.invitation_pb2_grpc import InvitationServiceAsyncStub
    from earshot.store.v1.login_pb2_grpc import LoginServiceAsyncStub
    from earshot.store.v1.message_pb2_grpc import MessageServiceAsyncStub
    from earshot.store.v1.relabelling_pb2_grpc import RelabellingServiceAsyncStub
    from earshot.store.v1.search_pb2_grpc import SearchServiceAsyncStub
    from earshot.store.v1.stats_pb2_grpc import StatsServiceAsyncStub
    from earshot.store.v1.taxonomy_pb2_grpc import TaxonomyServiceAsyncStub
    from earshot.store.v1.user_pb2_grpc import UserServiceAsyncStub
    from earshot.store.v1.workspace_pb2_grpc import WorkspaceServiceAsyncStub

NOBODY_LISTENS = "127.0.0.1:1"
"""A classifier that is away."""

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def caller(
    role: Role = Role.AGENT, *, user_id: str = "00000000-0000-7000-8000-000000000001", workspace_id: str = "default"
) -> Identity:
    """Somebody who calls the store."""
    return Identity(user_id=user_id, workspace_id=workspace_id, role=role, name="Tester")


@dataclass(slots=True, kw_only=True)
class StoreClient:
    """Stubs to a store, for any caller."""

    address: str
    signer: TokenSigner
    _channels: list[CallingChannel] = field(default_factory=list)

    def channel(self, identity: Identity | None = None) -> CallingChannel:
        """A channel as this caller, an agent by default; closed with the client."""
        token = self.signer.sign(identity or caller())
        channel = open_channel(self.address, service_token=ServiceToken(value=token))
        self._channels.append(channel)
        return channel

    def messages(self, identity: Identity | None = None) -> "MessageServiceAsyncStub":
        """MessageService as this caller."""
        return MessageServiceStub(self.channel(identity))

    def stats(self, identity: Identity | None = None) -> "StatsServiceAsyncStub":
        """StatsService as this caller."""
        return StatsServiceStub(self.channel(identity))

    def search(self, identity: Identity | None = None) -> "SearchServiceAsyncStub":
        """SearchService as this caller."""
        return SearchServiceStub(self.channel(identity))

    def incidents(self, identity: Identity | None = None) -> "IncidentServiceAsyncStub":
        """IncidentService as this caller."""
        return IncidentServiceStub(self.channel(identity))

    def taxonomy(self, identity: Identity | None = None) -> "TaxonomyServiceAsyncStub":
        """TaxonomyService as this caller."""
        return TaxonomyServiceStub(self.channel(identity))

    def conversations(self, identity: Identity | None = None) -> "ConversationServiceAsyncStub":
        """ConversationService as this caller."""
        return ConversationServiceStub(self.channel(identity))

    def users(self, identity: Identity | None = None) -> "UserServiceAsyncStub":
        """UserService as this caller, a service by default."""
        return UserServiceStub(self.channel(identity or caller(Role.SERVICE, user_id="service:gateway")))

    def logins(self, identity: Identity | None = None) -> "LoginServiceAsyncStub":
        """LoginService as this caller, a service by default."""
        return LoginServiceStub(self.channel(identity or caller(Role.SERVICE, user_id="service:gateway")))

    def invitations(self, identity: Identity | None = None) -> "InvitationServiceAsyncStub":
        """InvitationService as this caller, a service by default."""
        return InvitationServiceStub(self.channel(identity or caller(Role.SERVICE, user_id="service:gateway")))

    def audit(self, identity: Identity | None = None) -> "AuditServiceAsyncStub":
        """AuditService as this caller, an admin by default."""
        return AuditServiceStub(self.channel(identity or caller(Role.ADMIN)))

    def relabellings(self, identity: Identity) -> "RelabellingServiceAsyncStub":
        """RelabellingService as this caller."""
        return RelabellingServiceStub(self.channel(identity))

    def workspaces(self, identity: Identity) -> "WorkspaceServiceAsyncStub":
        """WorkspaceService as this caller."""
        return WorkspaceServiceStub(self.channel(identity))

    async def until_health(self, status: "health_pb2.HealthCheckResponse.ServingStatus.ValueType") -> None:
        """Returns when the store as a whole reports this status; TimeoutError after thirty seconds."""
        async with asyncio.timeout(30):
            while True:
                try:
                    async for answer in self._watch():
                        if answer.status == status:
                            return
                except grpc.aio.AioRpcError:
                    # Not listening yet; the next round waits for the connection.
                    continue

    def _watch(self) -> Any:
        stub = health_pb2_grpc.HealthStub(self.channel())
        return stub.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True)

    async def serving(self) -> None:
        """Returns when the store serves."""
        await self.until_health(health_pb2.HealthCheckResponse.SERVING)

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels:
            await channel.close()


@dataclass(slots=True, kw_only=True)
class StoreRig:
    """A store in this process."""

    client: StoreClient
    store: Store
    server: GrpcServer

    def metric(self, name: str, **labels: str) -> float | None:
        """A sample of its metrics."""
        return self.server.registry.get_sample_value(name, labels)


@asynccontextmanager
async def running_store(
    folder: Path,
    database_url: str,
    *,
    classifier_address: str = NOBODY_LISTENS,
    keys: KeyFiles | None = None,
    **settings: Any,
) -> AsyncIterator[StoreRig]:
    """Serves a store of this database on a free port, with fresh keys in `folder` unless some are given."""
    keys = keys or generate_keys(folder / "keys")
    given = {"drain_grace_seconds": 1.0, "health_interval_seconds": 0.05, "store_port": 0, **settings}
    configured = StoreSettings(
        public_key_file=keys.public_key,
        database_url=database_url,
        classifier_address=classifier_address,
        **given,
    )
    registry = new_registry()
    async with open_store(configured, registry) as store:
        server = GrpcServer(
            settings=configured,
            listen=store.listen,
            services=store.services,
            verifier=TokenVerifier.from_file(keys.public_key),
            registry=registry,
            checks={POSTGRES_CHECK: store.check},
            draining=store.draining,
            layers=(store.people.audit.layer,),
        )
        background = asyncio.create_task(store.run())
        async with server:
            client = StoreClient(address=f"127.0.0.1:{server.port}", signer=TokenSigner.from_file(keys.private_key))
            try:
                await client.serving()
                yield StoreRig(client=client, store=store, server=server)
            finally:
                await client.close()
                background.cancel()
                await asyncio.gather(background, return_exceptions=True)


@dataclass(slots=True, kw_only=True)
class StoreProcess:
    """A store as a process; `kill` is kill -9, `start` starts it again on the same port."""

    environment: dict[str, str]
    client: StoreClient
    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it and returns when it serves."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.store", env={**os.environ, **self.environment}
        )
        await self.client.serving()

    async def kill(self) -> None:
        """Ends it without a chance to say goodbye."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def terminate(self) -> int:
        """Asks it to stop and answers its exit code."""
        if self._process is None:
            raise RuntimeError("not started")
        self._process.terminate()
        return await self._process.wait()


@asynccontextmanager
async def store_process(
    folder: Path, database_url: str, port: int, *, keys: KeyFiles | None = None, **environment: str
) -> AsyncIterator[StoreProcess]:
    """A store process on this port, started; `environment` holds further EARSHOT_… settings."""
    keys = keys or generate_keys(folder / "keys")
    process = StoreProcess(
        environment={
            "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
            "EARSHOT_DATABASE_URL": database_url,
            "EARSHOT_STORE_PORT": str(port),
            "EARSHOT_CLASSIFIER_ADDRESS": NOBODY_LISTENS,
            "EARSHOT_HEALTH_INTERVAL_SECONDS": "0.05",
            "EARSHOT_LOG_LEVEL": "warning",
            **environment,
        },
        client=StoreClient(address=f"127.0.0.1:{port}", signer=TokenSigner.from_file(keys.private_key)),
    )
    try:
        await process.start()
        yield process
    finally:
        await process.kill()
        await process.client.close()


def timestamp(time: datetime = NOW) -> Timestamp:
    """A time as protobuf has it."""
    proto = Timestamp()
    proto.FromDatetime(time)
    return proto


def new_message(text: str = "where is my withdraw", **fields: Any) -> message_pb2.NewMessage:
    """A good message; `fields` replace what it has."""
    given: dict[str, Any] = {"source": "livechat", "user_id": "u-1", "event_time": timestamp(), "text": text, **fields}
    return message_pb2.NewMessage(**given)


def ingest(
    *messages: message_pb2.NewMessage, request_id: UUID | str = "", wait_seconds: int = 0
) -> message_pb2.IngestMessagesRequest:
    """A request to store messages."""
    return message_pb2.IngestMessagesRequest(
        messages=messages, request_id=str(request_id), wait_for_labels=Duration(seconds=wait_seconds)
    )


def chunk(
    number: int, rows: Sequence[tuple[int, message_pb2.NewMessage]], import_id: UUID | str = ""
) -> message_pb2.ImportMessagesRequest:
    """A chunk of an import."""
    return message_pb2.ImportMessagesRequest(
        chunk=number,
        import_id=str(import_id),
        rows=[message_pb2.ImportRow(number=row, message=message) for row, message in rows],
    )


async def error_of(call: Any) -> EarshotError:
    """The error a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


async def audited(rig: StoreRig, workspace_id: str, **filters: Any) -> list[audit_pb2.AuditEvent]:
    """The newest events of a workspace."""
    request = audit_pb2.ListAuditEventsRequest(page_size=200, **filters)
    log = rig.client.audit(caller(Role.ADMIN, workspace_id=workspace_id))
    return list((await log.ListAuditEvents(request)).events)


async def list_all(
    stub: "MessageServiceAsyncStub", make: Callable[[str], message_pb2.ListMessagesRequest]
) -> list[message_pb2.Message]:
    """Every message of a list, page after page; `make` answers the request for a page token."""
    found: list[message_pb2.Message] = []
    token = ""
    while True:
        page = await stub.ListMessages(make(token))
        found.extend(page.messages)
        token = page.next_page_token
        if not token:
            return found
