"""A real Postgres for the tests: one server for the session, one database for each module."""

import os
import secrets
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

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


@asynccontextmanager
async def fresh_database(server_url: str, name: str) -> AsyncIterator[str]:
    """URL of a new, empty database on the server; it is dropped at the end, whoever still uses it."""
    database = f"test_{name[:40].lower()}_{secrets.token_hex(4)}"
    await run_sql(server_url, f'CREATE DATABASE "{database}"')
    try:
        yield urlsplit(server_url)._replace(path=f"/{database}").geturl()
    finally:
        await run_sql(server_url, f'DROP DATABASE "{database}" WITH (FORCE)')


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
