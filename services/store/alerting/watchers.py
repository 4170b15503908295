"""Those who watch alerts: woken by notifications, they read on from their cursor. No polling."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Final

from services.runtime.errors import ErrorReason, LimitExceededError
from services.store.pool import Database
from services.store.repositories import alerts
from services.store.repositories.alerts import AlertEvent

SIGN_OF_LIFE_SECONDS: Final = 20.0
_AT_ONCE: Final = 100


class AlertWatchers:
    """The watchers of one process."""

    def __init__(self, database: Database, *, max_watchers: int) -> None:
        self._database = database
        self._max_watchers = max_watchers
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def changed(self, workspace_id: str) -> None:
        """An alert of the workspace has changed."""
        for woken in self._waiting.get(workspace_id, ()):
            woken.set()

    def look_again(self) -> None:
        """Notifications may have been missed: every watcher looks for itself."""
        for workspace_id in self._waiting:
            self.changed(workspace_id)

    async def watch(self, workspace_id: str, after: int | None) -> AsyncGenerator[tuple[int, AlertEvent | None], None]:
        """Changes after number `after` (None: from now on), each with its number; None first, and as a sign of life.

        Raises LimitExceededError (TOO_MANY_STREAMS).
        """
        with self._woken(workspace_id) as woken:
            number = await self._last(workspace_id) if after is None else after
            yield number, None
            while True:
                woken.clear()
                for event in await self._read(workspace_id, number):
                    number = event.number
                    woken.set()
                    yield number, event
                try:
                    async with asyncio.timeout(SIGN_OF_LIFE_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    yield number, None

    async def _last(self, workspace_id: str) -> int:
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await alerts.last_number(connection, workspace_id)

    async def _read(self, workspace_id: str, number: int) -> list[AlertEvent]:
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await alerts.events_after(connection, workspace_id, number, limit=_AT_ONCE)

    @contextmanager
    def _woken(self, workspace_id: str) -> Iterator[asyncio.Event]:
        if sum(map(len, self._waiting.values())) >= self._max_watchers:
            raise LimitExceededError(
                "As many callers watch alerts here as this server takes.",
                reason=ErrorReason.TOO_MANY_STREAMS,
                hint="Try again, or watch through another server.",
                retry_after_seconds=5,
            )
        woken = asyncio.Event()
        watchers = self._waiting.setdefault(workspace_id, set())
        watchers.add(woken)
        try:
            yield woken
        finally:
            watchers.discard(woken)
            if not watchers:
                self._waiting.pop(workspace_id, None)
