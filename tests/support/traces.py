"""An OTLP collector of the tests: takes spans over gRPC and hands them out by trace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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

WAIT_SECONDS = 30.0


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
    """What came in so far."""

    spans: list[Collected] = field(default_factory=list)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def Export(  # noqa: N802 - the contract's name
        self, request: ExportTraceServiceRequest, context: "grpc.aio.ServicerContext[object, object]"
    ) -> ExportTraceServiceResponse:
        """Keeps the spans."""
        del context
        for resource in request.resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            self.spans += [Collected(service=names["service.name"], span=span) for span in spans]
        async with self._came:
            self._came.notify_all()
        return ExportTraceServiceResponse()

    async def trace(self, trace_id: str, *, until: Callable[[list[Collected]], bool]) -> list[Collected]:
        """The spans of one trace, as soon as `until` holds for them. TimeoutError when it never does."""

        def spans() -> list[Collected]:
            return [item for item in self.spans if item.span.trace_id.hex() == trace_id]

        async with asyncio.timeout(WAIT_SECONDS), self._came:
            await self._came.wait_for(lambda: until(spans()))
        return spans()


@asynccontextmanager
async def collecting_traces() -> AsyncIterator[TraceCollector]:
    """A collector that every process started inside the block sends to, twice a second."""
    collector = TraceCollector()
    server = grpc.aio.server()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # generated without types
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARSHOT_TRACE_ENDPOINT", f"http://127.0.0.1:{port}")
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "500")
        yield collector
    await server.stop(None)
