"""SQL over label sets: ending those in force and appending the next, of one message or of many, and reading them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.store.filters import label_masks
from services.store.message import LabelSet
from services.store.pool import Connection
from services.store.repositories.messages import label_set

# One writer per message at a time, also where there is no row yet that could be locked.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2::uuid::text, 0))"

_KEEP: Final = "SELECT FROM messages WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE"

# A set must be in force for a while, however little, for the one after it to be told apart.
_NEXT_INSTANT: Final = "SELECT greatest(clock_timestamp(), $1::timestamptz + interval '1 microsecond')"

_END: Final = """
UPDATE labels SET valid_to = $3 WHERE workspace_id = $1 AND message_id = $2 AND valid_to = 'infinity'
"""

_APPEND: Final = """
INSERT INTO labels (workspace_id, message_id, valid_from, intent_mask, category_mask, intents, intent_scores, sentiment,
                    sentiment_score, language, abstained, author, model_name, model_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""

_APPEND_MANY: Final = """
INSERT INTO labels (workspace_id, message_id, valid_from, intent_mask, category_mask, intents, intent_scores, sentiment,
                    sentiment_score, language, abstained, model_name, model_version, review_value)
SELECT workspace_id, message_id, coalesce($14, statement_timestamp()), intent_mask, category_mask, intents::text[],
       intent_scores::real[], sentiment, sentiment_score, language, abstained, model_name, model_version, review_value
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::real[],
            $9::text[], $10::boolean[], $11::text[], $12::text[], $13::real[])
  AS given (workspace_id, message_id, intent_mask, category_mask, intents, intent_scores, sentiment, sentiment_score,
            language, abstained, model_name, model_version, review_value)
ON CONFLICT DO NOTHING
"""

# In one order, so that two who lock many never wait for each other in a circle.
_LOCK_MANY: Final = """
SELECT pg_advisory_xact_lock(hashtextextended($1::text || ' ' || id::text, 0))
FROM (SELECT id FROM unnest($2::uuid[]) AS given (id) ORDER BY id) AS ordered
"""

_KEEP_MANY: Final = "SELECT id FROM messages WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) FOR KEY SHARE"

_STILL: Final = """
SELECT message_id FROM labels
WHERE workspace_id = $1 AND valid_to = 'infinity'
  AND (message_id, valid_from) IN (SELECT * FROM unnest($2::uuid[], $3::timestamptz[]))
"""

_END_MANY: Final = """
UPDATE labels SET valid_to = $3 WHERE workspace_id = $1 AND message_id = ANY ($2::uuid[]) AND valid_to = 'infinity'
"""

UNEMBEDDED_CHANNEL: Final = "earshot_unembedded"
"""Tells that a message has labels and no embedding: the enricher will not come to it any more."""

# A message that the enricher has claimed is about to get labels: better to come again than to wait for the model.
_UNQUEUE: Final = """
DELETE FROM label_queue WHERE workspace_id = $1 AND message_id =
  (SELECT message_id FROM label_queue WHERE workspace_id = $1 AND message_id = $2 FOR UPDATE NOWAIT)
"""

_HISTORY: Final = """
SELECT l.*, l.author AS label_author, nullif(l.valid_to, 'infinity') AS ended,
  CASE WHEN r.reviewer_id NOT LIKE 'erased-%' THEN r.reviewer_id END AS reviewer_id, r.reviewer_name
FROM labels l
LEFT JOIN label_reviews r
  ON r.workspace_id = l.workspace_id AND r.message_id = l.message_id AND r.made_from = l.valid_from
WHERE l.workspace_id = $1 AND l.message_id = $2
ORDER BY l.valid_from DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelVersion:
    """One label set of a message. `valid_to` None: in force. The author's id and name are empty for the model."""

    labels: LabelSet
    valid_from: datetime
    valid_to: datetime | None
    author_id: str
    author_name: str


async def lock(connection: Connection, workspace_id: str, message_id: UUID) -> None:
    """Makes this transaction the only one that judges the labels of the message, which cannot be erased meanwhile."""
    await connection.execute(_LOCK, workspace_id, message_id)
    await connection.execute(_KEEP, workspace_id, message_id)


async def append(
    connection: Connection, workspace_id: str, message_id: UUID, labels: LabelSet, *, after: datetime | None
) -> datetime:
    """Puts a label set in force and answers the instant from which it is. `after`: valid_from of the set before it.

    Without one the message leaves the queue; raises ConflictError while it is claimed. The message must be locked.
    """
    if after is None:
        await connection.execute(_UNQUEUE, workspace_id, message_id)
        await connection.execute("SELECT pg_notify($1, '')", UNEMBEDDED_CHANNEL)
    valid_from: datetime = await connection.fetchval(_NEXT_INSTANT, after)
    await connection.execute(_END, workspace_id, message_id, valid_from)
    await connection.execute(_APPEND, workspace_id, message_id, valid_from, *_values(labels))
    return valid_from


async def lock_unchanged(connection: Connection, workspace_id: str, seen: Mapping[UUID, datetime]) -> set[UUID]:
    """Locks many messages, as `lock` does one; those that are there and whose set in force is the one that was seen.

    `seen`: message → valid_from of its set.
    """
    if not seen:
        return set()
    await connection.execute(_LOCK_MANY, workspace_id, list(seen))
    kept = [row["id"] for row in await connection.fetch(_KEEP_MANY, workspace_id, list(seen))]
    since = [seen[message_id] for message_id in kept]
    return {row["message_id"] for row in await connection.fetch(_STILL, workspace_id, kept, since)}


async def supersede(
    connection: Connection, workspace_id: str, sets: Mapping[UUID, LabelSet], *, after: datetime
) -> None:
    """Puts sets of the model's in force in place of those that are, all at one instant. The messages must be locked.

    `after`: the latest valid_from of the sets that end.
    """
    ids = list(sets)
    valid_from = await connection.fetchval(_NEXT_INSTANT, after)
    await connection.execute(_END_MANY, workspace_id, ids, valid_from)
    await append_many(connection, [workspace_id] * len(ids), ids, list(sets.values()), valid_from=valid_from)


async def append_many(
    connection: Connection,
    workspace_ids: Sequence[str],
    ids: Sequence[UUID],
    sets: Sequence[LabelSet],
    *,
    valid_from: datetime | None = None,
) -> None:
    """Puts a set of the model's in force for each message that has none; without `valid_from` from this statement on.

    One statement: what hangs on it, the roll-ups for one, is done once for all.
    """
    rows = [_columns(*given) for given in zip(workspace_ids, ids, sets, strict=True)]
    await connection.execute(_APPEND_MANY, *map(list, zip(*rows, strict=True)), valid_from)


async def history(connection: Connection, workspace_id: str, message_id: UUID) -> list[LabelVersion]:
    """Every label set of a message, newest first."""
    return [_version(row) for row in await connection.fetch(_HISTORY, workspace_id, message_id)]


def _version(row: asyncpg.Record) -> LabelVersion:
    return LabelVersion(
        labels=label_set(row),
        valid_from=row["valid_from"],
        valid_to=row["ended"],
        author_id=row["reviewer_id"] or "",
        author_name=row["reviewer_name"] or "",
    )


def _values(labels: LabelSet) -> tuple[object, ...]:
    names = [score.label for score in labels.intents]
    return (
        *label_masks(names),
        names,
        [score.probability for score in labels.intents],
        labels.sentiment.label,
        labels.sentiment.probability,
        labels.language,
        labels.abstained,
        labels.author,
        labels.model_name,
        labels.model_version,
    )


def _columns(workspace_id: str, message_id: UUID, labels: LabelSet) -> tuple[object, ...]:
    names = [score.label for score in labels.intents]
    return (
        workspace_id,
        message_id,
        *label_masks(names),
        _array_text([_quoted(name) for name in names]),
        _array_text([repr(score.probability) for score in labels.intents]),
        labels.sentiment.label,
        labels.sentiment.probability,
        labels.language,
        labels.abstained,
        labels.model_name,
        labels.model_version,
        labels.review_value,
    )


def _array_text(elements: Sequence[str]) -> str:
    """An array as Postgres writes it: arrays of different lengths have no other way through `unnest`."""
    return "{" + ",".join(elements) + "}"


def _quoted(element: str) -> str:
    escaped = element.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
