"""Admission: a text needs a permit from its arrival to its answer, so the queue is bounded and says so at once."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.runtime.errors import ErrorReason, LimitExceededError

_MAX_RETRY_AFTER_SECONDS: Final = 5.0
_MIN_RETRY_AFTER_SECONDS: Final = 0.05


class Permits:
    """Counts admitted texts. For one event loop."""

    def __init__(self, capacity: int, *, on_change: Callable[[int], None]) -> None:
        """`on_change` is told the number of permits taken."""
        self._capacity = capacity
        self._on_change = on_change
        self._taken = 0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def taken(self) -> int:
        """Permits that are out."""
        return self._taken

    def admit(self, count: int, *, seconds_per_text: float) -> None:
        """Takes `count` permits, or raises LimitExceededError (QUEUE_FULL) with a time to come back after."""
        if self._taken + count > self._capacity:
            half = self._taken * seconds_per_text / 2
            raise LimitExceededError(
                "The classifier's queue is full.",
                reason=ErrorReason.QUEUE_FULL,
                hint="Try again after the time given.",
                retry_after_seconds=min(max(half, _MIN_RETRY_AFTER_SECONDS), _MAX_RETRY_AFTER_SECONDS),
            )
        self._set(self._taken + count)

    async def admit_when_room(self) -> None:
        """Takes one permit as soon as less than half are taken: streams leave the other half to unary calls."""
        while not self._has_room:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        self._set(self._taken + 1)

    def release(self, count: int) -> None:
        """Gives permits back."""
        self._set(self._taken - count)
        if self._has_room:
            self.wake()

    def wake(self) -> None:
        """Lets everybody who waits for room look again. Few wait: one per stream."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    @property
    def _has_room(self) -> bool:
        return self._taken < self._capacity // 2

    def _set(self, count: int) -> None:
        self._taken = count
        self._on_change(count)
