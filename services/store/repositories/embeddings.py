"""SQL that keeps embeddings: written with the labels, and made anew where another encoder serves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.store.embedding import EMBEDDING_SIZE, Embedding
from services.store.pool import Connection
from services.store.repositories.label_queue import WaitingMessage

# Any number that no other program on the database uses: "earemb" in ASCII.
_LOCK_KEY: Final = int.from_bytes(b"earemb", "big")

_WRITE: Final = f"""
INSERT INTO message_embeddings AS e (workspace_id, message_id, encoder, embedding)
VALUES ($1, $2, $3, $4::real[]::halfvec({EMBEDDING_SIZE}))
ON CONFLICT (workspace_id, message_id) DO UPDATE SET encoder = excluded.encoder, embedding = excluded.embedding
WHERE e.encoder <> excluded.encoder
"""

_TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock($1)"

# Walks three primary keys side by side without looking at a row; only what is wanted has its text read.
_STALE: Final = """
WITH stale AS MATERIALIZED (
  SELECT m.workspace_id, m.id
  FROM messages m
  JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
  LEFT JOIN message_embeddings e ON e.workspace_id = m.workspace_id AND e.message_id = m.id
  WHERE (m.workspace_id, m.id) > ($1, $2) AND e.encoder IS DISTINCT FROM $3
  ORDER BY m.workspace_id, m.id
  LIMIT $4
)
SELECT m.workspace_id, m.id, m.text
FROM stale JOIN messages m ON m.workspace_id = stale.workspace_id AND m.id = stale.id
ORDER BY m.workspace_id, m.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk over all messages of all workspaces stands: after this message."""

    workspace_id: str
    message_id: UUID


BEGINNING: Final = Place(workspace_id="", message_id=UUID(int=0))
"""Before every message."""


async def write(connection: Connection, embedded: Iterable[tuple[WaitingMessage, Embedding | None]]) -> None:
    """Keeps the embeddings, in the place of what another encoder made; messages without one are left as they are."""
    rows = [
        (message.workspace_id, message.id, embedding.encoder, embedding.values)
        for message, embedding in embedded
        if embedding is not None
    ]
    if rows:
        await connection.executemany(_WRITE, rows)


async def take_turn(connection: Connection) -> bool:
    """Whether this transaction is the only one that makes embeddings anew; it then stays so until its end."""
    mine: bool = await connection.fetchval(_TAKE_TURN, _LOCK_KEY)
    return mine


async def stale(connection: Connection, encoder: str, after: Place, limit: int) -> list[WaitingMessage]:
    """At most `limit` labelled messages after a place that have no embedding of this encoder, in the order of keys."""
    rows = await connection.fetch(_STALE, after.workspace_id, after.message_id, encoder, limit)
    return [WaitingMessage(workspace_id=row["workspace_id"], id=row["id"], text=row["text"]) for row in rows]
