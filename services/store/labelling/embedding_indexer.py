"""Takes embeddings into their index, in the background (D25).

What is left to do stands in the rows themselves, so a process that dies loses nothing; any number of processes share
the work. While messages wait for labels the indexer keeps to a tenth of its time: labels come first.
"""

import asyncio
import time
from typing import Final

from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import embeddings, label_queue

_BATCH_SIZE: Final = 100
_REST: Final = 9
"""Seconds of rest for each second of work, while messages wait for labels."""


class EmbeddingIndexer:
    """The step of one process' background loop."""

    def __init__(self, database: Database) -> None:
        """`database` needs one connection for it."""
        self._database = database

    async def step(self) -> bool:
        """One batch; True where there may be more."""
        started = time.monotonic()
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            indexed = await embeddings.index(connection, _BATCH_SIZE)
            labels_wait = await label_queue.any_waits(connection)
        if indexed and labels_wait:
            await asyncio.sleep(_REST * (time.monotonic() - started))
        return indexed > 0
