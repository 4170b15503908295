"""Metrics: started, handled by code, time, messages, under the names of go-grpc-prometheus."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from services.runtime.interceptors.server_call import Layer, ServerCall
from services.runtime.metrics import GrpcServerMetrics


def metrics_layer(metrics: GrpcServerMetrics) -> Layer:
    """Counts and times every call."""

    @asynccontextmanager
    async def layer(call: ServerCall) -> AsyncIterator[None]:
        labels = (call.kind.value, call.service, call.method)
        metrics.started.labels(*labels).inc()
        start = time.perf_counter()
        try:
            yield
        finally:
            metrics.handling_seconds.labels(*labels).observe(time.perf_counter() - start)
            metrics.received.labels(*labels).inc(call.received)
            metrics.sent.labels(*labels).inc(call.sent)
            metrics.handled.labels(*labels, code_label(call.code)).inc()

    return layer


def code_label(code: grpc.StatusCode | None) -> str:
    """A code as Go spells it (`DeadlineExceeded`), which is what public dashboards select on."""
    if code in {None, grpc.StatusCode.OK}:
        return "OK"
    if code is grpc.StatusCode.CANCELLED:
        return "Canceled"
    return "".join(part.capitalize() for part in code.name.split("_"))
