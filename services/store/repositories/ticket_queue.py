"""SQL of the tickets that wait for an analysis: claim, look for similar ones, write what was found, clear the claim.

A claim is a row lock: it dies with its process, and nobody else can take the ticket meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.store.embedding import EMBEDDING_SIZE, Embedding
from services.store.pool import Connection
from services.store.ticketing.ticket import MAX_ATTEMPTS, MAX_SIMILAR, Analysis, NewTicket, SimilarTicket

TICKETS_CHANNEL: Final = "earshot_tickets"
ANALYSED_CHANNEL: Final = "earshot_tickets_analysed"

_ADD: Final = """
INSERT INTO ticket_queue (workspace_id, ticket_id) VALUES ($1, $2)
ON CONFLICT (workspace_id, ticket_id) DO UPDATE SET attempts = 0, failed = false, retry_time = now()
"""

_PENDING: Final = "UPDATE tickets SET analysis_state = 'pending' WHERE workspace_id = $1 AND id = $2"

_CLAIM: Final = """
SELECT q.workspace_id, q.ticket_id, t.subject, t.body
FROM ticket_queue q JOIN tickets t ON t.workspace_id = q.workspace_id AND t.id = q.ticket_id
WHERE NOT q.failed AND q.retry_time <= now()
ORDER BY q.retry_time, q.ticket_id LIMIT 1
FOR UPDATE OF q SKIP LOCKED
"""

# Of one workspace, named here and held by row-level security beneath.
_SIMILAR: Final = f"""
SELECT id, resolution, intents, -(embedding <#> $3::real[]::halfvec({EMBEDDING_SIZE})) AS similarity FROM tickets
WHERE workspace_id = $1 AND id <> $2 AND encoder = $4 AND status IN ('resolved', 'closed') AND resolution <> ''
  AND embedding IS NOT NULL
ORDER BY similarity DESC, id DESC LIMIT {MAX_SIMILAR}
"""

_WRITE: Final = """
INSERT INTO ticket_analyses (workspace_id, ticket_id, number, category, confidence, intents, intent_scores, summary,
                             suggested_reply, similar_ids, similarities, similar_resolutions, model_name, model_version,
                             create_time)
SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp()
FROM ticket_analyses WHERE workspace_id = $1 AND ticket_id = $2
"""

_DONE: Final = f"""
UPDATE tickets
SET analysis_state = 'done', category = $3, intents = $4, encoder = $5,
    embedding = $6::real[]::halfvec({EMBEDDING_SIZE})
WHERE workspace_id = $1 AND id = $2
"""

# At the first attempt the time of the next one is still that of its coming.
_CLEAR: Final = """
DELETE FROM ticket_queue WHERE workspace_id = $1 AND ticket_id = $2
RETURNING CASE WHEN attempts = 0 THEN extract(epoch FROM clock_timestamp() - retry_time)::float8 END
"""

_FAILED: Final = f"""
UPDATE ticket_queue
SET attempts = attempts + 1, failed = attempts + 1 >= {MAX_ATTEMPTS},
    retry_time = clock_timestamp() + $3::interval * 2 ^ attempts
WHERE workspace_id = $1 AND ticket_id = $2
RETURNING failed
"""

_GIVEN_UP: Final = "UPDATE tickets SET analysis_state = 'failed' WHERE workspace_id = $1 AND id = $2"

_NEXT: Final = "SELECT min(retry_time) - now() FROM ticket_queue WHERE NOT failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTicket:
    """A claimed ticket."""

    workspace_id: str
    id: UUID
    ticket: NewTicket


async def add(connection: Connection, workspace_id: str, ticket_id: UUID) -> None:
    """Has a ticket analysed, from its first attempt on; wakes those who do it when this transaction commits."""
    await connection.execute(_PENDING, workspace_id, ticket_id)
    await connection.execute(_ADD, workspace_id, ticket_id)
    await connection.execute("SELECT pg_notify($1, '')", TICKETS_CHANNEL)


async def claim(connection: Connection) -> WaitingTicket | None:
    """The ticket of any workspace that waits longest, locked; None when none is due."""
    row = await connection.fetchrow(_CLAIM)
    if row is None:
        return None
    new = NewTicket(subject=row["subject"], body=row["body"], metadata={}, message_ids=(), user_id="")
    return WaitingTicket(workspace_id=row["workspace_id"], id=row["ticket_id"], ticket=new)


async def similar(connection: Connection, waiting: WaitingTicket, embedding: Embedding) -> list[SimilarTicket]:
    """Settled tickets of the same workspace, most similar first."""
    rows = await connection.fetch(_SIMILAR, waiting.workspace_id, waiting.id, list(embedding.values), embedding.encoder)
    return [
        SimilarTicket(
            ticket_id=row["id"],
            similarity=row["similarity"],
            resolution=row["resolution"],
            intents=tuple(row["intents"]),
        )
        for row in rows
    ]


async def write(
    connection: Connection, waiting: WaitingTicket, analysis: Analysis, embedding: Embedding | None
) -> float | None:
    """Writes an analysis, puts it in force and clears the claim. Seconds since it was asked for; None after a retry."""
    key = (waiting.workspace_id, waiting.id)
    names = [score.label for score in analysis.intents]
    await connection.execute(_WRITE, *key, *_values(analysis, names))
    values: Sequence[float] | None = None if embedding is None else list(embedding.values)
    encoder = "" if embedding is None else embedding.encoder
    await connection.execute(_DONE, *key, analysis.category, names, encoder, values)
    waited_seconds: float | None = await connection.fetchval(_CLEAR, *key)
    await _notify(connection, waiting)
    return waited_seconds


async def count_attempt(connection: Connection, waiting: WaitingTicket, *, first_delay: timedelta) -> bool:
    """Notes a failed attempt; True where it was the last. The wait doubles after each."""
    failed: bool = await connection.fetchval(_FAILED, waiting.workspace_id, waiting.id, first_delay)
    if failed:
        await connection.execute(_GIVEN_UP, waiting.workspace_id, waiting.id)
        await _notify(connection, waiting)
    return failed


async def seconds_to_next(connection: Connection) -> float | None:
    """Time until a ticket is due; None where none waits."""
    delay: timedelta | None = await connection.fetchval(_NEXT)
    return None if delay is None else max(delay.total_seconds(), 0.0)


async def _notify(connection: Connection, waiting: WaitingTicket) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", ANALYSED_CHANNEL, str(waiting.id))


def _values(analysis: Analysis, names: list[str]) -> tuple[object, ...]:
    return (
        analysis.category,
        analysis.confidence,
        names,
        [score.probability for score in analysis.intents],
        analysis.summary,
        analysis.suggested_reply,
        [item.ticket_id for item in analysis.similar],
        [item.similarity for item in analysis.similar],
        [item.resolution for item in analysis.similar],
        analysis.model_name,
        analysis.model_version,
    )
