"""SQL over the audit log: rows are added, read by admins, and deleted for their age alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.auth import Role
from services.store.auditing.event import ActorKind, AuditEvent
from services.store.filters import TimeRange
from services.store.people.user import username_key
from services.store.pool import Connection

_COLUMNS: Final = """
workspace_id, event_time, id, actor_kind, actor_id, actor_role, action, resource_kind, resource_id, code, request_id
"""

# Its key is that of the call, so that what was written with the change is not written again.
_INSERT: Final = f"""
INSERT INTO audit_events ({_COLUMNS})
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::text[], $9::uuid[], $10::text[], $11::text[])
ON CONFLICT DO NOTHING
"""

# A transaction has an id from the moment at which it changes, or locks, the first row.
_INSERT_WITH_CHANGE: Final = f"""
INSERT INTO audit_events ({_COLUMNS})
SELECT $1::text, $2::timestamptz, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text, $9::uuid, $10::text,
       $11::text
WHERE pg_current_xact_id_if_assigned() IS NOT NULL
ON CONFLICT DO NOTHING
"""

_READ_AS: Final = "SELECT set_config('earshot.role', $1, true)"

_PAGE: Final = f"""
SELECT {_COLUMNS} FROM audit_events
WHERE workspace_id = $1
  AND ($2::timestamptz IS NULL OR event_time >= $2) AND ($3::timestamptz IS NULL OR event_time < $3)
  AND ($4::text IS NULL OR actor_id = $4 OR actor_id = (
    SELECT users.id::text FROM users WHERE users.workspace_id = $1 AND username_key = $5))
  AND ($6::text IS NULL OR action = $6) AND ($7::text IS NULL OR resource_kind = $7)
  AND ($8::uuid IS NULL OR resource_id = $8)
  AND ($9::timestamptz IS NULL OR (event_time, id) < ($9, $10::uuid))
ORDER BY event_time DESC, id DESC LIMIT $11
"""

_NAMES: Final = """
SELECT id, username AS name FROM users WHERE workspace_id = $1 AND id = ANY($2)
UNION ALL SELECT id, name FROM alert_rules WHERE workspace_id = $1 AND id = ANY($2)
UNION ALL SELECT id, name FROM reply_rules WHERE workspace_id = $1 AND id = ANY($2)
"""

_DELETE_OLD: Final = """
WITH gone AS (
  DELETE FROM audit_events WHERE (workspace_id, event_time, id) IN (
    SELECT workspace_id, event_time, id FROM audit_events WHERE event_time < $1 LIMIT $2
  )
  RETURNING workspace_id
)
SELECT workspace_id, count(*) AS events FROM gone GROUP BY workspace_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """Which events, and how many. `after` is the key of the last one shown; None asks for the first page."""

    range: TimeRange
    actor: str | None
    action: str | None
    resource_kind: str | None
    resource_id: UUID | None
    after: tuple[datetime, UUID] | None
    limit: int


async def insert(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Adds events, of any workspaces in the worker's role; those that are there already stay as they are."""
    await connection.execute(_INSERT, *map(list, zip(*map(_values, events), strict=True)))


async def insert_with_change(connection: Connection, event: AuditEvent) -> None:
    """Adds an event, if this transaction has changed anything."""
    await connection.execute(_INSERT_WITH_CHANGE, *_values(event))


async def list_page(
    connection: Connection, workspace_id: str, asked: AuditQuestion, *, reader: Role
) -> list[AuditEvent]:
    """Events, the newest first. Who reads in another role than that of an admin is shown none."""
    await connection.execute(_READ_AS, reader.value)
    time, last_id = asked.after or (None, None)
    rows = await connection.fetch(
        _PAGE,
        workspace_id,
        asked.range.start,
        asked.range.end,
        asked.actor,
        username_key(asked.actor or ""),
        asked.action,
        asked.resource_kind,
        asked.resource_id,
        time,
        last_id,
        asked.limit,
    )
    return [_event(row) for row in rows]


async def names_of(connection: Connection, workspace_id: str, actors: Sequence[UUID]) -> dict[UUID, str]:
    """The names that accounts and rules have now; those that are gone are left out."""
    return {row["id"]: row["name"] for row in await connection.fetch(_NAMES, workspace_id, actors)}


async def delete_old(connection: Connection, before: datetime, *, at_most: int) -> dict[str, int]:
    """Deletes some events from before, in the worker's role; answers how many of which workspaces."""
    rows = await connection.fetch(_DELETE_OLD, before, at_most)
    return {row["workspace_id"]: row["events"] for row in rows}


def _values(event: AuditEvent) -> tuple[object, ...]:
    return (
        event.workspace_id,
        event.time,
        event.id,
        event.actor_kind.value,
        event.actor_id,
        event.actor_role,
        event.action,
        event.resource_kind,
        event.resource_id,
        event.code,
        event.request_id,
    )


def _event(row: asyncpg.Record) -> AuditEvent:
    return AuditEvent(
        workspace_id=row["workspace_id"],
        time=row["event_time"],
        id=row["id"],
        actor_kind=ActorKind(row["actor_kind"]),
        actor_id=row["actor_id"],
        actor_role=row["actor_role"],
        action=row["action"],
        resource_kind=row["resource_kind"],
        resource_id=row["resource_id"],
        code=row["code"],
        request_id=row["request_id"],
    )
