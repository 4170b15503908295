"""SQL of retention: messages that are older than a workspace keeps them."""

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
