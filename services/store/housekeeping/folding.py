"""Keeps the changes that statistics have to read besides the roll-ups few, as long as the process lives.

Answers are exact without it, and the faster the fewer changes wait. Any number of processes may try; one works at
a time.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import rollups

_logger = structlog.get_logger("earshot.folding")

# A transaction of this size takes a second or less, and dearer ones are no cheaper by the message.
_AT_MOST: Final = 5_000
# So many and it is told: after an upgrade or a large import it goes on for minutes.
_TOLD_EVERY: Final = 100_000
# Changes that come close together are cheaper to add together: they meet in the same rows.
_GATHER_SECONDS: Final = 2.0
# Notifications wake it; this only bounds the harm of one that went missing.
_LONGEST_SLEEP_SECONDS: Final = 60.0


class Folding:
    """The loop of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = Loop("roll-ups", step=self._step, longest_seconds=_LONGEST_SLEEP_SECONDS)

    def handlers(self) -> dict[str, Callable[[str], None]]:
        """Channel → what is to be done with its notifications."""
        return {rollups.STATISTICS_CHANNEL: lambda _: self.look_again()}

    def look_again(self) -> None:
        """There may be changes."""
        self._loop.wake()

    async def run(self) -> None:
        """Works for ever."""
        await self._loop.run()

    async def _step(self) -> bool:
        await asyncio.sleep(_GATHER_SECONDS)
        await fold_all(self._database)
        return False


async def fold_all(database: Database) -> int:
    """Adds every change there is to the roll-ups and answers how many; stops where another process does it."""
    folded = 0
    while taken := await _fold_some(database):
        folded += taken
        if folded % _TOLD_EVERY < taken:
            _logger.info("statistics catch up", changes=folded)
    return folded


async def _fold_some(database: Database) -> int:
    async with database.transaction("", role=WORKER_ROLE) as connection:
        return await rollups.fold(connection, _AT_MOST)
