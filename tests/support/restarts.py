"""Crashes of a running stack's processes, and the way back."""

import asyncio

from deploy.local.process import Process
from deploy.local.stack import Stack, healthy

BACK_SECONDS = 60.0


async def crash(process: Process) -> None:
    """kill -9; returns when the launcher has started it again, which need not mean that it serves yet."""
    before = process.pid
    process.kill()
    async with asyncio.timeout(BACK_SECONDS):
        while process.pid in {None, before}:  # noqa: ASYNC110  # the system tells nobody but the parent
            await asyncio.sleep(0.02)


async def crash_and_recover(stack: Stack, name: str) -> None:
    """kill -9 of one process; returns when the whole stack is healthy again."""
    await crash(stack.processes[name])
    await healthy(stack)
