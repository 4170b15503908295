"""A loop of the background: woken by notifications, and by the time of what comes next; a failure never ends it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from services.runtime.errors import EarshotError

_logger = structlog.get_logger("earshot.loop")

_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 10.0
# What is due and was not to be had is another's just now: it holds the row that it works on.
_TAKEN_SECONDS: Final = 0.2
# Notifications wake the loop; this only bounds the harm of one that went missing.
_LONGEST_SLEEP_SECONDS: Final = 30.0


class Loop:
    """Takes one step after another while there is work, then sleeps.

    `step` answers whether there may be more to do at once; `next_seconds` the time until something is due, None when
    nothing waits. It sleeps for `longest_seconds` at most.
    """

    def __init__(
        self,
        name: str,
        *,
        step: Callable[[], Awaitable[bool]],
        next_seconds: Callable[[], Awaitable[float | None]] | None = None,
        longest_seconds: float = _LONGEST_SLEEP_SECONDS,
    ) -> None:
        self._name = name
        self._step = step
        self._next_seconds = next_seconds
        self._longest_seconds = longest_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            self._woken.clear()
            try:
                if not await self._step():
                    await self._sleep()
                pause = _FIRST_PAUSE_SECONDS
                continue
            except EarshotError as error:
                _logger.warning("work waits", loop=self._name, problem=error.message)
            except Exception:
                _logger.exception("a step failed, work waits", loop=self._name)
            # Jitter, so that many replicas do not come back in step.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _sleep(self) -> None:
        due = None if self._next_seconds is None else await self._next_seconds()
        longest = self._longest_seconds if due is None else min(due or _TAKEN_SECONDS, self._longest_seconds)
        try:
            async with asyncio.timeout(longest):
                await self._woken.wait()
        except TimeoutError:
            return
