"""What the watchers of one process share: one LISTEN connection tells of changes, and equal reads are made once.

A watcher that has caught up stands at the same snapshot as all others that have; so with the same filters they all want
the same page, and a thousand of them cost one query. One that is slow reads for itself, page by page, as fast as it is
read: nothing piles up for it here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar, cast

from services.runtime.call_context import detached_context
from services.runtime.errors import ErrorReason, LimitExceededError, UnavailableError
from services.store.filters import Filters
from services.store.live.cursor import Cursor
from services.store.pool import Database
from services.store.repositories import message_changes
from services.store.repositories.message_changes import ChangePage

T = TypeVar("T")

PAGE_CHANGES: Final = 200
_GATHER_SECONDS: Final = 0.05
"""Writes that follow one another so closely are read together."""


class ChangeHub:
    """The watchers of one process; at most `max_watchers`."""

    def __init__(self, database: Database, *, max_watchers: int, draining: asyncio.Event) -> None:
        self._database = database
        self._max_watchers = max_watchers
        self._draining = draining
        self._version = 0
        self._watchers: set[asyncio.Event] = set()
        self._snapshot: tuple[int, str] | None = None
        self._running: dict[Hashable, asyncio.Task[object]] = {}

    def changed(self) -> None:
        """Something was written, or may have been."""
        self._version += 1
        for watcher in self._watchers:
            watcher.set()

    @contextmanager
    def watching(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something was written. Raises LimitExceededError (TOO_MANY_STREAMS)."""
        if len(self._watchers) >= self._max_watchers:
            raise LimitExceededError(
                "As many callers watch messages here as this server takes.",
                reason=ErrorReason.TOO_MANY_STREAMS,
                hint="Try again, or watch through another server.",
                retry_after_seconds=5,
            )
        woken = asyncio.Event()
        self._watchers.add(woken)
        try:
            yield woken
        finally:
            self._watchers.discard(woken)

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        """Returns when something was written, or the time is over. Raises UnavailableError (SHUTTING_DOWN)."""
        waiting = [asyncio.create_task(woken.wait()), asyncio.create_task(self._draining.wait())]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        if self._draining.is_set():
            raise UnavailableError("The server is shutting down.", reason=ErrorReason.SHUTTING_DOWN)
        if woken.is_set():
            await asyncio.sleep(_GATHER_SECONDS)

    async def snapshot(self, workspace_id: str) -> str:
        """A snapshot that shows everything announced so far; the same one for everybody until something else is."""
        version = self._version
        if self._snapshot is None or self._snapshot[0] < version:
            taken = await self._once(("snapshot", version), lambda: self._take_snapshot(workspace_id))
            if self._snapshot is None or self._snapshot[0] < version:
                self._snapshot = (version, taken)
        return self._snapshot[1]

    async def check(self, workspace_id: str, cursor: Cursor) -> None:
        """Raises InvalidInputError (BAD_CURSOR) for a cursor of another server."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            await message_changes.check(connection, cursor)

    async def page(self, workspace_id: str, cursor: Cursor, *, until: str, filters: Filters) -> ChangePage:
        """The changes after a place; asked at once by several, it is read once."""
        key = (workspace_id, cursor.seen, cursor.until, cursor.row, cursor.place, until, filters)
        return await self._once(key, lambda: self._read(workspace_id, cursor, until, filters))

    async def _take_snapshot(self, workspace_id: str) -> str:
        async with self._database.transaction(workspace_id) as connection:
            return await message_changes.snapshot(connection)

    async def _read(self, workspace_id: str, cursor: Cursor, until: str, filters: Filters) -> ChangePage:
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await message_changes.page(
                connection, workspace_id, cursor, until=until, filters=filters, limit=PAGE_CHANGES
            )

    async def _once(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of work that is under way already, or of work begun now; the caller's end does not end it."""
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(_awaited(work), context=detached_context())
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return cast("T", await asyncio.shield(task))  # a key names work of one type


async def _awaited(work: Callable[[], Awaitable[object]]) -> object:
    return await work()
