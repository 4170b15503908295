"""SQL that keeps embeddings: written with the labels, taken into the index later, made anew for another encoder.

They are copied in the binary format, which no codec of asyncpg has for halfvec: a sixth of the time that arrays of
numbers take to send. COPY straight into the table is forbidden by row-level security.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from services.store.embedding import EMBEDDING_SIZE, Embedding
from services.store.filters import UNSUPPORTED_LANGUAGE
from services.store.pool import Connection
from services.store.repositories.copying import once
from services.store.repositories.label_queue import WaitingMessage

# Any number that no other program on the database uses: "earemb" in ASCII.
_LOCK_KEY: Final = int.from_bytes(b"earemb", "big")

_STAGING: Final = "arriving_embeddings"

_MAKE_STAGING: Final = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGING} (
  workspace_id text COLLATE "C", message_id uuid, encoder text COLLATE "C", embedding halfvec({EMBEDDING_SIZE})
) ON COMMIT DELETE ROWS
"""

_WRITE: Final = f"""
INSERT INTO message_embeddings AS e (workspace_id, message_id, encoder, embedding) SELECT * FROM {_STAGING}
ON CONFLICT (workspace_id, message_id)
DO UPDATE SET encoder = excluded.encoder, embedding = excluded.embedding, indexed = false
WHERE e.encoder <> excluded.encoder
"""

_INDEX: Final = """
UPDATE message_embeddings e SET indexed = true
FROM (
  SELECT workspace_id, message_id FROM message_embeddings WHERE NOT indexed
  ORDER BY workspace_id, message_id LIMIT $1 FOR UPDATE SKIP LOCKED
) AS next
WHERE e.workspace_id = next.workspace_id AND e.message_id = next.message_id
"""

# https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_COPY_END: Final = struct.pack(">h", -1)
_HALFVEC: Final = struct.Struct(f">hh{EMBEDDING_SIZE}e")
_LENGTH: Final = struct.Struct(">i")
_FIELDS: Final = struct.pack(">h", 4)

_FORGET: Final = "DELETE FROM message_embeddings WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])"

_TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock($1)"

# Walks three primary keys side by side without looking at a row; only what is wanted has its text read.
_STALE: Final = f"""
WITH stale AS MATERIALIZED (
  SELECT m.workspace_id, m.id, e.encoder IS NULL AND NOT {UNSUPPORTED_LANGUAGE} AS unjudged
  FROM messages m
  JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
  LEFT JOIN message_embeddings e ON e.workspace_id = m.workspace_id AND e.message_id = m.id
  WHERE (m.workspace_id, m.id) > ($1, $2) AND e.encoder IS DISTINCT FROM $3
  ORDER BY m.workspace_id, m.id
  LIMIT $4
)
SELECT m.workspace_id, m.id, m.text, stale.unjudged
FROM stale JOIN messages m ON m.workspace_id = stale.workspace_id AND m.id = stale.id
ORDER BY m.workspace_id, m.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk over all messages of all workspaces stands: after this message."""

    workspace_id: str
    message_id: UUID


class StaleMessage(NamedTuple):
    """A message to embed. `unjudged`: it never was embedded, so that no custom category has judged it."""

    message: WaitingMessage
    unjudged: bool


BEGINNING: Final = Place(workspace_id="", message_id=UUID(int=0))
"""Before every message."""


async def write(connection: Connection, embedded: Iterable[tuple[WaitingMessage, Embedding | None]]) -> None:
    """Keeps the embeddings, in the place of what another encoder made; messages without one are left as they are."""
    rows = [_row(message, embedding) for message, embedding in embedded if embedding is not None]
    if rows:
        await connection.execute(_MAKE_STAGING)
        await connection.copy_to_table(_STAGING, source=once(b"".join([_COPY_HEAD, *rows, _COPY_END])), format="binary")
        await connection.execute(_WRITE)


async def index(connection: Connection, limit: int) -> int:
    """Takes at most `limit` embeddings into the index that no other transaction is at; answers how many."""
    tag = await connection.execute(_INDEX, limit)
    return int(tag.rpartition(" ")[2])


async def forget(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> None:
    """Takes away embeddings that cannot be made anew: nothing is compared with them any more, and walks wait."""
    await connection.execute(_FORGET, workspace_id, ids)


async def take_turn(connection: Connection) -> bool:
    """Whether this transaction is the only one that makes embeddings anew; it then stays so until its end."""
    mine: bool = await connection.fetchval(_TAKE_TURN, _LOCK_KEY)
    return mine


async def stale(connection: Connection, encoder: str, after: Place, limit: int) -> list[StaleMessage]:
    """At most `limit` labelled messages after a place that have no embedding of this encoder, in the order of keys."""
    rows = await connection.fetch(_STALE, after.workspace_id, after.message_id, encoder, limit)
    return [
        StaleMessage(
            message=WaitingMessage(workspace_id=row["workspace_id"], id=row["id"], text=row["text"]),
            unjudged=row["unjudged"],
        )
        for row in rows
    ]


def _row(message: WaitingMessage, embedding: Embedding) -> bytes:
    fields = (
        message.workspace_id.encode(),
        message.id.bytes,
        embedding.encoder.encode(),
        _HALFVEC.pack(EMBEDDING_SIZE, 0, *embedding.values),
    )
    return _FIELDS + b"".join([_LENGTH.pack(len(field)) + field for field in fields])
