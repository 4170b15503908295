"""SQL of the backlog: how many messages wait for labels, how many were given up, how long the oldest has waited."""

from dataclasses import dataclass
from typing import Final

from services.store.pool import Connection

# A message's id holds the millisecond it came in.
_BACKLOG: Final = """
SELECT count(*) FILTER (WHERE NOT failed) AS pending,
       count(*) FILTER (WHERE failed) AS failed,
       coalesce(extract(epoch FROM now() - (
         SELECT uuid_extract_timestamp(message_id) FROM label_queue WHERE NOT failed ORDER BY message_id LIMIT 1
       )), 0)::float8 AS oldest_seconds
FROM label_queue
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Of all workspaces together."""

    pending: int
    failed: int
    """Set aside after their last attempt."""
    oldest_seconds: float
    """Age of the oldest pending message; 0 where none waits."""


async def read(connection: Connection) -> Backlog:
    """The backlog now; needs the worker's role, which sees every workspace."""
    (row,) = await connection.fetch(_BACKLOG)
    return Backlog(pending=row["pending"], failed=row["failed"], oldest_seconds=max(row["oldest_seconds"], 0.0))
