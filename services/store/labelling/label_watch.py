"""Waiting for labels without polling: callers name the messages they wait for, notifications tick them off."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(eq=False, slots=True)
class _Waiter:
    remaining: set[UUID]
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    must_look: bool = True


class LabelWatch:
    """The callers of this process that wait for labels."""

    def __init__(self) -> None:
        self._waiters: dict[UUID, set[_Waiter]] = {}

    def done(self, ids: Iterable[UUID]) -> None:
        """These messages have labels now, or never will."""
        for message_id in ids:
            for waiter in self._waiters.get(message_id, ()):
                waiter.remaining.discard(message_id)
                waiter.changed.set()

    def look_again(self) -> None:
        """Notifications may have been missed: every waiter looks for itself."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.must_look = True
                waiter.changed.set()

    async def wait(
        self, ids: Iterable[UUID], *, seconds: float, still_waiting: Callable[[set[UUID]], Awaitable[set[UUID]]]
    ) -> None:
        """Returns when none of the messages waits for labels any more, or when the time is over.

        `still_waiting` looks up which of them do. It is asked after the watch has begun, so that labels written in
        between are seen by one of the two.
        """
        with self._watching(set(ids)) as waiter:
            try:
                async with asyncio.timeout(seconds):
                    await self._until_done(waiter, still_waiting)
            except TimeoutError:
                return

    async def _until_done(self, waiter: _Waiter, still_waiting: Callable[[set[UUID]], Awaitable[set[UUID]]]) -> None:
        while waiter.remaining:
            waiter.changed.clear()
            if waiter.must_look:
                waiter.must_look = False
                waiter.remaining &= await still_waiting(set(waiter.remaining))
                continue
            await waiter.changed.wait()

    @contextmanager
    def _watching(self, ids: set[UUID]) -> Iterator[_Waiter]:
        waiter = _Waiter(remaining=set(ids))
        for message_id in ids:
            self._waiters.setdefault(message_id, set()).add(waiter)
        try:
            yield waiter
        finally:
            for message_id in ids:
                waiters = self._waiters[message_id]
                waiters.discard(waiter)
                if not waiters:
                    del self._waiters[message_id]
