"""SQL that keeps what Postgres' planner holds of the tables near to what is in them."""

from typing import Final

from services.store.pool import Connection

_TELL: Final = "SELECT tell_planner_of_growth()"


async def refresh(connection: Connection) -> bool:
    """Counts the tables anew that have grown to several times what the planner takes them for, in the worker's role.

    Answers whether more is being written, of which nothing is known as committed yet.
    """
    return bool(await connection.fetchval(_TELL))
