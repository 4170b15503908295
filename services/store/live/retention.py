"""Forgetting changes that no cursor may name any more."""

import asyncio
from typing import Final

import structlog

from services.runtime.errors import EarshotError
from services.store.live.cursor import RETENTION
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import message_changes

_logger = structlog.get_logger("earshot.live")

_PAUSE_SECONDS: Final = 3600.0


async def forget_old_changes(database: Database) -> None:
    """Runs for ever, once an hour. Several processes may."""
    while True:
        try:
            async with database.transaction("", role=WORKER_ROLE) as connection:
                await message_changes.forget(connection, RETENTION)
        except EarshotError as error:
            _logger.warning("old changes could not be taken away", problem=error.message)
        await asyncio.sleep(_PAUSE_SECONDS)
