"""Bringing the database up: wait for Postgres, migrate, check that it keeps what it acknowledges, open the pools."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from services.runtime.errors import UnavailableError
from services.store.durability import REQUIRED, UnsafeDatabaseError, unsafe_settings
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from services.store.repositories import server_settings

_logger = structlog.get_logger("earshot.startup")

_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 3.0


async def bring_up(options: DatabaseOptions, databases: Sequence[Database], *, production: bool) -> None:
    """Returns when the schema is in place and the pools are open, however long Postgres takes to appear.

    Raises UnsafeDatabaseError in production, MigrationError.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await _attempt(options, databases, production=production)
        except UnavailableError as error:
            _logger.warning(
                "Postgres cannot be reached; is it running, and is EARSHOT_DATABASE_URL right?",
                cause=type(error.__cause__).__name__,
                retry_seconds=pause,
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _attempt(options: DatabaseOptions, databases: Sequence[Database], *, production: bool) -> None:
    await migrate(options)
    check_durability(await server_settings.read(options, REQUIRED), production=production)
    for database in databases:
        await database.open()


def check_durability(found: dict[str, str], *, production: bool) -> None:
    """Warns of settings under which Postgres may lose acknowledged messages; UnsafeDatabaseError in production."""
    unsafe = unsafe_settings(found)
    if not unsafe:
        return
    if production:
        values = ", ".join(f"{name} = {value}" for name, value in unsafe.items())
        raise UnsafeDatabaseError(f"Postgres may lose acknowledged messages: set {values} to on, or run as dev.")
    _logger.warning("Postgres may lose acknowledged messages in a crash", settings=unsafe)
