"""Traces: one span per RPC served, per call made and per HTTP request, W3C trace context between them, sent by OTLP.

The spans come from our own layer and channel, not from opentelemetry-instrumentation-grpc: its client interceptors put
a task between caller and call, through which cancellation does not always come (see channel.py). Where no
endpoint is set (trace_export.py) nothing is recorded, and an incoming trace context is still passed on.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import grpc
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.runtime.interceptors.server_call import Ending, ServerCall

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TRACE_PARENT: Final = "traceparent"
# Codes that say the server is at fault (OpenTelemetry's conventions for gRPC); on the client every code but OK is.
_SERVER_FAULTS: Final = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
# A loop holds its tasks weakly; these are the ones that end a span.
_ending: Final[set["asyncio.Future[None] | None"]] = set()


def current_trace_id() -> str:
    """The running trace's id, 32 hexadecimal digits; empty where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def trace_layer(call: ServerCall) -> Ending | None:
    """A span of the call, child of what the caller's `traceparent` names; health and reflection have none."""
    if call.is_infrastructure or (_TRACE_PARENT not in call.metadata and not _is_recording()):
        return None
    before, span = _begin_server_span(call.path.lstrip("/"), call.metadata)

    def end() -> None:
        if span.is_recording():
            _describe(span, call)
        _end_server_span(before, span)

    return end


def _is_recording() -> bool:
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def server_span(name: str, carrier: Mapping[str, str]) -> Iterator[Span]:
    """A span of what came in with these headers, current for the length of the block."""
    before, span = _begin_server_span(name, carrier)
    try:
        yield span
    finally:
        _end_server_span(before, span)


def _begin_server_span(name: str, carrier: Mapping[str, str]) -> tuple[Context, Span]:
    """(the context to go back to, the span)."""
    before = contexts.get_current()
    parent = _PROPAGATOR.extract(carrier)
    span = trace.get_tracer("earshot").start_span(name, context=parent, kind=SpanKind.SERVER)
    contexts.attach(trace.set_span_in_context(span, parent))
    return before, span


def _end_server_span(before: Context, span: Span) -> None:
    # By value, not by token: a streamed answer may end in another context than it began in.
    contexts.attach(before)
    span.end()


def start_client_span(path: str) -> Span:
    """A span of an outgoing call to `path` (`/package.Service/Method`); end it with `end_with_call`."""
    span = trace.get_tracer("earshot").start_span(path.lstrip("/"), kind=SpanKind.CLIENT)
    if span.is_recording():
        service, _, method = path.lstrip("/").rpartition("/")
        span.set_attributes({"rpc.system": "grpc", "rpc.service": service, "rpc.method": method})
    return span


def trace_metadata(span: Span) -> list[tuple[str, str | bytes]]:
    """What carries the span to the next process: `traceparent` and, where there is one, `tracestate`."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context=trace.set_span_in_context(span))
    return list(carrier.items())


def end_with_call(span: Span, call: Any) -> None:  # noqa: ANN401 - grpc.aio's four kinds of call
    """Ends the span when the call is done, with its code."""
    if span.is_recording():
        call.add_done_callback(lambda done: _ending.add(asyncio.ensure_future(_end(span, done))))


async def _end(span: Span, call: Any) -> None:  # noqa: ANN401
    code = await call.code()
    span.set_attribute("rpc.grpc.status_code", code.value[0])
    if code is not grpc.StatusCode.OK:
        span.set_status(StatusCode.ERROR, code.name)
    span.end()
    _ending.discard(asyncio.current_task())


def _describe(span: Span, call: ServerCall) -> None:
    code = call.code or grpc.StatusCode.OK
    span.set_attributes(
        {
            "rpc.system": "grpc",
            "rpc.service": call.service,
            "rpc.method": call.method,
            "rpc.grpc.status_code": code.value[0],
            "earshot.request_id": call.request_id,
            "rpc.messages.received": call.received,
            "rpc.messages.sent": call.sent,
        }
    )
    if call.error is not None:
        span.set_attribute("error.type", str(call.error.reason))
    if code in _SERVER_FAULTS:
        span.set_status(StatusCode.ERROR, code.name)
