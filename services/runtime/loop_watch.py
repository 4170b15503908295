"""Watches the event loop: its lag as metrics, and an end to a process whose loop stands still.

A blocked loop answers nothing, not even SIGTERM, so somebody outside it must act. faulthandler's timer is a thread of
C, which no held lock stops: it writes every thread's stack to stderr and ends the process, whose supervisor then starts
it anew.
"""

import asyncio
import faulthandler
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram

TURN_SECONDS: Final = 0.5
_LAG_BUCKETS_SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30)


@asynccontextmanager
async def watched_loop(registry: CollectorRegistry, *, stall_seconds: float) -> AsyncIterator[None]:
    """Measures the running loop for the length of the block; ends the process once it stands for `stall_seconds`.

    0 only measures. The exit code is 1.
    """
    lag = Histogram(
        "earshot_event_loop_lag_seconds",
        "How much later than asked for the event loop came round.",
        registry=registry,
        buckets=_LAG_BUCKETS_SECONDS,
    )
    last = time.monotonic()
    Gauge(
        "earshot_event_loop_silence_seconds",
        f"Time since the event loop last came round; about {TURN_SECONDS} while it is well.",
        registry=registry,
    ).set_function(lambda: time.monotonic() - last)

    async def watch() -> None:
        nonlocal last
        while True:
            if stall_seconds:
                faulthandler.dump_traceback_later(stall_seconds, exit=True)
            last = time.monotonic()
            await asyncio.sleep(TURN_SECONDS)
            lag.observe(max(time.monotonic() - last - TURN_SECONDS, 0.0))

    watching = asyncio.create_task(watch(), name="loop-watch")
    try:
        yield
    finally:
        watching.cancel()
        if stall_seconds:
            faulthandler.cancel_dump_traceback_later()
