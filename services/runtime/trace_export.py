"""Where a process's spans go: batches over OTLP to the collector of `EARSHOT_TRACE_ENDPOINT`, sampled by ratio."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace

from services.runtime.settings import RuntimeSettings

_FLUSH_MILLISECONDS: Final = 2_000


@contextmanager
def exported_traces(settings: RuntimeSettings, *, service: str) -> Iterator[None]:
    """Sends this process's spans to `trace_endpoint` for the length of the block; without one it does nothing.

    Spans leave in batches from a thread of their own; what a collector that is away cannot take is dropped, and no
    call ever waits for it.
    """
    if settings.trace_endpoint is None:
        yield
        return
    # Imported here: half a second of start-up that only a process with a collector should pay.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: f"earshot-{service}", "deployment.environment": settings.environment}),
        sampler=ParentBased(TraceIdRatioBased(settings.trace_sample_ratio)),
    )
    exporter = OTLPSpanExporter(
        endpoint=settings.trace_endpoint, insecure=settings.trace_endpoint.startswith("http://")
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.force_flush(_FLUSH_MILLISECONDS)
        provider.shutdown()
