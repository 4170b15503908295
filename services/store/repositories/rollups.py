"""SQL that keeps the roll-ups of statistics: the changes that triggers noted are added to them, some at a time."""

from typing import Final

from services.store.pool import Connection

STATISTICS_CHANNEL: Final = "earshot_statistics"

_FOLD: Final = "SELECT fold_statistics($1)"


async def fold(connection: Connection, at_most: int) -> int:
    """Adds at most this many changes to the roll-ups, in the worker's role; answers how many there were.

    0 also while another process does it.
    """
    folded: int = await connection.fetchval(_FOLD, at_most)
    return folded
