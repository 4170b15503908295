"""Judges history by categories that were applied, and fits categories anew where another encoder serves.

The work is arithmetic inside Postgres, a few thousand messages per transaction; how far it is stands in the category's
row, so it goes on where a process that died has left it. Several processes never walk the same category at once.
"""

import asyncio
from typing import Final

import structlog

from services.runtime.errors import EarshotError
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import taxonomy

_logger = structlog.get_logger("earshot.taxonomy")

_SPAN: Final = 5_000
# Applying wakes the walker of its own process; this bounds the wait where that one died.
_LONGEST_SLEEP_SECONDS: Final = 30.0


class CategoryWalker:
    """The background loop of one process."""

    def __init__(self, database: Database) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A category was applied."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            self._woken.clear()
            try:
                if await self._step():
                    continue
            except EarshotError as error:
                _logger.warning("history waits to be judged", problem=error.message)
            except Exception:
                _logger.exception("judging history failed")
            await self._sleep_until_woken()

    async def _step(self) -> bool:
        """One span of one walk; False where none waits."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            walk = await taxonomy.next_walk(connection)
            if walk is None:
                return False
            if not await taxonomy.walk_on(connection, walk, _SPAN):
                _logger.info("history is judged", workspace=walk.workspace_id, category=str(walk.category_id))
        return True

    async def _sleep_until_woken(self) -> None:
        try:
            async with asyncio.timeout(_LONGEST_SLEEP_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return
