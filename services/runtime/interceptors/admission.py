"""Admission: a full server says so at once, and still answers its health check (T27).

gRPC's own `maximum_concurrent_rpcs` counts health checks and sends no retry hint, so it stays a distant backstop.
"""

import asyncio
from typing import Final

from prometheus_client import Gauge

from services.runtime.errors import ErrorReason, LimitExceededError
from services.runtime.interceptors.server_call import Ending, ServerCall

_RETRY_AFTER_SECONDS: Final = 1.0


class Admission:
    """Counts the calls in progress, refuses those over the limit, and can shed all of them at the end of a drain."""

    def __init__(self, *, max_concurrent_rpcs: int, in_flight: Gauge) -> None:
        self._max_concurrent_rpcs = max_concurrent_rpcs
        self._in_flight = in_flight
        self._calls: dict[asyncio.Task[object], ServerCall] = {}

    def layer(self, call: ServerCall) -> Ending | None:
        """Holds one place; raises LimitExceededError (TOO_MANY_CALLS) when there is none."""
        if call.is_infrastructure:
            return None
        task = asyncio.current_task()
        assert task is not None, "gRPC runs every handler in a task"  # noqa: S101 - narrows the type
        if len(self._calls) >= self._max_concurrent_rpcs:
            raise LimitExceededError(
                "The server has as many calls in progress as it takes.",
                reason=ErrorReason.TOO_MANY_CALLS,
                hint="Try again with growing pauses.",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
        self._calls[task] = call
        self._in_flight.inc()

        def leave() -> None:
            del self._calls[task]
            self._in_flight.dec()

        return leave

    def shed(self) -> int:
        """Ends every call in progress with UNAVAILABLE (SHUTTING_DOWN), which clients may retry; says how many."""
        calls = dict(self._calls)
        for task, call in calls.items():
            call.shed = True
            task.cancel()
        return len(calls)
