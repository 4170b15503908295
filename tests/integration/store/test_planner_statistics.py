"""What the planner holds of tables that grew within a minute."""

from services.store.migrations.runner import migrate
from services.store.pool import WORKER_ROLE, Database, DatabaseOptions
from services.store.repositories import planner_statistics
from tests.support.postgres import connection

MESSAGES = 3_000
INSERT = """
INSERT INTO messages (workspace_id, id, event_time, source, author, external_id, user_id, conversation_id, text)
SELECT 'w', gen_random_uuid(), now(), 'web', 'customer', 'm-' || n, 'ada', '', 'where is my bonus?'
FROM generate_series($1::int, $2::int) AS n
"""


async def test_the_planner_learns_of_an_import_into_a_small_database(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    try:
        async with connection(database_url) as owner:
            await owner.execute("ALTER TABLE messages SET (autovacuum_enabled = off)")
            await owner.execute(INSERT, 0, 0)
            await owner.execute("ANALYZE messages")
            counted = "SELECT reltuples FROM pg_class WHERE oid = 'messages'::regclass"
            async with owner.transaction():
                await owner.execute(INSERT, 1, MESSAGES - 1)
                # Counted now, the table would be taken for one of a row on many pages, however much is committed.
                assert await _refreshed(database)
                assert await owner.fetchval(counted) == 1
            await owner.execute("SELECT pg_stat_force_next_flush()")
            assert not await _refreshed(database)
            assert await owner.fetchval(counted) == MESSAGES
    finally:
        await database.close()


async def _refreshed(database: Database) -> bool:
    async with database.transaction("", role=WORKER_ROLE) as worker:
        return await planner_statistics.refresh(worker)
