"""Migrations: each applied once, whoever starts at the same time and whoever dies half-way (D7, D38, T11)."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from services.runtime.errors import UnavailableError
from services.runtime.keys import generate_keys
from services.store.migrations.runner import (
    Migration,
    MigrationChangedError,
    MigrationFailedError,
    load_migrations,
    migrate,
)
from services.store.pool import DatabaseOptions
from tests.support.postgres import connection, fresh_database

NEXT = len(load_migrations()) + 1


def options(url: str) -> DatabaseOptions:
    return DatabaseOptions(url=url)


async def applied(url: str) -> list[tuple[int, str]]:
    async with connection(url) as owner:
        rows = await owner.fetch("SELECT version, name FROM schema_migrations ORDER BY version")
        return [(row["version"], row["name"]) for row in rows]


async def test_an_empty_database_becomes_a_working_one_and_a_second_run_does_nothing(postgres_url: str) -> None:
    names = [migration.name for migration in load_migrations()]
    async with fresh_database(postgres_url, "migrations") as url:
        assert await migrate(options(url)) == names
        assert await migrate(options(url)) == []
        assert [name for _, name in await applied(url)] == names
        async with connection(url) as owner:
            assert await owner.fetchval("SELECT workspace_id FROM workspaces") == "default"


async def test_many_runners_at_once_apply_each_migration_once(postgres_url: str) -> None:
    names = [migration.name for migration in load_migrations()]
    async with fresh_database(postgres_url, "migrations") as url, fresh_database(postgres_url, "migrations") as other:
        outcomes = await asyncio.gather(*(migrate(options(target)) for target in (url, url, url, url, other, other)))
        assert sorted(name for outcome in outcomes[:4] for name in outcome) == names
        assert sorted(name for outcome in outcomes[4:] for name in outcome) == names


async def test_a_migrator_that_is_killed_leaves_nothing_half_done(postgres_url: str) -> None:
    """The runner's connection is killed in the middle of a migration, while readers look on."""
    slow = Migration(version=NEXT, name="next_slow", sql="CREATE TABLE half (n int); SELECT pg_sleep(60);")
    quick = Migration(version=NEXT, name="next_slow", sql="CREATE TABLE half (n int);")
    async with fresh_database(postgres_url, "migrations") as url, connection(url) as owner:
        await migrate(options(url))
        running = asyncio.create_task(migrate(options(url), [*load_migrations(), slow]))
        async with asyncio.timeout(30):
            while not await owner.fetchval(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            ):
                assert await owner.fetchval("SELECT to_regclass('half')") is None
                await asyncio.sleep(0.02)
        with pytest.raises(UnavailableError):
            await running
        assert await owner.fetchval("SELECT to_regclass('half')") is None
        assert await migrate(options(url), [*load_migrations(), quick]) == ["next_slow"]
        assert await owner.fetchval("SELECT to_regclass('half')") is not None


async def test_a_failing_migration_leaves_those_before_it(postgres_url: str) -> None:
    good = Migration(version=NEXT, name="next_good", sql="CREATE TABLE good (n int)")
    bad = Migration(version=NEXT + 1, name="next_bad", sql="CREATE TABLE bad (n int); SELECT 1 / 0")
    async with fresh_database(postgres_url, "migrations") as url:
        with pytest.raises(MigrationFailedError, match="next_bad failed: division by zero"):
            await migrate(options(url), [*load_migrations(), good, bad])
        assert (await applied(url))[-1] == (NEXT, "next_good")
        async with connection(url) as owner:
            assert await owner.fetchval("SELECT to_regclass('bad')") is None


@pytest.mark.parametrize("sql", ["", "\n  \n", "-- nothing to do any more\n", "/* nor here */ -- or here", ";"])
async def test_a_migration_without_a_statement_is_applied(postgres_url: str, sql: str) -> None:
    empty = Migration(version=1, name="next_empty", sql=sql)
    async with fresh_database(postgres_url, "migrations") as url:
        assert await migrate(options(url), [empty]) == ["next_empty"]
        assert await migrate(options(url), [empty]) == []


async def test_a_malformed_migration_is_named_with_its_line(postgres_url: str) -> None:
    broken = Migration(version=1, name="next_broken", sql="CREATE TABLE good (n int);\n\nCREATE TABEL bad (n int);")
    async with fresh_database(postgres_url, "migrations") as url:
        with pytest.raises(MigrationFailedError, match=r"next_broken failed in line 3: syntax error .*TABEL"):
            await migrate(options(url), [broken])
        async with connection(url) as owner:
            assert await owner.fetchval("SELECT to_regclass('good')") is None


async def test_a_migration_that_was_edited_afterwards_is_refused(postgres_url: str) -> None:
    first, *rest = load_migrations()
    edited = Migration(version=first.version, name=first.name, sql=first.sql + "\n-- edited")
    async with fresh_database(postgres_url, "migrations") as url:
        await migrate(options(url))
        with pytest.raises(MigrationChangedError, match="0001_roles_and_workspaces"):
            await migrate(options(url), [edited, *rest])


async def test_an_older_program_runs_on_a_newer_schema(postgres_url: str) -> None:
    newer = Migration(version=NEXT, name="next_newer", sql="CREATE TABLE newer (n int)")
    async with fresh_database(postgres_url, "migrations") as url:
        await migrate(options(url), [*load_migrations(), newer])
        assert await migrate(options(url)) == []


async def test_no_database_is_said_plainly() -> None:
    with pytest.raises(UnavailableError):
        await migrate(options("postgresql://nobody@127.0.0.1:1/nowhere"))


async def test_the_command_migrates_and_says_so(postgres_url: str, tmp_path: Path) -> None:
    keys = generate_keys(tmp_path / "keys")
    async with fresh_database(postgres_url, "migrations") as url:
        codes = []
        for database_url in (url, "postgresql://nobody@127.0.0.1:1/nowhere"):
            environment = {
                **os.environ,
                "EARSHOT_DATABASE_URL": database_url,
                "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.store", "migrate", env=environment
            )
            codes.append(await process.wait())
        assert codes == [0, 1]
        assert len(await applied(url)) == len(load_migrations())


def test_numbers_without_a_gap_are_required(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("SELECT 1")
    (tmp_path / "0003_third.sql").write_text("SELECT 3")
    with pytest.raises(ValueError, match="not numbered"):
        load_migrations(tmp_path)


def test_a_misspelt_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("SELECT 1")
    (tmp_path / "0002-second.sql").write_text("SELECT 2")
    with pytest.raises(ValueError, match=r"0002-second\.sql .* is not named like a migration"):
        load_migrations(tmp_path)
