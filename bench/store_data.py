"""Millions of labelled messages over a year, made by Postgres itself: the data of `bench.store`.

Days are even, hours of a day are not; users and labels follow power laws: of 500,000 users few write much, and seven
messages in ten have one intent, the others two or three. Indexes and triggers are left out while rows are written, and
the roll-ups are made by `bench.store_rollups`.
"""

import random
from typing import Any, Final

import asyncpg

from bench.store_rollups import LANGUAGES, SENTIMENTS, SOURCES, fill_rollups
from services.runtime.labels import INTENTS, roll_up
from services.store.filters import category_mask, intent_mask

FIRST_DAY: Final = "2025-11-01 00:00Z"
_SETS: Final = 2_000
_STEP: Final = 500_000
_HOURS: Final = 4 * 3600.0

_ID: Final = "('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid"

_MESSAGES: Final = f"""
INSERT INTO messages (workspace_id, id, event_time, create_time, source, author, external_id, user_id, conversation_id,
                      text)
SELECT 'default', {_ID},
       timestamptz '{FIRST_DAY}' + day * interval '1 day' + (u + 0.1 * sin(2 * pi() * u)) * interval '1 day',
       timestamptz '{FIRST_DAY}' + interval '365 days',
       (ARRAY{list(SOURCES)!r})[1 + floor(5 * power(s, 1.7))::int], 'customer',
       'bench-' || i, 'user-' || floor(500000 * power(w, 2))::int, '',
       'message number ' || i || ' about a deposit that has not arrived yet'
FROM (SELECT i, (i - 1) * 365 / $1::bigint AS day, random() AS u, random() AS s, random() AS w
      FROM generate_series($2::bigint, $3::bigint) AS i) AS drawn
"""

_LABELS: Final = f"""
INSERT INTO labels (workspace_id, message_id, valid_from, intent_mask, category_mask, intents, intent_scores,
                    sentiment_score, sentiment, language, abstained, model_name, model_version)
SELECT 'default', {_ID}, timestamptz '{FIRST_DAY}' + interval '365 days', b.intent_mask, b.category_mask, b.intents,
       b.scores, 0.8, (ARRAY{list(SENTIMENTS)!r})[1 + floor(3 * power(s, 1.4))::int],
       (ARRAY{list(LANGUAGES)!r})[1 + floor(8 * power(l, 3))::int], false, 'bench', '1'
FROM (SELECT i, random() AS s, random() AS l, 1 + floor({_SETS} * random())::int AS number
      FROM generate_series($1::bigint, $2::bigint) AS i) AS drawn
JOIN bench_sets b USING (number)
"""

_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition,
       i.indrelid::regclass::text AS table, c.conname AS key, pg_get_constraintdef(c.oid) AS key_definition
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
WHERE i.indrelid IN ('messages'::regclass, 'labels'::regclass, 'stat_sets'::regclass, 'stat_days'::regclass)
"""


async def fill(connection: "asyncpg.Connection[Any]", rows: int) -> None:
    """Fills a migrated, empty database: a minute per million rows on a machine that does nothing else."""
    await connection.execute("SET synchronous_commit = off; SET work_mem = '64MB'; SET maintenance_work_mem = '512MB'")
    await connection.execute("SET session_replication_role = replica; SELECT setseed(0.5)")
    await connection.execute(
        "CREATE TABLE bench_sets (number int PRIMARY KEY, intent_mask bigint, category_mask bigint, intents text[],"
        " scores real[])"
    )
    await connection.copy_records_to_table("bench_sets", records=_label_sets())
    await connection.execute("ANALYZE bench_sets")
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(_drop(index))
    for start in range(1, rows + 1, _STEP):
        end = min(start + _STEP - 1, rows)
        await connection.execute(_MESSAGES, rows, start, end, timeout=_HOURS)
        await connection.execute(_LABELS, start, end, timeout=_HOURS)
    await connection.execute("ANALYZE messages, labels", timeout=_HOURS)
    await fill_rollups(connection, seconds=_HOURS)
    for index in indexes:
        await connection.execute(_make(index), timeout=_HOURS)
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE", timeout=_HOURS)


def _drop(index: "asyncpg.Record") -> str:
    if index["key"]:
        return f"ALTER TABLE {index['table']} DROP CONSTRAINT {index['key']}"
    return f"DROP INDEX {index['name']}"


def _make(index: "asyncpg.Record") -> str:
    if index["key"]:
        return f"ALTER TABLE {index['table']} ADD CONSTRAINT {index['key']} {index['key_definition']}"
    return str(index["definition"])


def _label_sets() -> list[tuple[int, int, int, list[str], list[float]]]:
    dice = random.Random(7)
    sets = []
    for number in range(1, _SETS + 1):
        wanted = dice.choices((1, 2, 3), (70, 25, 5))[0]
        chosen: list[str] = []
        while len(chosen) < wanted:
            name = INTENTS[int(len(INTENTS) * dice.random() ** 1.8)]
            if name not in chosen:
                chosen.append(name)
        scores = [0.95 - 0.2 * place for place in range(wanted)]
        sets.append((number, intent_mask(chosen), category_mask(roll_up(chosen)), chosen, scores))
    return sets
