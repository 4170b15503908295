"""SQL over the log of changes: what has become visible between two snapshots, and forgetting what is old."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.store.filters import Filters
from services.store.live.cursor import Cursor, bad_cursor
from services.store.message import StoredMessage
from services.store.pool import Connection
from services.store.repositories import commits, messages


class Kind(StrEnum):
    """What happened, as the column `message_changes.kind` has it."""

    STORED = "stored"
    LABELLED = "labelled"


_SNAPSHOT: Final = "SELECT pg_current_snapshot()::text"

_IS_OF_THIS_SERVER: Final = """
SELECT pg_snapshot_xmax($1::text::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
"""

_RECORD: Final = """
INSERT INTO message_changes (workspace_id, kind, message_ids)
SELECT workspace_id, $3, array_agg(message_id) FROM unnest($1::text[], $2::uuid[]) AS changed (workspace_id, message_id)
GROUP BY workspace_id
"""

# The comparison by number is what the index can do; which of the rest were running then, the snapshot knows.
_BETWEEN: Final = """
SELECT c.id, c.kind, change.place, change.message_id
FROM message_changes c CROSS JOIN unnest(c.message_ids) WITH ORDINALITY AS change (message_id, place)
WHERE c.workspace_id = $1
  AND c.transaction_id >= pg_snapshot_xmin($2::text::pg_snapshot)
  AND c.transaction_id < pg_snapshot_xmax($3::text::pg_snapshot)
  AND NOT pg_visible_in_snapshot(c.transaction_id, $2::text::pg_snapshot)
  AND pg_visible_in_snapshot(c.transaction_id, $3::text::pg_snapshot)
  AND (c.id, change.place) > ($4, $5)
ORDER BY c.id, change.place
LIMIT $6
"""

# A row of another server, brought here by a restore, has a number that this server has yet to reach.
_FORGET: Final = """
DELETE FROM message_changes
WHERE change_time < now() - $1::interval OR transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a message, as the message stands now, and the place right after it."""

    kind: Kind
    message: StoredMessage
    cursor: Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes, and the place after all that were looked at, those included that the filters left out."""

    changes: tuple[Change, ...]
    cursor: Cursor


async def snapshot(connection: Connection) -> str:
    """What is visible now, to be told when the transaction has committed: by then all of it is on disk.

    A crash of Postgres takes what is not on disk away and gives the numbers of its transactions to later ones, which a
    place that somebody was told must not hold to be seen.
    """
    text: str = await connection.fetchval(_SNAPSHOT)
    await commits.wait_for_earlier(connection)
    return text


async def check(connection: Connection, cursor: Cursor) -> None:
    """Raises InvalidInputError (BAD_CURSOR) for a place that this server has not come to."""
    if not await connection.fetchval(_IS_OF_THIS_SERVER, cursor.until or cursor.seen):
        raise bad_cursor()


async def record(connection: Connection, kind: Kind, workspace_ids: list[str], ids: list[UUID]) -> None:
    """Notes that this transaction changed messages; the ids stand beside their workspaces."""
    await connection.execute(_RECORD, workspace_ids, ids, kind)


async def page(
    connection: Connection, workspace_id: str, cursor: Cursor, *, until: str, filters: Filters, limit: int
) -> ChangePage:
    """At most `limit` changes after the cursor, as far as the snapshot `until` shows them; those left out count too."""
    until = cursor.until or until
    rows = await connection.fetch(_BETWEEN, workspace_id, cursor.seen, until, cursor.row, cursor.place, limit)
    found = await messages.matching(connection, workspace_id, filters, {row["message_id"] for row in rows})
    # As old as where the page began: what follows them happened since then, and is forgotten accordingly.
    within = replace(cursor, until=until)
    changes = tuple(
        Change(
            kind=Kind(row["kind"]),
            message=found[row["message_id"]],
            cursor=replace(within, row=row["id"], place=row["place"]),
        )
        for row in rows
        if row["message_id"] in found
    )
    if len(rows) < limit:
        return ChangePage(changes=changes, cursor=Cursor(seen=until, time=datetime.now(UTC)))
    last = rows[-1]
    return ChangePage(changes=changes, cursor=replace(within, row=last["id"], place=last["place"]))


async def forget(connection: Connection, older_than: timedelta) -> None:
    """Takes away old changes, of every workspace; for the role earshot_worker."""
    await connection.execute(_FORGET, older_than)
