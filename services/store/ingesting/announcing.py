"""Tells every process that messages have been stored: who labels them, and who watches.

After the commit and once for all that were stored meanwhile, because Postgres lets transactions that notify commit one
after the other, each waiting for the disk alone. Where the process dies in between, the others look by themselves.
"""

from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import label_queue


class Announcer:
    """The step of one process' background loop, to be woken when messages were stored."""

    def __init__(self, database: Database) -> None:
        """`database` needs one connection for it."""
        self._database = database

    async def step(self) -> bool:
        """Announces once."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            await label_queue.notify_pending(connection)
        return False
