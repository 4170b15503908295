"""Metrics: started, handled by code, time, messages, under the names of go-grpc-prometheus."""

import time
from dataclasses import dataclass

import grpc
from prometheus_client import Counter, Histogram

from services.runtime.interceptors.server_call import Ending, Layer, ServerCall
from services.runtime.metrics import GrpcServerMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class _MethodSeries:
    """The series of one method, looked up once: label look-ups would cost more than the counting."""

    labels: tuple[str, str, str]
    started: Counter
    handling_seconds: Histogram
    received: Counter
    sent: Counter


def metrics_layer(metrics: GrpcServerMetrics) -> Layer:
    """Counts and times every call."""
    series_of_path: dict[str, _MethodSeries] = {}

    def layer(call: ServerCall) -> Ending:
        series = series_of_path.get(call.path)
        if series is None:
            series = series_of_path[call.path] = _series(metrics, call)
        series.started.inc()
        start = time.perf_counter()

        def end() -> None:
            series.handling_seconds.observe(time.perf_counter() - start)
            series.received.inc(call.received)
            series.sent.inc(call.sent)
            metrics.handled.labels(*series.labels, code_label(call.code)).inc()

        return end

    return layer


def _series(metrics: GrpcServerMetrics, call: ServerCall) -> _MethodSeries:
    labels = (call.kind.value, call.service, call.method)
    return _MethodSeries(
        labels=labels,
        started=metrics.started.labels(*labels),
        handling_seconds=metrics.handling_seconds.labels(*labels),
        received=metrics.received.labels(*labels),
        sent=metrics.sent.labels(*labels),
    )


def code_label(code: grpc.StatusCode | None) -> str:
    """A code as Go spells it (`DeadlineExceeded`), which is what public dashboards select on."""
    if code in {None, grpc.StatusCode.OK}:
        return "OK"
    if code is grpc.StatusCode.CANCELLED:
        return "Canceled"
    return "".join(part.capitalize() for part in code.name.split("_"))
