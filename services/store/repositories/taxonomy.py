"""SQL of custom categories. What a category holds for is computed here, by arithmetic over the stored embeddings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from services.store.embedding import EMBEDDING_SIZE
from services.store.filters import (
    COUNTED,
    UNSUPPORTED_LANGUAGE,
    Bindings,
    Filters,
    TimeRange,
    filter_sql,
    local_time,
    written_by,
)
from services.store.local_time import all_segments
from services.store.pool import Connection
from services.store.repositories.label_queue import WaitingMessage
from services.store.taxonomy.category import Category, CategoryState, Definition, Head, Preview

MAX_CATEGORIES: Final = 1_000

# Any number that no other program on the database uses: "ecat" in ASCII.
_LOCK_KEY: Final = int.from_bytes(b"ecat", "big")

# `<#>` is the negative inner product.
_SCORE: Final = "(c.bias - (e.embedding <#> c.weights))"
_PROBABILITY: Final = f"(1 / (1 + exp(-{_SCORE})))"

_COLUMNS: Final = f"""
c.id, c.name, c.description, c.examples, c.state, c.encoder, c.create_time, c.apply_time, c.retire_time, c.walked,
c.walk_total, c.walk_after IS NOT NULL AS walking,
(SELECT count(*) FROM custom_matches k JOIN messages m ON m.workspace_id = k.workspace_id AND m.id = k.message_id
 WHERE k.workspace_id = c.workspace_id AND k.category_id = c.id AND {written_by(COUNTED)}) AS matches
"""

_INSERT: Final = f"""
INSERT INTO custom_categories (workspace_id, id, request_id, name, description, examples, state, encoder, weights,
                               bias, cut, payload_hash)
VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8::real[]::halfvec({EMBEDDING_SIZE}), $9, $10, $11)
"""

_READ: Final = f"SELECT {_COLUMNS} FROM custom_categories c WHERE c.workspace_id = $1 AND c.id = $2"

_OF_REQUEST: Final = f"""
SELECT {_COLUMNS}, c.payload_hash IN ('', $3) AS same FROM custom_categories c
WHERE c.workspace_id = $1 AND c.request_id = $2
"""

_LIST: Final = f"""
SELECT {_COLUMNS} FROM custom_categories c
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR
  (lower(c.name), c.id) > (SELECT lower(a.name), a.id FROM custom_categories a WHERE a.workspace_id = $1 AND a.id = $2))
ORDER BY lower(c.name), c.id LIMIT $3
"""

_NAMES: Final = "SELECT id, name FROM custom_categories WHERE workspace_id = $1 AND id = ANY($2::uuid[])"

_APPLIED: Final = f"""
SELECT {_COLUMNS} FROM custom_categories c WHERE c.workspace_id = $1 AND c.state = 'applied' ORDER BY c.id
"""

_COUNT_LIVE: Final = "SELECT count(*) FROM custom_categories WHERE workspace_id = $1 AND state <> 'retired'"

_LOCK_JUDGING: Final = "SELECT pg_advisory_xact_lock($1)"
_JOIN_JUDGING: Final = "SELECT pg_advisory_xact_lock_shared($1)"

_APPLY: Final = """
UPDATE custom_categories c SET state = 'applied', apply_time = now(), walk_after = $3, walked = 0,
  walk_total = (SELECT count(*) FROM message_embeddings e WHERE e.workspace_id = c.workspace_id)
WHERE c.workspace_id = $1 AND c.id = $2 AND c.state = 'draft'
"""

_RENAME: Final = "UPDATE custom_categories SET name = $3 WHERE workspace_id = $1 AND id = $2"

_RETIRE: Final = """
UPDATE custom_categories SET state = 'retired', retire_time = now(), walk_after = NULL
WHERE workspace_id = $1 AND id = $2 AND state <> 'retired'
"""

_JUDGE: Final = f"""
INSERT INTO custom_matches (workspace_id, message_id, category_id, probability)
SELECT e.workspace_id, e.message_id, c.id, {_PROBABILITY}
FROM unnest($1::text[], $2::uuid[]) AS fresh (workspace_id, message_id)
JOIN message_embeddings e ON e.workspace_id = fresh.workspace_id AND e.message_id = fresh.message_id
JOIN custom_categories c ON c.workspace_id = e.workspace_id AND c.encoder = e.encoder AND c.state = 'applied'
WHERE {_SCORE} >= c.cut
ON CONFLICT DO NOTHING
"""

# What a category cannot judge, because its head is of another encoder still, is history to it once it is fitted anew.
_LEAVE_TO_WALK: Final = """
UPDATE custom_categories c SET walk_after = least(c.walk_after, unjudged.before)
FROM (
  SELECT DISTINCT ON (fresh.workspace_id, e.encoder) fresh.workspace_id, e.encoder, fresh.before
  FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS fresh (workspace_id, message_id, before)
  JOIN message_embeddings e ON e.workspace_id = fresh.workspace_id AND e.message_id = fresh.message_id
  ORDER BY fresh.workspace_id, e.encoder, fresh.before
) AS unjudged
WHERE c.workspace_id = unjudged.workspace_id AND c.encoder <> unjudged.encoder AND c.state = 'applied'
  AND (c.walk_after IS NULL OR c.walk_after > unjudged.before)
"""

_OF_OTHER_ENCODERS: Final = """
SELECT workspace_id, id, name, description, examples FROM custom_categories
WHERE state <> 'retired' AND encoder <> $1 ORDER BY workspace_id, id LIMIT 100
"""

_REFIT: Final = f"""
UPDATE custom_categories
SET encoder = $3, weights = $4::real[]::halfvec({EMBEDDING_SIZE}), bias = $5, cut = $6
WHERE workspace_id = $1 AND id = $2
"""

# A walk waits where embeddings are of another encoder than the category's head: they are made anew, or it is.
_NEXT_WALK: Final = """
SELECT c.workspace_id, c.id FROM custom_categories c
WHERE c.walk_after IS NOT NULL AND NOT EXISTS (
  SELECT FROM (
    SELECT e.encoder FROM message_embeddings e
    WHERE e.workspace_id = c.workspace_id AND e.message_id > c.walk_after ORDER BY e.message_id LIMIT $1
  ) AS span WHERE span.encoder <> c.encoder)
ORDER BY c.apply_time, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED
"""

_WALK: Final = f"""
WITH span AS MATERIALIZED (
  SELECT e.* FROM message_embeddings e
  JOIN custom_categories c ON c.workspace_id = e.workspace_id AND c.id = $2
  WHERE e.workspace_id = $1 AND e.message_id > c.walk_after ORDER BY e.message_id LIMIT $3
), held AS (
  INSERT INTO custom_matches (workspace_id, message_id, category_id, probability)
  SELECT e.workspace_id, e.message_id, c.id, {_PROBABILITY}
  FROM span e JOIN custom_categories c ON c.workspace_id = $1 AND c.id = $2 AND c.encoder = e.encoder
  WHERE {_SCORE} >= c.cut AND NOT EXISTS (
    SELECT FROM labels l
    WHERE l.workspace_id = e.workspace_id AND l.message_id = e.message_id AND l.valid_to = 'infinity'
      AND {UNSUPPORTED_LANGUAGE})
  ON CONFLICT DO NOTHING
)
UPDATE custom_categories c
SET walk_after = (SELECT message_id FROM span ORDER BY message_id DESC LIMIT 1),
    walked = c.walked + (SELECT count(*) FROM span),
    walk_total = greatest(c.walk_total, c.walked + (SELECT count(*) FROM span))
WHERE c.workspace_id = $1 AND c.id = $2
RETURNING walk_after IS NOT NULL
"""

_PREVIEW: Final = """
WITH judged AS MATERIALIZED (
  SELECT m.id, {local_time}::date AS day, {score} AS score, c.cut
  FROM custom_categories c
  JOIN message_embeddings e ON e.workspace_id = c.workspace_id AND e.encoder = c.encoder
  CROSS JOIN {from_}
  WHERE c.workspace_id = {workspace} AND c.id = {category} AND m.workspace_id = e.workspace_id AND m.id = e.message_id
    AND {where} AND {unsupported} IS NOT TRUE
), held AS (SELECT id, day, 1 / (1 + exp(-score)) AS probability FROM judged WHERE score >= cut)
SELECT (SELECT count(*) FROM judged) AS considered, (SELECT count(*) FROM held) AS matches,
  (SELECT array_agg((day, messages) ORDER BY day) FROM (
    SELECT day, count(*) AS messages FROM held GROUP BY 1) AS days) AS days,
  (SELECT array_agg((id, probability)) FROM (
    SELECT id, probability FROM held ORDER BY probability DESC, id DESC LIMIT 5) AS first) AS surest,
  (SELECT array_agg((id, probability)) FROM (
    SELECT id, probability FROM held ORDER BY probability, id DESC LIMIT 5) AS last) AS least_sure
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A category whose history is walked."""

    workspace_id: str
    category_id: UUID


TakenError = asyncpg.UniqueViolationError
"""A name or a request id that another category has."""


async def insert(
    connection: Connection,
    workspace_id: str,
    *,
    category_id: UUID,
    request_id: UUID | None,
    definition: Definition,
    head: Head,
) -> None:
    """Keeps a new category as a draft. Raises TakenError for a name or request id that is taken."""
    await connection.execute(
        _INSERT,
        workspace_id,
        category_id,
        request_id,
        definition.name,
        definition.description,
        list(definition.examples),
        head.encoder,
        head.weights,
        head.bias,
        head.cut,
        definition.digest(),
    )


async def read(connection: Connection, workspace_id: str, category_id: UUID) -> Category | None:
    """The category; None where the workspace has none of this id."""
    row = await connection.fetchrow(_READ, workspace_id, category_id)
    return None if row is None else _category(row)


async def of_request(
    connection: Connection, workspace_id: str, request_id: UUID, definition: Definition
) -> tuple[Category, bool] | None:
    """The category that a request made, and whether it asked for this one."""
    row = await connection.fetchrow(_OF_REQUEST, workspace_id, request_id, definition.digest())
    return None if row is None else (_category(row), row["same"])


async def list_page(connection: Connection, workspace_id: str, *, after: UUID | None, limit: int) -> list[Category]:
    """At most `limit` categories by name, after the given one."""
    return [_category(row) for row in await connection.fetch(_LIST, workspace_id, after, limit)]


async def names(connection: Connection, workspace_id: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names that categories have now; ids of none are left out."""
    rows = await connection.fetch(_NAMES, workspace_id, list(ids))
    return {row["id"]: row["name"] for row in rows}


async def applied(connection: Connection, workspace_id: str) -> list[Category]:
    """Those that messages get."""
    return [_category(row) for row in await connection.fetch(_APPLIED, workspace_id)]


async def count_live(connection: Connection, workspace_id: str) -> int:
    """How many are not retired."""
    count: int = await connection.fetchval(_COUNT_LIVE, workspace_id)
    return count


async def apply(connection: Connection, workspace_id: str, category_id: UUID) -> None:
    """Makes a draft hold for fresh messages from the end of this transaction on, and its history be walked.

    Waits for the batches that are being judged without it: what they store is history when the walk begins.
    """
    await connection.execute(_LOCK_JUDGING, _LOCK_KEY)
    await connection.execute(_APPLY, workspace_id, category_id, UUID(int=0))


async def rename(connection: Connection, workspace_id: str, category_id: UUID, name: str) -> None:
    """Raises TakenError for a name that is taken."""
    await connection.execute(_RENAME, workspace_id, category_id, name)


async def retire(connection: Connection, workspace_id: str, category_id: UUID) -> None:
    """Ends it."""
    await connection.execute(_RETIRE, workspace_id, category_id)


async def judge(connection: Connection, messages: Sequence[WaitingMessage]) -> None:
    """Fresh messages, whose embeddings this transaction has written, get the categories that hold for them.

    Categories that were fitted for another encoder walk over them later.
    """
    if messages:
        await connection.execute(_JOIN_JUDGING, _LOCK_KEY)
        keys = [message.workspace_id for message in messages], [message.id for message in messages]
        await connection.execute(_JUDGE, *keys)
        before = [UUID(int=message.id.int - 1) for message in messages]
        await connection.execute(_LEAVE_TO_WALK, *keys, before)


async def of_other_encoders(connection: Connection, encoder: str) -> list[tuple[str, UUID, Definition]]:
    """Some categories of any workspace that another encoder's embeddings were fitted for, with their workspaces."""
    return [
        (
            row["workspace_id"],
            row["id"],
            Definition(name=row["name"], description=row["description"], examples=tuple(row["examples"])),
        )
        for row in await connection.fetch(_OF_OTHER_ENCODERS, encoder)
    ]


async def refit(connection: Connection, workspace_id: str, category_id: UUID, head: Head) -> None:
    """Gives a category another head; what it held for stays."""
    await connection.execute(_REFIT, workspace_id, category_id, head.encoder, head.weights, head.bias, head.cut)


async def next_walk(connection: Connection, limit: int) -> Walk | None:
    """A walk that no other transaction is at, the one that waits longest; it is this one's until its end.

    Of those that can judge all of the next `limit` messages.
    """
    row = await connection.fetchrow(_NEXT_WALK, limit)
    return None if row is None else Walk(workspace_id=row["workspace_id"], category_id=row["id"])


async def walk_on(connection: Connection, walk: Walk, limit: int) -> bool:
    """Judges the next `limit` messages of history; False when that was the end."""
    goes_on: bool = await connection.fetchval(_WALK, walk.workspace_id, walk.category_id, limit)
    return goes_on


async def preview(
    connection: Connection,
    workspace_id: str,
    category_id: UUID,
    *,
    filters: Filters,
    time_range: TimeRange,
    time_zone: str,
) -> Preview:
    """What the category would find in what is stored."""
    bindings = Bindings()
    base = filter_sql(bindings, workspace_id=workspace_id, filters=filters, time_range=time_range, authors=COUNTED)
    sql = _PREVIEW.format(
        unsupported=UNSUPPORTED_LANGUAGE,
        score=_SCORE,
        from_=base.from_,
        where=base.where,
        workspace=bindings.bind(workspace_id, "text"),
        category=bindings.bind(category_id, "uuid"),
        local_time=local_time(bindings, all_segments(time_zone)),
    )
    row = await connection.fetchrow(sql, *bindings.values)
    if row is None:
        raise AssertionError("a SELECT of aggregates answers one row")
    return Preview(
        considered=row["considered"],
        matches=row["matches"],
        days=tuple((day, messages) for day, messages in row["days"] or ()),
        surest=tuple((message_id, probability) for message_id, probability in row["surest"] or ()),
        least_sure=tuple((message_id, probability) for message_id, probability in row["least_sure"] or ()),
    )


def _category(row: asyncpg.Record) -> Category:
    return Category(
        id=row["id"],
        definition=Definition(name=row["name"], description=row["description"], examples=tuple(row["examples"])),
        state=CategoryState(row["state"]),
        encoder=row["encoder"],
        create_time=row["create_time"],
        apply_time=row["apply_time"],
        retire_time=row["retire_time"],
        walked=row["walked"],
        walk_total=row["walk_total"],
        walking=row["walking"],
        matches=row["matches"],
    )
