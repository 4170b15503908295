"""Many answers at once through the gateway: what each costs in memory, and whether all come on alike."""

import asyncio
import statistics
import time
from pathlib import Path

import httpx

from bench.chat_sides import read_sse
from bench.chat_upstream import CHUNKS, CROWD, PACED, PAUSE_SECONDS, SHORT
from deploy.local.stack import Stack

_WARMING = 50
_PROCESSES = ("chat", "gateway")


async def crowd_report(stack: Stack, http: httpx.AsyncClient) -> dict[str, object]:
    """Memory that 500 open streams add, per stream and process, halfway and near the end; and how alike they fare.

    Both from when all have their first piece. `fairness` is the time from then to the end of the slowest stream through
    the median one's: 1 where all come on alike.
    """
    await asyncio.gather(*(read_sse(http, SHORT) for _ in range(_WARMING)))
    before = _resident_kb(stack)
    crowd, length = _Crowd(), CHUNKS[PACED] * PAUSE_SECONDS
    async with asyncio.TaskGroup() as group:
        streams = [group.create_task(read_sse(http, PACED, first=crowd.arrive)) for _ in range(CROWD)]
        together = await crowd.seconds_until_complete()
        await asyncio.sleep(length / 2)
        halfway = _resident_kb(stack)
        await asyncio.sleep(length * 0.4)
        late = _resident_kb(stack)
    reads = [stream.result() for stream in streams]
    seconds = [read.seconds - together for read in reads]
    return {
        "memory_per_stream_kb": _per_stream(before, late),
        "memory_per_stream_halfway_kb": _per_stream(before, halfway),
        "fairness": round(max(seconds) / statistics.median(seconds), 2),
        "crowd_first_token_ms": round(statistics.median(read.first_seconds for read in reads) * 1000),
    }


class _Crowd:
    """Knows when everybody's first piece has come."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._missing = CROWD
        self._complete = asyncio.Event()

    def arrive(self) -> None:
        """One more first piece."""
        self._missing -= 1
        if not self._missing:
            self._complete.set()

    async def seconds_until_complete(self) -> float:
        """Returns when all are there: how long that took."""
        await self._complete.wait()
        return time.perf_counter() - self._began


def _per_stream(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    return {name: round((now[name] - before[name]) / CROWD) for name in _PROCESSES}


def _resident_kb(stack: Stack) -> dict[str, int]:
    return {name: _resident(stack.processes[name].pid) for name in _PROCESSES}


def _resident(pid: int | None) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
