"""What is older than it is kept goes, in every workspace, with all that stands about it; the numbers follow."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.runtime.ids import new_id
from services.store.housekeeping import retention
from services.store.housekeeping.folding import fold_all
from services.store.housekeeping.retention import Retention
from services.store.ingesting.ingest import Ingest
from services.store.labelling.label_watch import LabelWatch
from services.store.message import Author, MessageColumns, NewMessage
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from services.store.repositories.statistics import run_query
from services.store.statistics.question import Measure, StatsQuery
from tests.support.postgres import connection
from tests.support.statistics_world import WorldLabels, WorldMessage, load

LIMIT = datetime(2026, 3, 1, tzinfo=UTC)
TOLD = """
SELECT DISTINCT action, workspace_id FROM audit_events
WHERE workspace_id = ANY($1) AND actor_kind = 'rule' AND actor_id = 'retention' ORDER BY workspace_id
"""

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def message(event_time: datetime, *, labelled: bool) -> WorldMessage:
    labels = WorldLabels(
        valid_from=LIMIT, valid_to=None, intents=("other",), scores=(1.0,), sentiment="neutral", language="en"
    )
    return WorldMessage(
        event_time=event_time,
        create_time=LIMIT,
        source="web",
        user_id="u",
        text="hello",
        labels=(labels,) if labelled else (),
        indexed=labelled,
    )


async def test_old_messages_go_and_the_numbers_follow(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    names = [f"w{UUID(new_id()).hex}" for _ in range(2)]
    ages = (timedelta(days=-400), timedelta(microseconds=-1), timedelta(), timedelta(days=3))
    world = [message(LIMIT + age, labelled=labelled) for age in ages for labelled in (True, False)]
    try:
        async with connection(database_url) as owner:
            for name in names:
                await load(owner, name, world)
            await fold_all(database)
            assert await Retention(database, days=1, conversation_days=0, audit_days=0).delete_old(LIMIT) == 8
            told = [tuple(row) for row in await owner.fetch(TOLD, names)]
            assert told == [("DeleteOldMessages", name) for name in sorted(names)]
            for name in names:
                assert (await run_query(database, name, StatsQuery())).total == 4
            await fold_all(database)
            for name in names:
                assert (await run_query(database, name, StatsQuery())).total == 4
            for table in ("labels", "message_search", "label_queue"):
                assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 4
    finally:
        await database.close()


async def test_of_who_has_no_message_left_no_id_stays(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    name = f"w{UUID(new_id()).hex}"
    old, fresh = (message(LIMIT + timedelta(days=days), labelled=True) for days in (-2, 2))
    world = [replace(old, user_id="gone"), replace(old, user_id="back"), replace(fresh, user_id="back")]
    keeping = Retention(database, days=1, conversation_days=0, audit_days=0)
    people = StatsQuery(measure=Measure.UNIQUE_USERS)
    try:
        async with connection(database_url) as owner:
            await load(owner, name, world)
            await fold_all(database)
            assert await keeping.delete_old(LIMIT) == 2
            assert await keeping.forget_users() == 1
            rows = await owner.fetch("SELECT user_id FROM stat_users WHERE workspace_id = $1", name)
            assert [row["user_id"] for row in rows] == ["back"]
            assert (await run_query(database, name, people)).total == 1
            assert await keeping.forget_users() == 0
    finally:
        await database.close()


async def test_ingest_does_not_wait_for_what_is_being_deleted(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old messages go a batch at a time, each for good, and nobody else has to wait for a batch that is under way."""
    monkeypatch.setattr(retention, "_AT_MOST", 3)
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    name = f"w{UUID(new_id()).hex}"
    world = [message(LIMIT - timedelta(days=8 - day), labelled=True) for day in range(8)]
    left = "SELECT count(*) FROM messages WHERE workspace_id = $1"
    labels_of_last = """
    SELECT FROM labels WHERE workspace_id = $1 AND message_id =
      (SELECT id FROM messages WHERE workspace_id = $1 ORDER BY event_time DESC LIMIT 1) FOR UPDATE
    """
    try:
        async with connection(database_url) as owner, connection(database_url) as holder:
            await load(owner, name, world)
            async with holder.transaction():
                await holder.execute(labels_of_last, name)
                deleting = asyncio.create_task(
                    Retention(database, days=1, conversation_days=0, audit_days=0).delete_old(LIMIT)
                )
                async with asyncio.timeout(30):
                    while not await owner.fetchval(WAITS):  # noqa: ASYNC110 - another backend has no event
                        await asyncio.sleep(0.02)
                    # The third batch holds what it deletes: the first two are gone for good.
                    assert await owner.fetchval(left, name) == 2
                    for text in ("hello", "hello again"):
                        new = NewMessage(
                            external_id="",
                            source="web",
                            user_id="u",
                            event_time=LIMIT - timedelta(days=1),
                            text=text,
                            conversation_id="",
                            author=Author.CUSTOMER,
                        )
                        ingest = Ingest(database, LabelWatch(), stored=lambda: None)
                        outcome = await ingest.ingest(
                            name, MessageColumns.of([new]), request_id=uuid4(), wait_seconds=0
                        )
                        assert outcome.created == 1
                assert not deleting.done()
            assert await deleting == 10
            assert await owner.fetchval(left, name) == 0
            assert not await owner.fetchval("SELECT count(*) FROM ingest_requests WHERE workspace_id = $1", name)
    finally:
        await database.close()


SESSION = """
INSERT INTO conversations (workspace_id, user_id, id, title, mode, system_prompt, turn_count, update_time)
VALUES ($1, 'ada', $2, '', 'analyst', '', 1, $3)
"""
TURN = """
INSERT INTO turns (workspace_id, user_id, conversation_id, number, id, start_time, end_time, status, question, answer,
                   details_json)
VALUES ($1, 'ada', $2, 1, $2, now(), now(), 'completed', 'how many?', '7', '{}')
"""


async def test_sessions_that_nobody_uses_any_more_go_with_their_turns(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    names = [f"w{UUID(new_id()).hex}" for _ in range(2)]
    try:
        async with connection(database_url) as owner:
            for name in names:
                for age in (timedelta(days=-400), timedelta(microseconds=-1), timedelta(), timedelta(days=3)):
                    session_id = UUID(new_id())
                    await owner.execute(SESSION, name, session_id, LIMIT + age)
                    await owner.execute(TURN, name, session_id)
            assert await Retention(database, days=0, conversation_days=1, audit_days=0).delete_unused(LIMIT) == 4
            told = [tuple(row) for row in await owner.fetch(TOLD, names)]
            assert told == [("DeleteUnusedConversations", name) for name in sorted(names)]
            for table in ("conversations", "turns"):
                left = f"SELECT workspace_id, count(*) FROM {table} WHERE workspace_id = ANY($1) GROUP BY 1 ORDER BY 1"
                assert [tuple(row) for row in await owner.fetch(left, names)] == [(name, 2) for name in sorted(names)]
            assert await owner.fetchval("SELECT min(update_time) FROM conversations") == LIMIT
    finally:
        await database.close()
