"""Prometheus metrics of a process: the registry, the gRPC server's series under the ecosystem's names, the endpoint.

Names and labels are those of go-grpc-prometheus, so that public dashboards and alerts fit; the two Python ports were
looked at and lack async streams or current versions.
"""

from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

METHOD_LABELS: Final = ("grpc_type", "grpc_service", "grpc_method")
_LATENCY_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


def new_registry() -> CollectorRegistry:
    """A registry with the process, platform and garbage-collector series; one per process, handed around."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcServerMetrics:
    """The series of one gRPC server."""

    started: Counter
    handled: Counter
    handling_seconds: Histogram
    received: Counter
    sent: Counter
    in_flight: Gauge
    serving: Gauge


def grpc_server_metrics(registry: CollectorRegistry) -> GrpcServerMetrics:
    """Registers the series in `registry`; ValueError when they are there already."""
    code = (*METHOD_LABELS, "grpc_code")
    return GrpcServerMetrics(
        started=Counter("grpc_server_started", "RPCs started on the server.", METHOD_LABELS, registry=registry),
        handled=Counter("grpc_server_handled", "RPCs completed on the server, by code.", code, registry=registry),
        handling_seconds=Histogram(
            "grpc_server_handling_seconds",
            "Time from the start of an RPC to its status.",
            METHOD_LABELS,
            registry=registry,
            buckets=_LATENCY_BUCKETS_SECONDS,
        ),
        received=Counter(
            "grpc_server_msg_received", "Messages received by the server.", METHOD_LABELS, registry=registry
        ),
        sent=Counter("grpc_server_msg_sent", "Messages sent by the server.", METHOD_LABELS, registry=registry),
        in_flight=Gauge("earshot_rpcs_in_flight", "RPCs in progress.", registry=registry),
        serving=Gauge(
            "earshot_serving", "1 while the service reports SERVING, else 0.", ("grpc_service",), registry=registry
        ),
    )


class MetricsEndpoint:
    """The Prometheus HTTP endpoint of a process, in its own thread, so that it answers while the loop is blocked."""

    def __init__(self, registry: CollectorRegistry, *, host: str, port: int) -> None:
        """Listens at once; port 0 lets the system choose. Raises OSError when the port is taken."""
        self._server, self._thread = start_http_server(port, host, registry)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.server_port

    def close(self) -> None:
        """Stops listening and ends the thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
