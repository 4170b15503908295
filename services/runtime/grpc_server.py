"""A gRPC server of ours: limits, interceptors, health, reflection, drain. `services.runtime.server.serve` runs one."""

import asyncio
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self, TypeVar

import grpc
import structlog
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import CollectorRegistry

from services.runtime.auth import TokenVerifier
from services.runtime.interceptors.access_log import access_log_layer
from services.runtime.interceptors.admission import Admission
from services.runtime.interceptors.deadline import DeadlinePolicy, deadline_limit
from services.runtime.interceptors.identity import identity_layer
from services.runtime.interceptors.metrics import metrics_layer
from services.runtime.interceptors.pipeline import Pipeline
from services.runtime.interceptors.request_id import request_id_layer
from services.runtime.interceptors.server_call import Layer
from services.runtime.metrics import grpc_server_metrics
from services.runtime.readiness import Readiness, ReadinessCheck
from services.runtime.settings import ServerSettings
from services.runtime.tracing import trace_layer

_logger = structlog.get_logger("earshot.server")

_Servicer = TypeVar("_Servicer")

# Health checks, reflection and calls about to be refused need places beyond those of the work itself.
_BACKSTOP_EXTRA_RPCS: Final = 256
# The part of the grace that calls get before they are ended by us, with a status that clients may retry.
_SHED_AFTER_FRACTION: Final = 0.8
_MAX_METADATA_BYTES: Final = 16 * 1024
# With these a client that vanished without a word is noticed within 25 seconds, and what it asked for is cancelled.
_KEEPALIVE_TIME_MS: Final = 15_000
_KEEPALIVE_TIMEOUT_MS: Final = 9_000
_MIN_CLIENT_PING_INTERVAL_MS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcService:
    """One gRPC service of a process."""

    name: str
    """Full name: `earshot.store.v1.MessageService`, best taken from the descriptor."""
    register: Callable[[grpc.aio.Server], None]
    """Adds the servicer."""
    requires: Collection[str] = ()
    """Names of the readiness checks this service cannot work without."""

    @classmethod
    def of(
        cls,
        contract: FileDescriptor,
        name: str,
        add: Callable[[_Servicer, grpc.aio.Server], None],
        servicer: _Servicer,
        *requires: str,
    ) -> Self:
        """The service of this name in a contract's file, by the `add_…_to_server` generated for it."""
        full_name = contract.services_by_name[name].full_name
        return cls(name=full_name, register=partial(add, servicer), requires=requires)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to listen, and the setting that says so (it is named when the port is taken). Port 0: any free port."""

    host: str
    port: int
    setting: str

    @property
    def address(self) -> str:
        """`host:port`, with an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class PortTakenError(Exception):
    """The address cannot be listened on; the text names the address and the setting."""


@dataclass(slots=True, kw_only=True)
class GrpcServer:
    """A configured server: `async with GrpcServer(...) as server`, then `server.port`."""

    settings: ServerSettings
    listen: Listen
    services: Sequence[GrpcService]
    verifier: TokenVerifier
    registry: CollectorRegistry
    checks: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the drain begins; a stream without end should send its terminal event and return."""
    layers: Sequence[Layer] = ()
    """What a service puts around its calls: each sees how a call ended, and by then who called."""
    port: int = field(default=0, init=False)
    readiness: Readiness = field(init=False)
    _admission: Admission = field(init=False)
    _server: grpc.aio.Server = field(init=False)
    _health_task: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        metrics = grpc_server_metrics(self.registry)
        self._admission = Admission(max_concurrent_rpcs=self.settings.max_concurrent_rpcs, in_flight=metrics.in_flight)
        self.readiness = Readiness(
            requires={service.name: service.requires for service in self.services},
            checks=self.checks,
            interval_seconds=self.settings.health_interval_seconds,
            timeout_seconds=self.settings.health_timeout_seconds,
            serving=metrics.serving,
        )
        layers: list[Layer] = [
            request_id_layer,
            trace_layer,
            metrics_layer(metrics),
            access_log_layer,
            *self.layers,
            self._admission.layer,
            identity_layer(self.verifier),
        ]
        self._server = grpc.aio.server(
            interceptors=[Pipeline(layers, deadline_limit(_deadline_policy(self.settings)))],
            options=_options(self.settings),
            maximum_concurrent_rpcs=self.settings.max_concurrent_rpcs + _BACKSTOP_EXTRA_RPCS,
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    async def start(self) -> None:
        """Opens the port with every service NOT_SERVING, then starts the checks. Raises PortTakenError."""
        for service in self.services:
            service.register(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self.readiness.servicer, self._server)
        if self.settings.serves_reflection:
            reflection.enable_server_reflection(self._reflected_names(), self._server)
        await self.readiness.start()
        self.port = self._bind()
        await self._server.start()
        self._health_task = asyncio.create_task(self.readiness.run(), name="readiness")

    async def drain(self) -> None:
        """NOT_SERVING, then no new calls, then those in progress get the grace; the rest ends with UNAVAILABLE."""
        await self.readiness.shut_down()
        if self._health_task is not None:
            self._health_task.cancel()
        self.draining.set()
        await asyncio.sleep(self.settings.drain_delay_seconds)
        grace = self.settings.drain_grace_seconds
        shed = asyncio.get_running_loop().call_later(grace * _SHED_AFTER_FRACTION, self._shed)
        try:
            await self._server.stop(grace)
        finally:
            shed.cancel()

    async def abort(self) -> None:
        """Stops now; calls in progress end with CANCELLED or UNAVAILABLE."""
        await self._server.stop(None)

    def _shed(self) -> None:
        if count := self._admission.shed():
            _logger.warning("grace nearly over, calls in progress are ended", calls=count)

    def _bind(self) -> int:
        try:
            # gRPC would say "failed to bind" for every cause, and write lines of its own to stderr.
            family = socket.AF_INET6 if ":" in self.listen.host else socket.AF_INET
            socket.create_server((self.listen.host, self.listen.port), family=family).close()
            if self.settings.tls is None:
                return self._server.add_insecure_port(self.listen.address)
            return self._server.add_secure_port(self.listen.address, self.settings.tls.server_credentials())
        except (OSError, RuntimeError) as error:
            cause = error.strerror if isinstance(error, OSError) else str(error)
            raise PortTakenError(
                f"cannot listen on {self.listen.address}: {cause}. "
                f"Stop the process that has the port, or choose another one with {self.listen.setting}."
            ) from error

    def _reflected_names(self) -> list[str]:
        health_name: str = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
        return [service.name for service in self.services] + [health_name, reflection.SERVICE_NAME]


def _deadline_policy(settings: ServerSettings) -> DeadlinePolicy:
    return DeadlinePolicy(
        unary_seconds=settings.default_deadline_seconds,
        stream_idle_seconds=settings.stream_idle_seconds,
        stream_total_seconds=settings.stream_deadline_seconds,
    )


def _options(settings: ServerSettings) -> list[tuple[str, int]]:
    return [
        # Linux would let a second process share the port in silence and take half of the calls.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.max_metadata_size", _MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", _KEEPALIVE_TIME_MS),
        # The first is the kernel's patience (TCP_USER_TIMEOUT), the second that for the answer to a ping.
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.http2.ping_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        # Our channels ping idle connections; without these two the server answers with GOAWAY too_many_pings.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", _MIN_CLIENT_PING_INTERVAL_MS),
        ("grpc.max_connection_age_ms", int(settings.max_connection_age_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", int(settings.max_connection_age_grace_seconds * 1000)),
    ]
