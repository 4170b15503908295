"""SQL that keeps the roll-ups of statistics: the changes that triggers noted are added to them, some at a time."""

from typing import Final

from services.store.pool import Connection

STATISTICS_CHANNEL: Final = "earshot_statistics"

_FOLD: Final = "SELECT fold_statistics($1)"

# While this is held nobody folds, so nobody takes a number from a row that goes.
_HOLD_FOLDING: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('earshot.fold_statistics', 0))"
_FORGET_USERS: Final = """
DELETE FROM stat_users u
WHERE NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = u.workspace_id AND m.user_id = u.user_id)
  AND NOT EXISTS (SELECT FROM stat_changes c WHERE c.workspace_id = u.workspace_id AND c.user_id = u.user_id)
"""


async def fold(connection: Connection, at_most: int) -> int:
    """Adds at most this many changes to the roll-ups, in the worker's role; answers how many there were.

    0 also while another process does it.
    """
    folded: int = await connection.fetchval(_FOLD, at_most)
    return folded


async def hold_folding(connection: Connection) -> bool:
    """Whether nobody else folds, nor will until this transaction ends."""
    held: bool = await connection.fetchval(_HOLD_FOLDING)
    return held


async def forget_users(connection: Connection) -> int:
    """Takes out who has no message any more, of any workspace, in the worker's role; answers how many.

    0 also while another process folds, and nobody of whom a change is not counted in yet.
    """
    if not await hold_folding(connection):
        return 0
    outcome = await connection.execute(_FORGET_USERS)
    return int(outcome.rpartition(" ")[2])
