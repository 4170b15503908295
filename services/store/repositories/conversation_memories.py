"""SQL over what conversations remember. The owner is in every condition."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from services.store.conversations.conversation import Owner
from services.store.conversations.conversation_memory import Memory, NewMemory
from services.store.pool import Connection

_OF: Final = "workspace_id = $1 AND user_id = $2 AND conversation_id = $3"

_LIST: Final = f"SELECT * FROM conversation_memories WHERE {_OF} ORDER BY create_time, id"

# Entries of one conversation are counted while it is locked, so that two at once cannot pass the limit.
_LOCK: Final = "SELECT 1 FROM conversations WHERE workspace_id = $1 AND user_id = $2 AND id = $3 FOR UPDATE"

_COUNT_OTHERS: Final = f"SELECT count(*) FROM conversation_memories WHERE {_OF} AND id <> $4"

_PUT: Final = """
INSERT INTO conversation_memories (workspace_id, user_id, conversation_id, id, kind, text, turn_number)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace_id, user_id, conversation_id, id)
DO UPDATE SET kind = EXCLUDED.kind, text = EXCLUDED.text, update_time = clock_timestamp()
RETURNING *
"""

_DELETE: Final = f"DELETE FROM conversation_memories WHERE {_OF} AND id = ANY($4::uuid[])"


async def list_all(connection: Connection, owner: Owner, conversation_id: UUID) -> list[Memory]:
    """Every entry of the conversation, oldest first."""
    rows = await connection.fetch(_LIST, owner.workspace_id, owner.user_id, conversation_id)
    return [_memory(row) for row in rows]


async def count_others(connection: Connection, owner: Owner, conversation_id: UUID, memory_id: UUID) -> int | None:
    """How many entries the conversation has beside this one; None when the owner has no such conversation.

    The conversation stays locked until the transaction ends.
    """
    key = (owner.workspace_id, owner.user_id, conversation_id)
    if await connection.fetchval(_LOCK, *key) is None:
        return None
    return int(await connection.fetchval(_COUNT_OTHERS, *key, memory_id))


async def put(connection: Connection, owner: Owner, conversation_id: UUID, new: NewMemory) -> Memory:
    """Adds the entry, or replaces kind and text of the one that has its id."""
    key = (owner.workspace_id, owner.user_id, conversation_id)
    row = await connection.fetchrow(_PUT, *key, new.id, new.kind, new.text, new.turn_number)
    assert row is not None  # noqa: S101 - an upsert always returns its row
    return _memory(row)


async def delete(connection: Connection, owner: Owner, conversation_id: UUID, ids: Sequence[UUID]) -> None:
    """Deletes the entries that are there."""
    await connection.execute(_DELETE, owner.workspace_id, owner.user_id, conversation_id, list(ids))


def _memory(row: asyncpg.Record) -> Memory:
    return Memory(
        memory=NewMemory(id=row["id"], kind=row["kind"], text=row["text"], turn_number=row["turn_number"]),
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
