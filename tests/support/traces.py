"""An OTLP collector of the tests: takes spans over gRPC and hands them out by trace."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One span and the process it comes from."""

    service: str
    span: Span

    def attribute(self, key: str) -> str:
        """A text attribute; empty where there is none."""
        return next((item.value.string_value for item in self.span.attributes if item.key == key), "")


@dataclass(slots=True)
class TraceCollector(TraceServiceServicer):
    """What came in so far. It serves from threads of its own: a test that keeps the loop busy never loses spans."""

    spans: list[Collected] = field(default_factory=list)

    def Export(  # noqa: N802 - the contract's name
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        """Keeps the spans."""
        del context
        for resource in request.resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            self.spans += [Collected(service=names["service.name"], span=span) for span in spans]
        return ExportTraceServiceResponse()

    async def trace(self, trace_id: str, *, until: Callable[[list[Collected]], bool]) -> list[Collected]:
        """The spans of one trace, as soon as `until` holds for them. AssertionError with them when it never does."""
        for _ in range(round(WAIT_SECONDS / _LOOK_SECONDS)):
            if until(spans := self._spans(trace_id)):
                return spans
            await asyncio.sleep(_LOOK_SECONDS)
        raise AssertionError(f"trace {trace_id} stayed incomplete:\n" + "\n".join(map(_line, self._spans(trace_id))))

    def _spans(self, trace_id: str) -> list[Collected]:
        return [item for item in tuple(self.spans) if item.span.trace_id.hex() == trace_id]


def _line(item: Collected) -> str:
    return f"{item.service} {item.span.name} {item.span.span_id.hex()} of {item.span.parent_span_id.hex()}"


@contextmanager
def collecting_traces() -> Iterator[TraceCollector]:
    """A collector that every process started inside the block sends to, twice a second."""
    collector = TraceCollector()
    server = grpc.server(ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # generated without types
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARSHOT_TRACE_ENDPOINT", f"http://127.0.0.1:{port}")
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "500")
        yield collector
    server.stop(None)
