"""SQL about when the commit of a transaction is on disk.

https://www.postgresql.org/docs/18/wal-async-commit.html
"""

from typing import Final

from services.store.pool import Connection

_DO_NOT_WAIT: Final = "SELECT set_config('synchronous_commit', 'off', true)"

# A transaction that wrote nothing does not wait for the disk. This writes a few bytes that mean nothing; the log is one
# file after the other, so what stands before them is on disk when they are.
_WAIT: Final = "SELECT pg_logical_emit_message(true, 'earshot', '')"


async def do_not_wait(connection: Connection) -> None:
    """This transaction's commit returns before it is on disk."""
    await connection.execute(_DO_NOT_WAIT)


async def wait_for_earlier(connection: Connection) -> None:
    """This transaction's commit returns when all that it saw is on disk, though it writes nothing itself.

    It takes a number after those of all that it saw, so no later transaction gets one of theirs, also after a crash.
    """
    await connection.execute(_WAIT)
