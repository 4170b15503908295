"""Many answers at once through the gateway: what each costs in memory, and whether all come on alike."""

import asyncio
import statistics
from pathlib import Path

import httpx

from bench.chat_sides import read_sse
from bench.chat_upstream import CHUNKS, PACED, PAUSE_SECONDS, SHORT
from deploy.local.stack import Stack

CROWD = 500
_WARMING = 50
_PROCESSES = ("chat", "gateway")


async def crowd_report(stack: Stack, http: httpx.AsyncClient) -> dict[str, object]:
    """Memory that 500 open streams add, per stream and process, halfway and near the end; and how alike they fare.

    `fairness` is the time of the slowest stream through the median one's: 1 where all come on alike.
    """
    await asyncio.gather(*(read_sse(http, SHORT) for _ in range(_WARMING)))
    before = _resident_kb(stack)
    streams = [asyncio.create_task(read_sse(http, PACED)) for _ in range(CROWD)]
    length = CHUNKS[PACED] * PAUSE_SECONDS
    await asyncio.sleep(length / 2)
    halfway = _resident_kb(stack)
    await asyncio.sleep(length * 0.4)
    late = _resident_kb(stack)
    reads = await asyncio.gather(*streams)
    seconds = [read.seconds - read.first_seconds for read in reads]
    return {
        "memory_per_stream_kb": _per_stream(before, late),
        "memory_per_stream_halfway_kb": _per_stream(before, halfway),
        "fairness": round(max(seconds) / statistics.median(seconds), 2),
        "crowd_first_token_ms": round(statistics.median(read.first_seconds for read in reads) * 1000),
    }


def _per_stream(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    return {name: round((now[name] - before[name]) / CROWD) for name in _PROCESSES}


def _resident_kb(stack: Stack) -> dict[str, int]:
    return {name: _resident(stack.processes[name].pid) for name in _PROCESSES}


def _resident(pid: int | None) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
