"""SQL of retention: messages and conversations that are older than they are kept."""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.store.pool import Connection
from services.store.repositories import erasures, incidents

_SOME_WORKSPACE: Final = "SELECT workspace_id FROM messages WHERE event_time < $1 LIMIT 1"

_OLD: Final = """
SELECT id FROM messages WHERE workspace_id = $1 AND event_time < $2
ORDER BY event_time, id LIMIT $3 FOR UPDATE SKIP LOCKED
"""

_SOME_UNUSED: Final = "SELECT workspace_id FROM conversations WHERE update_time < $1 LIMIT 1"

_UNUSED: Final = """
DELETE FROM conversations AS c USING (
  SELECT user_id, id FROM conversations WHERE workspace_id = $1 AND update_time < $2
  ORDER BY update_time LIMIT $3 FOR UPDATE SKIP LOCKED
) AS unused
WHERE c.workspace_id = $1 AND c.user_id = unused.user_id AND c.id = unused.id
"""


async def workspace_with_old(connection: Connection, before: datetime) -> str | None:
    """A workspace that has a message from before, in the worker's role; None without any."""
    workspace_id: str | None = await connection.fetchval(_SOME_WORKSPACE, before)
    return workspace_id


async def delete_old(connection: Connection, workspace_id: str, before: datetime, *, at_most: int) -> list[UUID]:
    """Deletes the oldest messages from before with all that stands about them; answers their ids.

    Triggers take them out of the statistics in the same transaction.
    """
    # Grouping writes about messages that came before the one it looks at.
    await incidents.hold_turn(connection, workspace_id)
    ids = [row["id"] for row in await connection.fetch(_OLD, workspace_id, before, at_most)]
    if ids:
        await erasures.delete_messages(connection, workspace_id, ids)
    return ids


async def workspace_with_unused(connection: Connection, before: datetime) -> str | None:
    """A workspace with a conversation that was last used before, in the worker's role; None without any."""
    workspace_id: str | None = await connection.fetchval(_SOME_UNUSED, before)
    return workspace_id


async def delete_unused(connection: Connection, workspace_id: str, before: datetime, *, at_most: int) -> int:
    """Deletes conversations last used before, with all that was said in them; answers how many."""
    outcome = await connection.execute(_UNUSED, workspace_id, before, at_most)
    return int(outcome.rpartition(" ")[2])
