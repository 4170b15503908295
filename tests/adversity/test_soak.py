"""A thousand large calls over one connection leave nothing behind (T32, its short form)."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
from google.protobuf.wrappers_pb2 import StringValue

from tests.support.probe import Context, Handlers, ProbeStub, running_probe, text

CALLS, CALLERS = 1000, 8
REQUEST, REPLY = "q" * 271_828, "r" * 314_159
KEPT_BYTES = 32 * 1024**2
"""Far less than the 586 MB that went over the wire, far more than an allocator keeps in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What this process, which has both ends, holds."""

    files: int
    tasks: int
    resident: int

    @classmethod
    def now(cls) -> Self:
        me = psutil.Process()
        return cls(files=me.num_fds(), tasks=len(asyncio.all_tasks()), resident=me.memory_info().rss)


async def longer(request: StringValue, _context: Context) -> StringValue:
    assert len(request.value) == len(REQUEST)
    return text(REPLY)


async def soak(stub: ProbeStub, calls: int) -> None:
    async def caller() -> None:
        for _ in range(calls // CALLERS):
            answer = await stub.read(text(REQUEST), timeout=30)
            assert answer.value == REPLY

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def all_ended(tasks: int) -> None:
    """Returns when the server's last handlers have come to their ends, which the callers do not wait for."""
    async with asyncio.timeout(30):
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.05)


async def test_a_thousand_large_calls_leave_nothing_behind(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(read=longer)) as rig:
        stub = rig.stub()
        await soak(stub, CALLERS * 10)
        before = Footprint.now()
        await soak(stub, CALLS)
        await all_ended(before.tasks)
        after = Footprint.now()
    assert (after.files, after.tasks) == (before.files, before.tasks)
    assert after.resident - before.resident < KEPT_BYTES
