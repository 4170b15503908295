"""SQL of incidents: which earlier message a fresh one is most alike, who belongs to what, and lists of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.store.filters import Bindings, Filters, TimeRange, filter_sql
from services.store.incidents.grouping import Alike, Grouping, Incident
from services.store.pool import Connection
from services.store.repositories.label_queue import WaitingMessage

# Any number that no other program on the database uses: "einc" in ASCII.
_LOCK_KEY: Final = int.from_bytes(b"einc", "big")
# A burst is close in time, so a message is compared with so many of those sent just before it, and just after.
_MOST_COMPARED: Final = 500

_ENQUEUE: Final = """
INSERT INTO incident_queue (workspace_id, message_id, bulk) SELECT * FROM unnest($1::text[], $2::uuid[], $3::boolean[])
ON CONFLICT DO NOTHING
"""

_NEXT_WORKSPACE: Final = """
SELECT workspace_id FROM incident_queue WHERE workspace_id > $1 ORDER BY workspace_id LIMIT 1
"""

_TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock($1, hashtext($2))"

_HOLD_TURN: Final = "SELECT pg_advisory_xact_lock($1, hashtext($2))"

# Messages are compared in their order of arrival, so one that still waits for its labels holds up those after it; but
# those of imports hold up imports only. One text for each, because each has an index of its own.
_WAITING: Final = """
SELECT message_id FROM label_queue WHERE workspace_id = $1 AND {lane} AND NOT failed ORDER BY message_id LIMIT 1
"""
_WAITING_FRESH: Final = _WAITING.format(lane="NOT bulk")
_WAITING_BULK: Final = _WAITING.format(lane="bulk")

_BATCH: Final = """
SELECT message_id FROM incident_queue
WHERE workspace_id = $1 AND NOT bulk AND ($2::uuid IS NULL OR message_id < $2) ORDER BY message_id LIMIT $3
"""

# Rows of a file may stand in any order; what was sent first is compared first.
_BATCH_BULK: Final = """
SELECT q.message_id FROM incident_queue q
JOIN messages m ON m.workspace_id = q.workspace_id AND m.id = q.message_id
WHERE q.workspace_id = $1 AND q.bulk ORDER BY m.event_time, m.id LIMIT $2
"""

# Messages of a batch have mostly the same neighbours, so each embedding is read once. The pairs are many more than the
# planner thinks, which knows nothing of the parts of a WITH: only by hashing do they meet their embeddings in time.
_HASH_JOINS: Final = "SET LOCAL enable_nestloop = off"
_ANY_JOINS: Final = "SET LOCAL enable_nestloop = on"
_ALIKE: Final = """
WITH fresh AS MATERIALIZED (
  SELECT m.id, m.event_time FROM messages m
  WHERE m.workspace_id = $1 AND m.id = ANY ($2::uuid[]) AND m.author = 'customer'
), around AS MATERIALIZED (
  SELECT fresh.id, fresh.event_time, near.id AS other_id, near.event_time AS other_time, near.is_later
  FROM fresh CROSS JOIN LATERAL (
    (SELECT a.id, a.event_time, false AS is_later FROM messages a
     WHERE a.workspace_id = $1 AND a.author = 'customer' AND {arrived}
       AND (a.event_time, a.id) < (fresh.event_time, fresh.id) AND a.event_time >= fresh.event_time - $3::interval
     ORDER BY a.event_time DESC, a.id DESC LIMIT {most})
    UNION ALL
    (SELECT a.id, a.event_time, true FROM messages a
     WHERE a.workspace_id = $1 AND a.author = 'customer' AND {arrived}
       AND (a.event_time, a.id) > (fresh.event_time, fresh.id) AND a.event_time <= fresh.event_time + $3::interval
     ORDER BY a.event_time, a.id LIMIT {most})
  ) AS near
), queued AS MATERIALIZED (
  SELECT q.message_id FROM incident_queue q
  WHERE q.workspace_id = $1 AND q.bulk AND q.message_id = ANY (ARRAY(SELECT other_id FROM around WHERE is_later))
), embedded AS MATERIALIZED (
  SELECT e.message_id, e.encoder, e.embedding FROM message_embeddings e
  WHERE e.workspace_id = $1 AND e.message_id = ANY (
    ARRAY(SELECT id FROM fresh UNION SELECT other_id FROM around)
  )
)
SELECT DISTINCT ON ({order}) around.id, around.event_time, around.other_id, around.other_time
FROM around
JOIN embedded mine ON mine.message_id = around.id
JOIN embedded before ON before.message_id = around.other_id AND before.encoder = mine.encoder
WHERE before.embedding <#> mine.embedding <= -$4::float8 AND {compared}
ORDER BY {order}, before.embedding <#> mine.embedding, around.other_time, around.other_id
"""
_ALIKE_FRESH: Final = _ALIKE.format(arrived="a.id < fresh.id", compared="true", order="around.id", most=_MOST_COMPARED)
_ALIKE_BULK: Final = _ALIKE.format(
    arrived="true",
    compared="NOT (around.is_later AND around.other_id IN (SELECT message_id FROM queued))",
    order="around.event_time, around.id",
    most=_MOST_COMPARED,
)

_INCIDENTS_OF: Final = """
SELECT member.message_id, i.id, i.start_time
FROM incident_members member JOIN incidents i ON i.workspace_id = $1 AND i.id = member.incident_id
WHERE member.workspace_id = $1 AND member.message_id = ANY($2::uuid[])
"""

_BEGIN: Final = """
INSERT INTO incidents (workspace_id, id, start_time) SELECT $1, * FROM unnest($2::uuid[], $3::timestamptz[])
ON CONFLICT DO NOTHING
"""

_JOIN: Final = """
INSERT INTO incident_members (workspace_id, message_id, incident_id) SELECT $1, * FROM unnest($2::uuid[], $3::uuid[])
ON CONFLICT DO NOTHING
"""

_CLEAR: Final = "DELETE FROM incident_queue WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])"

_LIST: Final = """
SELECT member.incident_id AS id, count(*) AS messages, count(DISTINCT m.user_id) AS users,
       min(m.event_time) AS first_time, max(m.event_time) AS last_time,
       (array_agg(m.id ORDER BY m.event_time, m.id))[1] AS exemplar_id,
       mode() WITHIN GROUP (ORDER BY l.intents[1]) AS intent
FROM incident_members member CROSS JOIN {from_}
WHERE member.workspace_id = m.workspace_id AND member.message_id = m.id AND {where}
GROUP BY member.incident_id
HAVING {having}
ORDER BY users DESC, messages DESC, id DESC
LIMIT {limit}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentList:
    """A page of incidents to read. `after`: users, messages and id of the last one of the page before."""

    filters: Filters
    time_range: TimeRange
    min_messages: int
    after: tuple[int, int, UUID] | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """An incident, as far as its messages match what was asked; `intent` is the most frequent first one of theirs."""

    id: UUID
    messages: int
    users: int
    first_time: datetime
    last_time: datetime
    exemplar_id: UUID
    intent: str | None


async def enqueue(connection: Connection, messages: Sequence[WaitingMessage]) -> None:
    """These messages got their embeddings and are to be compared."""
    if messages:
        rows = ((message.workspace_id, message.id, message.bulk) for message in messages)
        await connection.execute(_ENQUEUE, *map(list, zip(*rows, strict=True)))


async def next_workspace(connection: Connection, after: str) -> str | None:
    """The first workspace after another in which messages wait to be compared; None after the last."""
    workspace: str | None = await connection.fetchval(_NEXT_WORKSPACE, after)
    return workspace


async def take_turn(connection: Connection, workspace_id: str) -> bool:
    """Whether this transaction is the only one that groups in the workspace; it then stays so until its end."""
    mine: bool = await connection.fetchval(_TAKE_TURN, _LOCK_KEY, workspace_id)
    return mine


async def hold_turn(connection: Connection, workspace_id: str) -> None:
    """Waits until nobody groups in the workspace, and keeps everybody from it until this transaction ends."""
    await connection.execute(_HOLD_TURN, _LOCK_KEY, workspace_id)


async def first_waiting_for_labels(connection: Connection, workspace_id: str, *, bulk: bool) -> UUID | None:
    """The message that came first of those without labels, in imports or outside; None where every one has them."""
    waiting: UUID | None = await connection.fetchval(_WAITING_BULK if bulk else _WAITING_FRESH, workspace_id)
    return waiting


async def batch(connection: Connection, workspace_id: str, *, before: UUID | None, limit: int) -> list[UUID]:
    """At most `limit` messages to compare that are of no import and came before one, in their order of arrival."""
    rows = await connection.fetch(_BATCH, workspace_id, before, limit)
    return [row["message_id"] for row in rows]


async def batch_of_imports(connection: Connection, workspace_id: str, *, limit: int) -> list[UUID]:
    """At most `limit` messages of imports to compare, in the order they were sent in."""
    return [row["message_id"] for row in await connection.fetch(_BATCH_BULK, workspace_id, limit)]


async def alike(
    connection: Connection, workspace_id: str, ids: Sequence[UUID], *, bulk: bool, within: timedelta, similarity: float
) -> list[Alike]:
    """Those of the messages that are like an earlier one, in the order of their batch.

    `bulk`: earlier are those sent before and those compared before, else those that arrived before. `similarity`: the
    smallest cosine; `within`: the longest time between the two.
    """
    await connection.execute(_HASH_JOINS)
    sql = _ALIKE_BULK if bulk else _ALIKE_FRESH
    rows = await connection.fetch(sql, workspace_id, list(ids), within, similarity)
    await connection.execute(_ANY_JOINS)
    return [Alike(*row) for row in rows]


async def incidents_of(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> dict[UUID, Incident]:
    """The incidents of those messages that belong to one, by message."""
    rows = await connection.fetch(_INCIDENTS_OF, workspace_id, list(ids))
    return {row["message_id"]: Incident(id=row["id"], start_time=row["start_time"]) for row in rows}


async def write(connection: Connection, workspace_id: str, compared: Sequence[UUID], grouping: Grouping) -> None:
    """Keeps what a batch adds, and takes the batch out of the queue."""
    if grouping.begun:
        begun = zip(*((incident.id, incident.start_time) for incident in grouping.begun), strict=True)
        await connection.execute(_BEGIN, workspace_id, *map(list, begun))
    if grouping.joined:
        joined = zip(*((message_id, incident.id) for message_id, incident in grouping.joined), strict=True)
        await connection.execute(_JOIN, workspace_id, *map(list, joined))
    await connection.execute(_CLEAR, workspace_id, list(compared))


async def list_page(connection: Connection, workspace_id: str, wanted: IncidentList) -> list[IncidentSummary]:
    """At most `limit` incidents after the given place, the one that most users told of first, then by messages."""
    bindings = Bindings()
    base = filter_sql(
        bindings,
        workspace_id=workspace_id,
        filters=wanted.filters,
        time_range=wanted.time_range,
        join_labels=True,
    )
    having = f"count(*) >= {bindings.bind(wanted.min_messages, 'bigint')}"
    if wanted.after is not None:
        users, messages, incident_id = wanted.after
        place = ", ".join(
            (bindings.bind(users, "bigint"), bindings.bind(messages, "bigint"), bindings.bind(incident_id, "uuid"))
        )
        having += f" AND (count(DISTINCT m.user_id), count(*), member.incident_id) < ({place})"
    sql = _LIST.format(from_=base.from_, where=base.where, having=having, limit=bindings.bind(wanted.limit, "bigint"))
    return [IncidentSummary(**dict(row)) for row in await connection.fetch(sql, *bindings.values)]
