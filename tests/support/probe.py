"""A probe service on the real runtime: handlers given by the test, well-known message types, a real port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import wrappers_pb2
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.wrappers_pb2 import StringValue
from prometheus_client import CollectorRegistry

from services.runtime.auth import Identity, Role, TokenSigner, TokenVerifier
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.grpc_server import GrpcServer, GrpcService, Listen
from services.runtime.keys import generate_keys
from services.runtime.metrics import new_registry
from services.runtime.readiness import ReadinessCheck
from services.runtime.retries import idempotent_methods
from services.runtime.service_token import ServiceToken
from services.runtime.settings import ServerSettings

PROBE = "earshot.probe.v1.ProbeService"
ADMIN = Identity(user_id="u-1", workspace_id="default", role=Role.ADMIN, name="Ada")

Context = Any
Unary = Callable[[StringValue, Context], Awaitable[StringValue]]
ServerStream = Callable[[StringValue, Context], AsyncIterator[StringValue]]
ClientStream = Callable[[AsyncIterator[StringValue], Context], Awaitable[StringValue]]
BidiStream = Callable[[AsyncIterator[StringValue], Context], AsyncIterator[StringValue]]


def text(value: str) -> StringValue:
    """A message."""
    return StringValue(value=value)


async def eventually(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds; TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is a metric or a counter; nothing announces it
            await asyncio.sleep(0.005)


async def settled(number: Callable[[], int]) -> int:
    """The number once it no longer moves for a third of a second (a writer that is blocked by back-pressure)."""
    before = -1
    while before != number():
        before = number()
        await asyncio.sleep(0.33)
    return before


async def echo(request: StringValue, _context: Context) -> StringValue:
    """Answers with the request."""
    return request


async def count(request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
    """Streams 0, 1, … as many as the request says."""
    for number in range(int(request.value)):
        yield text(str(number))


async def join(requests: AsyncIterator[StringValue], _context: Context) -> StringValue:
    """Answers with all requests joined."""
    return text(",".join([request.value async for request in requests]))


async def echo_each(requests: AsyncIterator[StringValue], _context: Context) -> AsyncIterator[StringValue]:
    """Answers each request with itself."""
    async for request in requests:
        yield request


@dataclass(slots=True, kw_only=True)
class Handlers:
    """What the probe does; `read` is marked NO_SIDE_EFFECTS, `write` is not marked."""

    read: Unary = echo
    write: Unary = echo
    stream: ServerStream = count
    collect: ClientStream = join
    chat: BidiStream = echo_each


def probe_descriptor() -> ServiceDescriptor:
    """The probe's contract, in a descriptor pool of its own."""
    file = FileDescriptorProto(name="earshot/probe/v1/probe.proto", package="earshot.probe.v1", syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    service = file.service.add(name="ProbeService")
    for name, takes_stream, gives_stream, level in (
        ("Read", False, False, MethodOptions.NO_SIDE_EFFECTS),
        ("Put", False, False, MethodOptions.IDEMPOTENT),
        ("Write", False, False, MethodOptions.IDEMPOTENCY_UNKNOWN),
        ("Stream", False, True, MethodOptions.NO_SIDE_EFFECTS),
        ("Collect", True, False, MethodOptions.IDEMPOTENT),
        ("Chat", True, True, MethodOptions.IDEMPOTENCY_UNKNOWN),
    ):
        method = service.method.add(
            name=name,
            input_type=".google.protobuf.StringValue",
            output_type=".google.protobuf.StringValue",
            client_streaming=takes_stream,
            server_streaming=gives_stream,
        )
        method.options.idempotency_level = level
    pool = DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName(PROBE)


def probe_service(handlers: Handlers, *, requires: tuple[str, ...] = ()) -> GrpcService:
    """The probe as a service of the runtime."""
    codec: dict[str, Any] = {
        "request_deserializer": StringValue.FromString,
        "response_serializer": StringValue.SerializeToString,
    }
    generic = grpc.method_handlers_generic_handler(
        PROBE,
        {
            "Read": grpc.unary_unary_rpc_method_handler(handlers.read, **codec),
            "Put": grpc.unary_unary_rpc_method_handler(handlers.read, **codec),
            "Write": grpc.unary_unary_rpc_method_handler(handlers.write, **codec),
            "Stream": grpc.unary_stream_rpc_method_handler(handlers.stream, **codec),
            "Collect": grpc.stream_unary_rpc_method_handler(handlers.collect, **codec),
            "Chat": grpc.stream_stream_rpc_method_handler(handlers.chat, **codec),
        },
    )
    return GrpcService(
        name=PROBE, register=lambda server: server.add_generic_rpc_handlers((generic,)), requires=requires
    )


class ProbeStub:
    """The probe's methods on a channel, as a generated stub would have them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        codec: dict[str, Any] = {
            "request_serializer": StringValue.SerializeToString,
            "response_deserializer": StringValue.FromString,
        }
        self.read = channel.unary_unary(f"/{PROBE}/Read", **codec)
        self.put = channel.unary_unary(f"/{PROBE}/Put", **codec)
        self.write = channel.unary_unary(f"/{PROBE}/Write", **codec)
        # Any: the types of grpc.aio say `object` for what `read` returns.
        self.stream: Any = channel.unary_stream(f"/{PROBE}/Stream", **codec)
        self.collect = channel.stream_unary(f"/{PROBE}/Collect", **codec)
        self.chat: Any = channel.stream_stream(f"/{PROBE}/Chat", **codec)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A running probe and what is needed to call it."""

    server: GrpcServer
    signer: TokenSigner
    registry: CollectorRegistry
    channels: list[CallingChannel] = field(default_factory=list)

    @property
    def target(self) -> str:
        """Address of the probe."""
        return f"127.0.0.1:{self.server.port}"

    def token(self, identity: Identity = ADMIN) -> str:
        """A good token."""
        return self.signer.sign(identity)

    def channel(self, *, token: str | None = None, retrying: bool = False) -> CallingChannel:
        """A channel with a token (a good one by default, none if empty), closed with the rig."""
        value = self.token() if token is None else token
        channel = open_channel(
            self.target,
            retriable_methods=idempotent_methods(probe_descriptor()) if retrying else (),
            service_token=ServiceToken(value=value) if value else None,
        )
        self.channels.append(channel)
        return channel

    def stub(self, *, token: str | None = None, retrying: bool = False) -> ProbeStub:
        """The probe's stub on a channel of its own."""
        return ProbeStub(self.channel(token=token, retrying=retrying))

    def metric(self, name: str, **labels: str) -> float | None:
        """A sample of the server's metrics."""
        return self.registry.get_sample_value(name, labels)


@asynccontextmanager
async def running_probe(
    folder: Path,
    handlers: Handlers,
    *,
    checks: Mapping[str, ReadinessCheck] | None = None,
    requires: tuple[str, ...] = (),
    **settings: Any,
) -> AsyncIterator[Rig]:
    """Serves the probe on a free port with fresh keys in `folder`; `settings` override the server's defaults."""
    keys = generate_keys(folder / "keys")
    given = {"drain_grace_seconds": 1.0, "health_interval_seconds": 0.05, **settings}
    registry = new_registry()
    server = GrpcServer(
        settings=ServerSettings(public_key_file=keys.public_key, **given),
        listen=Listen(host="127.0.0.1", port=0, setting="EARSHOT_PROBE_PORT"),
        services=[probe_service(handlers, requires=requires)],
        verifier=TokenVerifier.from_file(keys.public_key),
        registry=registry,
        checks=checks or {},
    )
    async with server:
        rig = Rig(server=server, signer=TokenSigner.from_file(keys.private_key), registry=registry)
        try:
            yield rig
        finally:
            for channel in rig.channels:
                await channel.close()
