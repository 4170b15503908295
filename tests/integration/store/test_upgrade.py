"""An upgrade with data: a database of an earlier release, after its migration, counts and keeps what it had (T43).

Migrations are never edited (their checksums are tested), so the first nine are the schema that release left behind.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from earshot.store.v1 import message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.store.migrations.runner import load_migrations, migrate
from services.store.pool import DatabaseOptions
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import caller, running_store

EARLIER = 9
LABELLED, WAITING = 300, 20
ANSWERED = 12
"""Labelled messages of agents, which that release counted."""
SECOND_LOOKS = 50
"""Messages whose labels were replaced once."""
TABLES = ("messages", "labels", "users", "conversations", "turns")

_MESSAGES = """
INSERT INTO messages (workspace_id, id, event_time, source, author, external_id, user_id, conversation_id, text)
SELECT 'default', id, timestamptz '2026-01-01 12:00Z' + n * interval '1 hour', 'email', 'customer', n::text,
       'u' || n % 10, '', 'my deposit ' || n
FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, n)
"""
_LABELS = """
INSERT INTO labels (workspace_id, message_id, valid_from, valid_to, intent_mask, category_mask, intents, intent_scores,
                    sentiment_score, sentiment, language, abstained, model_name, model_version)
SELECT 'default', id, $2, CASE WHEN $3 > timestamptz '9000-01-01' THEN 'infinity' ELSE $3 END, 1, 1, ARRAY[$4],
       ARRAY[0.9], 0, 'neutral', 'en', false, 'm', '1'
FROM unnest($1::uuid[]) AS id
"""
_OTHERS = """
INSERT INTO label_queue (workspace_id, message_id) SELECT 'default', unnest($1::uuid[])
"""
_PEOPLE = f"""
INSERT INTO users (workspace_id, id, username, username_key, role, password_hash)
VALUES ('default', '{UUID(int=1)}', 'Ada', 'ada', 'admin', 'a hash');
INSERT INTO conversations (workspace_id, user_id, id, title, mode, system_prompt, turn_count)
VALUES ('default', '{UUID(int=1)}', '{UUID(int=2)}', 'Deposits', 'analyst', '', 1);
INSERT INTO turns (workspace_id, user_id, conversation_id, number, id, start_time, end_time, status, question, answer,
                   details_json)
VALUES ('default', '{UUID(int=1)}', '{UUID(int=2)}', 1, '{UUID(int=3)}', now(), now(), 'completed', 'how many?', '300',
        '{{}}');
"""


async def fill(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """What the earlier release wrote: labelled, labelled again, waiting; people and what they asked."""
    ids = [uuid4() for _ in range(LABELLED + WAITING)]
    answers = [uuid4() for _ in range(ANSWERED)]
    await owner.execute(_MESSAGES, [*ids, *answers])
    await owner.execute("UPDATE messages SET author = 'agent' WHERE id = ANY($1::uuid[])", answers)
    now, forever = datetime.now(UTC), datetime.max.replace(tzinfo=UTC)
    first, again = now - timedelta(days=2), now - timedelta(days=1)
    await owner.execute(_LABELS, ids[:SECOND_LOOKS], first, again, "bonus_missing")
    await owner.execute(_LABELS, ids[:SECOND_LOOKS], again, forever, "deposit_failed")
    await owner.execute(_LABELS, ids[LABELLED - 1 : SECOND_LOOKS - 1 : -1], first, forever, "deposit_failed")
    await owner.execute(_LABELS, answers, first, forever, "deposit_failed")
    await owner.execute(_OTHERS, ids[LABELLED:])
    await owner.execute(_PEOPLE)


async def contents(owner: "asyncpg.Connection[asyncpg.Record]", columns: dict[str, str]) -> dict[str, list[object]]:
    """Every row of the tables, by the columns they had."""
    return {
        table: [tuple(row) for row in await owner.fetch(f"SELECT {names} FROM {table} ORDER BY {names}")]
        for table, names in columns.items()
    }


async def columns_of(owner: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    names = "string_agg(column_name, ', ' ORDER BY ordinal_position)"
    sql = f"SELECT {names} FROM information_schema.columns WHERE table_name = $1"
    return {table: await owner.fetchval(sql, table) for table in TABLES}


@pytest.mark.slow
async def test_a_database_of_an_earlier_release_migrates_with_its_data(postgres_url: str, tmp_path: Path) -> None:
    async with fresh_database(postgres_url, "upgrade") as url:
        await migrate(DatabaseOptions(url=url), load_migrations()[:EARLIER])
        async with connection(url) as owner:
            await fill(owner)
            columns = await columns_of(owner)
            before = await contents(owner, columns)
        assert len(await migrate(DatabaseOptions(url=url))) == len(load_migrations()) - EARLIER
        async with connection(url) as owner:
            assert await contents(owner, columns) == before
            # In the order in which the roll-ups are made fastest.
            noted = [
                row["event_time"] for row in await owner.fetch("SELECT event_time FROM stat_changes WHERE change = 1")
            ]
            assert noted == sorted(noted)
            assert len(noted) == LABELLED + ANSWERED
        async with (
            scripted_classifier() as (_, address),
            running_store(tmp_path, url, classifier_address=address) as rig,
        ):
            await rig.client.serving()
            await all_labelled(url)
            everything = stats_pb2.QueryStatsRequest(query=question_pb2.StatsQuery())
            answer = await rig.client.stats().QueryStats(everything)
            assert answer.result.total == LABELLED + WAITING
            page = await rig.client.messages(caller(Role.ADMIN)).ListMessages(
                message_pb2.ListMessagesRequest(page_size=5)
            )
            assert len(page.messages) == 5
        async with connection(url) as owner:
            after = await contents(owner, columns)
            assert all(row in after["labels"] for row in before["labels"])
            assert len(after["labels"]) == len(before["labels"]) + WAITING


async def all_labelled(url: str) -> None:
    async with connection(url) as owner, asyncio.timeout(60):
        while await owner.fetchval("SELECT count(*) FROM label_queue"):  # noqa: ASYNC110  # a row has no event
            await asyncio.sleep(0.05)
