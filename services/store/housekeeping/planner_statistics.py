"""Tells Postgres' planner of tables that grew, seconds after an import instead of a minute.

With ten thousand messages in a database that was counted with one, a question took 20 seconds until autovacuum came.
"""

import asyncio
from typing import Final

from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import planner_statistics

# What grows grows for a while.
_GATHER_SECONDS: Final = 1.0


class PlannerStatistics:
    """The loop of one process; any number of them may try, one works at a time."""

    def __init__(self, database: Database) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._loop = Loop("planner statistics", step=self._step)

    def wake(self) -> None:
        """Tables may have grown."""
        self._loop.wake()

    async def run(self) -> None:
        """Works for ever."""
        await self._loop.run()

    async def _step(self) -> bool:
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            is_waiting = await planner_statistics.refresh(connection)
        await asyncio.sleep(_GATHER_SECONDS)
        return is_waiting
