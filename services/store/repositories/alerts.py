"""SQL over alerts and what watchers are told of them. Every change of an alert is an event in its own transaction."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from services.store.alerting.rule import Alert, Event
from services.store.pool import Connection

EVENTS_CHANNEL: Final = "earshot_alert_events"

_OPEN: Final = "SELECT * FROM alerts WHERE workspace_id = $1 AND rule_id = $2 AND state = 'firing'"

_FIRE: Final = """
INSERT INTO alerts (workspace_id, id, rule_id, rule_name, state, value, compared_with, summary, query_json, start_time)
VALUES ($1, $2, $3, $4, 'firing', $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING *
"""

_RESOLVE: Final = """
UPDATE alerts SET state = 'resolved', end_time = greatest(now(), start_time)
WHERE workspace_id = $1 AND rule_id = $2 AND state = 'firing'
RETURNING *
"""

_ACKNOWLEDGE: Final = """
UPDATE alerts SET acknowledge_time = now(), acknowledged_by = $3
WHERE workspace_id = $1 AND id = $2 AND acknowledge_time IS NULL
RETURNING *
"""

_PAGE: Final = """
SELECT * FROM alerts
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2)
  AND ($3::uuid IS NULL OR rule_id = $3) AND ($4::text IS NULL OR state = $4)
ORDER BY id DESC LIMIT $5
"""

_NUMBER: Final = """
INSERT INTO alert_counters AS counter (workspace_id, last_number) VALUES ($1, 1)
ON CONFLICT (workspace_id) DO UPDATE SET last_number = counter.last_number + 1
RETURNING last_number
"""

_EVENT: Final = "INSERT INTO alert_events (workspace_id, number, alert_id, event) VALUES ($1, $2, $3, $4)"

_EVENTS: Final = """
SELECT e.number, e.event, a.*
FROM alert_events e JOIN alerts a ON a.workspace_id = e.workspace_id AND a.id = e.alert_id
WHERE e.workspace_id = $1 AND e.number > $2
ORDER BY e.number LIMIT $3
"""

_LAST_NUMBER: Final = "SELECT last_number FROM alert_counters WHERE workspace_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """A change of an alert, by its number in the workspace."""

    number: int
    event: Event
    alert: Alert


async def open_of(connection: Connection, workspace_id: str, rule_id: UUID) -> Alert | None:
    """The open episode of a rule."""
    row = await connection.fetchrow(_OPEN, workspace_id, rule_id)
    return None if row is None else _alert(row)


async def fire(connection: Connection, workspace_id: str, alert: Alert) -> Alert | None:
    """Opens an episode; None where the rule has one."""
    row = await connection.fetchrow(
        _FIRE,
        workspace_id,
        alert.id,
        alert.rule_id,
        alert.rule_name,
        alert.value,
        alert.compared_with,
        alert.summary,
        alert.query_json,
        alert.start_time,
    )
    return await _told(connection, workspace_id, row, Event.FIRED)


async def resolve(connection: Connection, workspace_id: str, rule_id: UUID) -> Alert | None:
    """Ends the open episode of a rule; None where it has none."""
    row = await connection.fetchrow(_RESOLVE, workspace_id, rule_id)
    return await _told(connection, workspace_id, row, Event.RESOLVED)


async def acknowledge(connection: Connection, workspace_id: str, alert_id: UUID, user_id: str) -> Alert | None:
    """Notes who looks after an alert; None where there is no such alert. The first one stays."""
    row = await connection.fetchrow(_ACKNOWLEDGE, workspace_id, alert_id, user_id)
    if row is None:
        return await read(connection, workspace_id, alert_id)
    return await _told(connection, workspace_id, row, Event.ACKNOWLEDGED)


async def read(connection: Connection, workspace_id: str, alert_id: UUID) -> Alert | None:
    """One alert."""
    row = await connection.fetchrow("SELECT * FROM alerts WHERE workspace_id = $1 AND id = $2", workspace_id, alert_id)
    return None if row is None else _alert(row)


async def list_page(
    connection: Connection,
    workspace_id: str,
    *,
    after: UUID | None,
    rule_id: UUID | None,
    firing: bool | None,
    limit: int,
) -> list[Alert]:
    """Alerts, newest first, after the given one; of a rule, in a state, where these are given."""
    state = None if firing is None else "firing" if firing else "resolved"
    return [_alert(row) for row in await connection.fetch(_PAGE, workspace_id, after, rule_id, state, limit)]


async def events_after(connection: Connection, workspace_id: str, number: int, *, limit: int) -> list[AlertEvent]:
    """Changes with higher numbers, in order; each with its alert as it is now."""
    rows = await connection.fetch(_EVENTS, workspace_id, number, limit)
    return [AlertEvent(number=row["number"], event=Event(row["event"]), alert=_alert(row)) for row in rows]


async def last_number(connection: Connection, workspace_id: str) -> int:
    """The number of the last change; 0 before the first."""
    return int(await connection.fetchval(_LAST_NUMBER, workspace_id) or 0)


async def _told(connection: Connection, workspace_id: str, row: asyncpg.Record | None, event: Event) -> Alert | None:
    if row is None:
        return None
    number = await connection.fetchval(_NUMBER, workspace_id)
    await connection.execute(_EVENT, workspace_id, number, row["id"], event)
    await connection.execute("SELECT pg_notify($1, $2)", EVENTS_CHANNEL, workspace_id)
    return _alert(row)


def _alert(row: asyncpg.Record) -> Alert:
    return Alert(
        id=row["id"],
        rule_id=row["rule_id"],
        rule_name=row["rule_name"],
        firing=row["state"] == "firing",
        value=row["value"],
        compared_with=row["compared_with"],
        summary=row["summary"],
        query_json=row["query_json"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        acknowledge_time=row["acknowledge_time"],
        acknowledged_by=row["acknowledged_by"],
    )
