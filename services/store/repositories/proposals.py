"""SQL of proposals: messages that no category covers, their nearest among themselves, and clusters found before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.runtime.labels import FALLBACK_INTENT
from services.store.filters import COUNTED, Bindings, Filters, TimeRange, filter_sql, intent_mask
from services.store.pool import Connection

MOST_CLUSTERED: Final = 2_000
"""The nearest of each are found by comparing all: two million pairs take about a second."""

NEIGHBOURS: Final = 24
"""The fewer, the purer and the more clusters; with 16 a topic of fifty messages fell apart (`bench/README.md`)."""
_UNSURE: Final = 0.75
"""Below this calibrated probability of its most probable intent a message is not covered."""
NEAR: Final = 0.45
"""Smallest cosine of two messages of one topic."""

_UNCOVERED: Final = """
SELECT m.id, m.text FROM message_embeddings e CROSS JOIN {from_}
WHERE m.workspace_id = e.workspace_id AND m.id = e.message_id AND m.author = 'customer' AND {where}
  AND (l.abstained OR l.intent_mask & {other} <> 0 OR l.intent_scores[1] < {unsure})
  AND NOT EXISTS (
    SELECT FROM custom_matches k JOIN custom_categories c ON c.workspace_id = k.workspace_id AND c.id = k.category_id
    WHERE k.workspace_id = m.workspace_id AND k.message_id = m.id AND c.state = 'applied')
ORDER BY m.event_time DESC, m.id DESC LIMIT {limit}
"""

_LATEST: Final = "SELECT m.id, m.text FROM {from_} WHERE {where} ORDER BY m.event_time DESC, m.id DESC LIMIT {limit}"

_NEAREST: Final = f"""
WITH chosen AS MATERIALIZED (
  SELECT e.message_id, e.encoder, l.language, e.embedding FROM message_embeddings e
  JOIN labels l ON l.workspace_id = e.workspace_id AND l.message_id = e.message_id AND l.valid_to = 'infinity'
  WHERE e.workspace_id = $1 AND e.message_id = ANY($2::uuid[])
)
SELECT one.message_id, array_agg(near.message_id) AS nearest, array_agg(-near.distance) AS cosines
FROM chosen one
CROSS JOIN LATERAL (
  SELECT other.message_id, one.embedding <#> other.embedding AS distance FROM chosen other
  WHERE other.message_id <> one.message_id AND other.encoder = one.encoder AND other.language = one.language
  ORDER BY distance, other.message_id LIMIT {NEIGHBOURS}
) AS near
WHERE near.distance <= -{NEAR}
GROUP BY one.message_id
"""

_BEFORE: Final = "SELECT id, message_ids, create_time FROM category_proposals WHERE workspace_id = $1"

_KEEP: Final = """
INSERT INTO category_proposals (workspace_id, id, message_ids, create_time) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, id) DO UPDATE SET message_ids = excluded.message_ids, update_time = now()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierProposal:
    """A cluster as it was when it was last found."""

    message_ids: Sequence[UUID]
    create_time: datetime


async def uncovered(connection: Connection, workspace_id: str, time_range: TimeRange) -> dict[UUID, str]:
    """At most one more than `MOST_CLUSTERED` messages with their texts, the latest first."""
    bindings = Bindings()
    base = filter_sql(bindings, workspace_id=workspace_id, filters=Filters(), time_range=time_range, authors=COUNTED)
    sql = _UNCOVERED.format(
        from_=base.from_,
        where=base.where,
        other=bindings.bind(intent_mask([FALLBACK_INTENT]), "bigint"),
        unsure=_UNSURE,
        limit=MOST_CLUSTERED + 1,
    )
    return {row["id"]: row["text"] for row in await connection.fetch(sql, *bindings.values)}


async def latest(connection: Connection, workspace_id: str, time_range: TimeRange) -> dict[UUID, str]:
    """The latest messages of a range with their texts, covered or not: what people write otherwise."""
    bindings = Bindings()
    base = filter_sql(bindings, workspace_id=workspace_id, filters=Filters(), time_range=time_range, authors=COUNTED)
    sql = _LATEST.format(from_=base.from_, where=base.where, limit=MOST_CLUSTERED)
    return {row["id"]: row["text"] for row in await connection.fetch(sql, *bindings.values)}


async def nearest(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> dict[UUID, dict[UUID, float]]:
    """For each of the messages the nearest others of its language with their cosine, where any is near."""
    rows = await connection.fetch(_NEAREST, workspace_id, list(ids))
    return {row["message_id"]: dict(zip(row["nearest"], row["cosines"], strict=True)) for row in rows}


async def before(connection: Connection, workspace_id: str) -> dict[UUID, EarlierProposal]:
    """Every cluster that was proposed, by id."""
    rows = await connection.fetch(_BEFORE, workspace_id)
    return {row["id"]: EarlierProposal(message_ids=row["message_ids"], create_time=row["create_time"]) for row in rows}


async def keep(connection: Connection, workspace_id: str, proposed: Mapping[UUID, EarlierProposal]) -> None:
    """Remembers what is proposed now, with the time of those that are new."""
    rows = [(workspace_id, proposal_id, list(it.message_ids), it.create_time) for proposal_id, it in proposed.items()]
    await connection.executemany(_KEEP, rows)
