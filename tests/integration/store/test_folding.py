"""Folding many changes that bring many names with them, and taking out again what was added."""

from services.store.housekeeping.folding import fold_all
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


ADDED = """
INSERT INTO stat_changes
SELECT 'folded', 1, timestamptz '2026-01-30Z' + n * interval '7 minutes', 'livechat', 'user-' || n % 17, n % 5, 1,
       'neutral', 'en'
FROM generate_series(1, 900) AS n
"""
TAKEN_OUT = """
INSERT INTO stat_changes
SELECT 'folded', -1, timestamptz '2026-01-30Z' + n * interval '7 minutes', 'livechat', 'user-' || n % 17, n % 5, 1,
       'neutral', 'en'
FROM generate_series(1, 900) AS n WHERE n % 3 = 0 OR n > 700
"""
RELABELLED = """
INSERT INTO stat_changes
SELECT 'folded', change, timestamptz '2026-01-30Z' + n * interval '7 minutes', 'livechat', 'user-' || n % 17, mask, 1,
       'neutral', 'en'
FROM generate_series(1, 700, 3) AS n, LATERAL (VALUES (-1, n % 5), (1, 31)) AS v (change, mask)
"""
OF_SETS = "SELECT day, quarter, number FROM stat_sets, stat_messages(quarters, users)"
OF_DAYS = "SELECT day, quarter, number FROM stat_day_users, stat_messages(quarters, users)"


async def test_months_and_days_users_hold_what_the_sets_hold(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    async with connection(database_url) as owner:
        for changes, at_most in ((ADDED, 97), (RELABELLED, 50), (TAKEN_OUT, 31), (ADDED, 1_000)):
            await owner.execute(changes)
            while await owner.fetchval("SELECT fold_statistics($1)", at_most):
                pass
            assert (
                await owner.fetch(f"({OF_SETS} EXCEPT ALL {OF_DAYS}) UNION ALL ({OF_DAYS} EXCEPT ALL {OF_SETS})") == []
            )
            months = (
                "SELECT date_trunc('month', day)::date, kind, sum(messages) FROM stat_sets GROUP BY 1, 2 ORDER BY 1, 2"
            )
            held = "SELECT month, kind, messages FROM stat_months ORDER BY 1, 2"
            assert [tuple(row) for row in await owner.fetch(held)] == [tuple(row) for row in await owner.fetch(months)]
        assert (
            await owner.fetchval("SELECT sum(messages) FROM stat_day_users WHERE workspace_id = 'folded'")
            == 900 + 900 - 433
        )
        assert await owner.fetchval("SELECT max(messages) FROM stat_day_users WHERE workspace_id = 'folded'") < 900
