"""Applies the migrations: forward only, each in a transaction of its own, under a lock that only one runner can hold.

Looked at: yoyo, alembic, dbmate. They bring a second driver or a second binary for what are four statements here.
"""

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from services.store.pool import DatabaseOptions, connect, database_errors

_logger = structlog.get_logger("earshot.migrations")

_FILE_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Any number that no other program on the database uses: "earshot" in ASCII.
_LOCK_KEY: Final = int.from_bytes(b"earshot", "big")
# SQLSTATE classes of a server that goes away, is full, or was asked to stop: the same migration may be tried again.
_NOT_ITS_FAULT: Final = frozenset({"08", "40", "53", "57", "58"})
# A migration may rewrite a large table.
_TIMEOUT_SECONDS: Final = 3600.0

_CREATE_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  apply_time timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of SQL."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the SQL in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class MigrationError(Exception):
    """The schema cannot be brought up to date; the text names the migration and says what to do."""


class MigrationChangedError(MigrationError):
    """A migration that this database has applied was edited afterwards."""


class MigrationFailedError(MigrationError):
    """Postgres refuses what a migration says; the migrations before it stay applied, and nothing of it does."""


def load_migrations(folder: Path = Path(__file__).parent) -> list[Migration]:
    """The migrations of a folder in their order. Raises ValueError unless they are numbered 1, 2, 3, …

    Every file that ends in .sql must be named like one: a misspelt name would otherwise be left out in silence.
    """
    files = sorted(folder.glob("*.sql"))
    if odd := [path.name for path in files if _FILE_NAME.fullmatch(path.name) is None]:
        raise ValueError(f"{odd[0]} in {folder} is not named like a migration: 0001_what_it_does.sql, in lower case")
    migrations = [Migration(version=int(path.name[:4]), name=path.stem, sql=path.read_text("utf-8")) for path in files]
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered 1, 2, 3, …")
    return migrations


async def migrate(options: DatabaseOptions, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Applies what is missing and returns the names of what it applied.

    Any number of runners may start at once: each waits for the one before it and finds its work done. One that dies
    leaves the migration it was in unapplied. Raises MigrationError, UnavailableError.
    """
    wanted = load_migrations() if migrations is None else migrations
    connection = await connect(options)
    try:
        with database_errors():
            return [migration.name for migration in wanted if await _apply(connection, migration)]
    finally:
        await connection.close()


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> bool:
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK_KEY, timeout=_TIMEOUT_SECONDS)
        await connection.execute(_CREATE_LEDGER)
        applied = await connection.fetchval(
            "SELECT checksum FROM schema_migrations WHERE version = $1", migration.version
        )
        if applied is not None:
            _check(migration, applied)
            return False
        # Before it, too: one that reads every message takes minutes, and the log says which.
        _logger.info("applying migration", migration=migration.name)
        started = time.monotonic()
        with _named(migration):
            # The driver stumbles over what holds no statement, such as a comment that keeps a number.
            await connection.execute(f"{migration.sql}\n;SELECT 1", timeout=_TIMEOUT_SECONDS)
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.checksum,
        )
    _logger.info("migration applied", migration=migration.name, seconds=round(time.monotonic() - started, 1))
    return True


@contextmanager
def _named(migration: Migration) -> Iterator[None]:
    """Says in which migration, and where in it, Postgres found what it refuses."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if (error.sqlstate or "")[:2] in _NOT_ITS_FAULT:
            raise
        raise MigrationFailedError(
            f"migration {migration.name} failed{_line(migration, error)}: {error.args[0]}. Nothing of it was applied."
        ) from error


def _line(migration: Migration, error: asyncpg.PostgresError) -> str:
    """The line of the file, where Postgres points to one."""
    position = str(error.as_dict().get("position") or "")
    return f" in line {migration.sql.count(chr(10), 0, int(position) - 1) + 1}" if position.isdecimal() else ""


def _check(migration: Migration, applied_checksum: str) -> None:
    if applied_checksum != migration.checksum:
        raise MigrationChangedError(
            f"migration {migration.name} was changed after this database applied it. "
            "Put the file back as it was and write the change as a new migration."
        )
