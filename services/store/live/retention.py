"""Forgetting changes that no cursor may name any more."""

from typing import Final

from services.store.live.cursor import RETENTION
from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import message_changes

_PAUSE_SECONDS: Final = 3600.0


async def forget_old_changes(database: Database) -> None:
    """Runs for ever, once an hour. Several processes may."""

    async def step() -> bool:
        async with database.transaction("", role=WORKER_ROLE) as connection:
            await message_changes.forget(connection, RETENTION)
        return False

    await Loop("old changes", step=step, longest_seconds=_PAUSE_SECONDS).run()
