"""The commands of docs/deployment.md back a database up and restore it: the store then answers as it did before."""

import asyncio
import os
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, search_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from tests.support.pages import ROOT, blocks
from tests.support.postgres import KillablePostgres, connection, killable_postgres, run_sql
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreClient, ingest, new_message, running_store

PAGE = ROOT / "docs" / "deployment.md"
IN_CONTAINER = re.compile(r"docker compose exec (?:-T )?postgres (?P<command>.+)")


def documented(program: str) -> str:
    """The page's first command that runs a program of Postgres, as it is typed inside the container."""
    found = [line[1] for block in blocks(PAGE) for line in IN_CONTAINER.finditer(block.text)]
    return next(command for command in found if command.startswith(f"{program} "))


@pytest_asyncio.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[KillablePostgres]:
    """A server whose administrator and database are called as in the compose file."""
    async with killable_postgres(tmp_path / "postgres") as running:
        await run_sql(running.url, "CREATE ROLE earshot LOGIN SUPERUSER")
        await run_sql(running.url, "CREATE DATABASE earshot OWNER earshot")
        yield running


def url_of(postgres: KillablePostgres, *, user: str = "earshot") -> str:
    return f"postgresql://{user}:@/earshot?host={postgres.folder}"


async def run(postgres: KillablePostgres, folder: Path, command: str) -> None:
    """Runs a documented command in `folder`, redirections included, with the programs of the running server."""
    async with connection(postgres.url) as owner:
        programs = await owner.fetchval("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    environment = {**os.environ, "PGHOST": str(postgres.folder), "PATH": f"{programs}:{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_shell(
        command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, f"{command}\n{out.decode()}\n{err.decode()}"


async def answers(client: StoreClient) -> tuple[object, ...]:
    """What the store says of its messages: listed, counted, and found by their words."""
    listed = await client.messages().ListMessages(message_pb2.ListMessagesRequest())
    query = question_pb2.StatsQuery(group_by=[question_pb2.DIMENSION_CATEGORY])
    counted = (await client.stats().QueryStats(stats_pb2.QueryStatsRequest(query=query))).result
    found = await client.search().SearchMessages(search_pb2.SearchMessagesRequest(text="deposit"))
    assert found.hits
    return list(listed.messages), list(counted.rows), [hit.message.id for hit in found.hits]


async def contents(url: str) -> dict[str, tuple[int, str]]:
    """Table → its number of rows and a hash of what is in them."""
    async with connection(url) as owner:
        tables = await owner.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        hashed = "SELECT count(*), coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM \"{}\" t"
        rows = {row["relname"]: await owner.fetchrow(hashed.format(row["relname"])) for row in tables}
    return {name: tuple(row or ()) for name, row in rows.items()}


async def empty_again(postgres: KillablePostgres) -> None:
    """As a fresh volume has it: a database without anything, and no role of Earshot's."""
    await run_sql(postgres.url, "DROP DATABASE earshot WITH (FORCE)")
    await run_sql(postgres.url, "DROP ROLE earshot_app")
    await run_sql(postgres.url, "DROP ROLE earshot_worker")
    await run_sql(postgres.url, "CREATE DATABASE earshot OWNER earshot")


async def test_the_documented_commands_restore_a_backup(postgres: KillablePostgres, tmp_path: Path) -> None:
    async with scripted_classifier() as (_, address):
        async with running_store(tmp_path, url_of(postgres), classifier_address=address) as store:
            sent = ingest(new_message("my deposit is gone"), new_message("and the bonus"), wait_seconds=30)
            await store.client.messages().IngestMessages(sent)
            before = await answers(store.client)
        kept = await contents(url_of(postgres))
        await run(postgres, tmp_path, documented("pg_dump"))
        await empty_again(postgres)
        await run(postgres, tmp_path, documented("psql"))
        await run(postgres, tmp_path, documented("pg_restore"))
        assert await contents(url_of(postgres)) == kept
        assert kept["messages"][0] == 2
        async with running_store(tmp_path / "again", url_of(postgres), classifier_address=address) as store:
            assert await answers(store.client) == before


@pytest.mark.parametrize("mended", [False, True])
async def test_a_restore_without_superuser_rights_needs_the_owner_of_search(
    postgres: KillablePostgres, tmp_path: Path, *, mended: bool
) -> None:
    """Where memberships are not inherited, words are found only after the documented statements."""
    async with scripted_classifier() as (_, address):
        async with running_store(tmp_path, url_of(postgres), classifier_address=address) as store:
            await store.client.messages().IngestMessages(ingest(new_message("my deposit"), wait_seconds=30))
        await run(postgres, tmp_path, documented("pg_dump"))
        await empty_again(postgres)
        await run(postgres, tmp_path, documented("psql"))
        await run_sql(postgres.url, "CREATE ROLE plain LOGIN")
        await run_sql(postgres.url, "GRANT earshot_app, earshot_worker TO plain WITH INHERIT FALSE, SET TRUE")
        await run_sql(postgres.url, "ALTER DATABASE earshot OWNER TO plain")
        await run_sql(url_of(postgres), "ALTER SCHEMA public OWNER TO plain")
        await run_sql(url_of(postgres), "CREATE EXTENSION vector")
        listing = shlex.join(["pg_restore", "--list", "earshot.dump"])
        await run(postgres, tmp_path, f"{listing} | grep -v EXTENSION > wanted")
        restore = documented("pg_restore").replace("--username=earshot", "--username=plain --use-list=wanted")
        await run(postgres, tmp_path, restore)
        async with connection(url_of(postgres, user="plain")) as plain:
            if mended:
                await plain.execute(statements_of_search())
            await plain.execute("SET ROLE earshot_app; SET earshot.workspace = 'default'")
            found = await plain.fetch("SELECT * FROM search_words('deposit'::tsquery, 10)")
    assert len(found) == mended


def statements_of_search() -> str:
    """The SQL that the page tells those without superuser rights to run."""
    return next(block.text for block in blocks(PAGE) if block.language == "sql")
