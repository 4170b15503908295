"""Keeps the changes that statistics have to read besides the roll-ups few, as long as the process lives.

Answers are exact without it, and the faster the fewer changes wait. Any number of processes may try; one works at
a time.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from services.runtime.errors import EarshotError
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import rollups

_logger = structlog.get_logger("earshot.folding")

# A transaction of this size takes a second or less, and dearer ones are no cheaper by the message.
_AT_MOST: Final = 5_000
# Changes that come close together are cheaper to add together: they meet in the same rows.
_GATHER_SECONDS: Final = 2.0
# Notifications wake it; this only bounds the harm of one that went missing.
_LONGEST_SLEEP_SECONDS: Final = 60.0


class Folding:
    """The loop of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = asyncio.Event()
        self._woken.set()

    def handlers(self) -> dict[str, Callable[[str], None]]:
        """Channel → what is to be done with its notifications."""
        return {rollups.STATISTICS_CHANNEL: lambda _: self.look_again()}

    def look_again(self) -> None:
        """There may be changes."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            try:
                async with asyncio.timeout(_LONGEST_SLEEP_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            await asyncio.sleep(_GATHER_SECONDS)
            try:
                await fold_all(self._database)
            except EarshotError as error:
                _logger.warning("roll-ups wait", problem=error.message)
                self._woken.set()


async def fold_all(database: Database) -> int:
    """Adds every change there is to the roll-ups and answers how many; stops where another process does it."""
    folded = 0
    while taken := await _fold_some(database):
        folded += taken
    return folded


async def _fold_some(database: Database) -> int:
    async with database.transaction("", role=WORKER_ROLE) as connection:
        return await rollups.fold(connection, _AT_MOST)
