"""SQL over tickets, their analyses, and how they were settled."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg

from services.store.message import LabelScore
from services.store.pool import Connection
from services.store.ticketing.ticket import (
    Analysis,
    AnalysisState,
    NewTicket,
    ResolutionPattern,
    SimilarTicket,
    Status,
    Ticket,
)

_INSERT: Final = """
INSERT INTO tickets (workspace_id, id, subject, body, metadata, message_ids, user_id, request_id, payload_hash)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
"""

_COLUMNS: Final = """
t.id, t.subject, t.body, t.metadata::text AS metadata, t.message_ids, t.user_id, t.status, t.resolution, t.version,
t.create_time, t.update_time, t.resolve_time, t.analysis_state, a.number, a.category, a.confidence, a.intents,
a.intent_scores, a.summary, a.suggested_reply, a.similar_ids, a.similarities, a.similar_resolutions, a.model_name,
a.model_version, a.create_time AS analysis_time
"""

_CURRENT: Final = """
LEFT JOIN LATERAL (
  SELECT * FROM ticket_analyses WHERE workspace_id = t.workspace_id AND ticket_id = t.id ORDER BY number DESC LIMIT 1
) a ON true
"""

_READ: Final = f"SELECT {_COLUMNS} FROM tickets t {_CURRENT} WHERE t.workspace_id = $1 AND t.id = $2"

_BY_REQUEST: Final = "SELECT id, payload_hash FROM tickets WHERE workspace_id = $1 AND request_id = $2"

_HISTORY: Final = """
SELECT *, create_time AS analysis_time FROM ticket_analyses
WHERE workspace_id = $1 AND ticket_id = $2 ORDER BY number DESC
"""

_PAGE: Final = f"""
SELECT {_COLUMNS} FROM tickets t {_CURRENT}
WHERE t.workspace_id = $1 AND ($2::uuid IS NULL OR t.id < $2)
  AND ($3::text IS NULL OR t.category = $3) AND ($4::text IS NULL OR t.status = $4)
ORDER BY t.id DESC LIMIT $5
"""

_ANALYSIS_TIME: Final = """
SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY analysis_time - create_time) FROM (
  SELECT t.create_time, a.create_time AS analysis_time
  FROM tickets t JOIN ticket_analyses a ON a.workspace_id = t.workspace_id AND a.ticket_id = t.id AND a.number = 1
  WHERE t.workspace_id = $1 ORDER BY t.id DESC LIMIT 500
) AS latest
"""

_LOCK: Final = "SELECT status, resolution, version FROM tickets WHERE workspace_id = $1 AND id = $2 FOR UPDATE"

_MOVE: Final = """
UPDATE tickets
SET status = $3, resolution = $4, version = version + 1, update_time = now(),
    resolve_time = CASE WHEN $3 = 'resolved' AND status <> 'resolved' THEN now() ELSE resolve_time END
WHERE workspace_id = $1 AND id = $2
"""

_PATTERNS: Final = r"""
WITH settled AS (
  SELECT id, resolution, coalesce(resolve_time, update_time) AS settle_time,
         md5(lower(btrim(regexp_replace(resolution, '\s+', ' ', 'g')))) AS key
  FROM tickets
  WHERE workspace_id = $1 AND status IN ('resolved', 'closed') AND resolution <> ''
    AND ($2::text IS NULL OR $2 = ANY(intents))
), patterns AS (
  SELECT key, count(*)::int AS count, (array_agg(resolution ORDER BY settle_time DESC, id DESC))[1] AS resolution,
         (array_agg(id ORDER BY settle_time DESC, id DESC))[1:3] AS ticket_ids
  FROM settled GROUP BY key
)
SELECT * FROM patterns
WHERE $3::int IS NULL OR (-count, key) > (-$3::int, $4::text)
ORDER BY count DESC, key LIMIT $5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a change of a ticket starts from."""

    status: Status
    resolution: str
    version: int


async def insert(
    connection: Connection,
    workspace_id: str,
    ticket_id: UUID,
    new: NewTicket,
    *,
    request_id: UUID | None,
    payload_hash: bytes,
) -> bool:
    """Stores a ticket; False where `request_id` has made one before."""
    outcome = await connection.execute(
        _INSERT,
        workspace_id,
        ticket_id,
        new.subject,
        new.body,
        json.dumps(dict(new.metadata), ensure_ascii=False),
        list(new.message_ids),
        new.user_id,
        request_id,
        payload_hash,
    )
    return outcome.endswith(" 1")


async def by_request(connection: Connection, workspace_id: str, request_id: UUID) -> tuple[UUID, bytes] | None:
    """The ticket that a request made, and the hash of what it asked for."""
    row = await connection.fetchrow(_BY_REQUEST, workspace_id, request_id)
    return None if row is None else (row["id"], row["payload_hash"])


async def read(connection: Connection, workspace_id: str, ticket_id: UUID) -> Ticket | None:
    """One ticket with the analysis in force."""
    row = await connection.fetchrow(_READ, workspace_id, ticket_id)
    return None if row is None else _ticket(row)


async def history(connection: Connection, workspace_id: str, ticket_id: UUID) -> list[Analysis]:
    """Every analysis a ticket had, the one in force first."""
    return [_analysis(row) for row in await connection.fetch(_HISTORY, workspace_id, ticket_id)]


async def list_page(
    connection: Connection,
    workspace_id: str,
    *,
    after: UUID | None,
    category: str | None,
    status: Status | None,
    limit: int,
) -> list[Ticket]:
    """Tickets, newest first, after the given one; of a category, in a status, where these are given."""
    return [_ticket(row) for row in await connection.fetch(_PAGE, workspace_id, after, category, status, limit)]


async def analysis_time_p95(connection: Connection, workspace_id: str) -> timedelta | None:
    """How long the latest 500 tickets waited for their first analysis: 95 % at most so long. None without any."""
    waited: timedelta | None = await connection.fetchval(_ANALYSIS_TIME, workspace_id)
    return waited


async def lock(connection: Connection, workspace_id: str, ticket_id: UUID) -> Standing | None:
    """Where a ticket stands, until the transaction ends."""
    row = await connection.fetchrow(_LOCK, workspace_id, ticket_id)
    if row is None:
        return None
    return Standing(status=Status(row["status"]), resolution=row["resolution"], version=row["version"])


async def move(connection: Connection, workspace_id: str, ticket_id: UUID, status: Status, resolution: str) -> None:
    """Changes a locked ticket."""
    await connection.execute(_MOVE, workspace_id, ticket_id, status, resolution)


async def patterns(
    connection: Connection, workspace_id: str, intent: str | None, *, after: tuple[int, str] | None, limit: int
) -> list[ResolutionPattern]:
    """How tickets were settled, most frequent first, after the given place (count, key)."""
    rows = await connection.fetch(_PATTERNS, workspace_id, intent, *(after or (None, None)), limit)
    return [
        ResolutionPattern(
            resolution=row["resolution"], count=row["count"], ticket_ids=tuple(row["ticket_ids"]), key=row["key"]
        )
        for row in rows
    ]


def _ticket(row: asyncpg.Record) -> Ticket:
    return Ticket(
        id=row["id"],
        ticket=NewTicket(
            subject=row["subject"],
            body=row["body"],
            metadata=json.loads(row["metadata"]),
            message_ids=tuple(row["message_ids"]),
            user_id=row["user_id"],
        ),
        status=Status(row["status"]),
        resolution=row["resolution"],
        version=row["version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        resolve_time=row["resolve_time"],
        analysis_state=AnalysisState(row["analysis_state"]),
        analysis=None if row["number"] is None else _analysis(row),
    )


def _analysis(row: asyncpg.Record) -> Analysis:
    similar = zip(row["similar_ids"], row["similarities"], row["similar_resolutions"], strict=True)
    return Analysis(
        category=row["category"],
        confidence=row["confidence"],
        intents=tuple(
            LabelScore(label=label, probability=score)
            for label, score in zip(row["intents"], row["intent_scores"], strict=True)
        ),
        summary=row["summary"],
        suggested_reply=row["suggested_reply"],
        similar=tuple(
            SimilarTicket(ticket_id=ticket_id, similarity=similarity, resolution=resolution)
            for ticket_id, similarity, resolution in similar
        ),
        model_name=row["model_name"],
        model_version=row["model_version"],
        create_time=row["analysis_time"],
    )
