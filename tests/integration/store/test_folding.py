"""Folding many changes that bring many names with them."""

from services.store.folding import fold_all
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from tests.support.postgres import connection

CHANGES = 3_000


async def test_the_planner_learns_of_many_new_names_before_they_are_looked_up(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    try:
        async with connection(database_url) as owner:
            for table in ("stat_users", "stat_kinds"):
                await owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            await owner.execute(
                "INSERT INTO stat_changes SELECT 'w', 1, '2026-03-01T10:00:00Z', 'source-' || n, 'user-' || n, 1, 1,"
                " 'neutral', 'en' FROM generate_series(1, $1) AS n",
                CHANGES,
            )
            assert await fold_all(database) == CHANGES
            counted = "SELECT reltuples FROM pg_class WHERE oid = $1::regclass"
            assert await owner.fetchval(counted, "stat_users") == CHANGES
            sets = "SELECT count(*) FROM stat_kinds WHERE tier = 'set' AND cardinality(parts) > 0"
            assert await owner.fetchval(sets) == CHANGES
            assert await owner.fetchval(counted, "stat_kinds") > CHANGES
            assert await owner.fetchval("SELECT sum(messages) FROM stat_sets") == CHANGES
    finally:
        await database.close()
