"""SQL of the outbox: what is to be posted to webhooks, until it is answered or given up.

A claim is a row lock, so whatever a process had in hand when it died is posted again, with the same id. Of one alert
nothing is claimed before what came earlier was answered or given up.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.store.alerting.rule import MAX_ATTEMPTS, Delivery, Event
from services.store.pool import Connection

DELIVERIES_CHANNEL: Final = "earshot_alert_deliveries"

_INSERT: Final = """
INSERT INTO alert_deliveries (workspace_id, id, alert_id, event, url, secret, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# Whoever is told of the end before the beginning would hold the alert for open ever after.
_IS_NEXT: Final = """
d.state = 'pending' AND NOT EXISTS (
  SELECT FROM alert_deliveries earlier
  WHERE earlier.workspace_id = d.workspace_id AND earlier.alert_id = d.alert_id AND earlier.id < d.id
    AND earlier.state = 'pending')
"""

_CLAIM: Final = f"""
SELECT d.workspace_id, d.id, d.event, d.url, d.secret, d.body FROM alert_deliveries d
WHERE d.next_time <= now() AND {_IS_NEXT}
ORDER BY d.next_time LIMIT 1
FOR UPDATE OF d SKIP LOCKED
"""

_DELIVERED: Final = """
UPDATE alert_deliveries
SET state = 'delivered', attempts = attempts + 1, last_status = $3, last_problem = '', secret = ''
WHERE workspace_id = $1 AND id = $2
"""

_FAILED: Final = f"""
UPDATE alert_deliveries
SET attempts = attempts + 1, last_status = $3, last_problem = $4,
    state = CASE WHEN attempts + 1 >= {MAX_ATTEMPTS} THEN 'dead' ELSE 'pending' END,
    secret = CASE WHEN attempts + 1 >= {MAX_ATTEMPTS} THEN '' ELSE secret END,
    next_time = clock_timestamp() + $5::interval * 4 ^ attempts * (0.75 + 0.5 * random())
WHERE workspace_id = $1 AND id = $2
RETURNING state
"""

_OF_ALERT: Final = """
SELECT id, event, state, attempts, last_status, last_problem, next_time FROM alert_deliveries
WHERE workspace_id = $1 AND alert_id = $2 ORDER BY id
"""

_NEXT: Final = f"SELECT min(d.next_time) - now() FROM alert_deliveries d WHERE {_IS_NEXT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be posted, and where."""

    workspace_id: str
    id: UUID
    event: Event
    url: str
    secret: str
    body: str


async def insert(connection: Connection, alert_id: UUID, posting: Posting) -> None:
    """Puts a message into the outbox."""
    await connection.execute(
        _INSERT,
        posting.workspace_id,
        posting.id,
        alert_id,
        posting.event,
        posting.url,
        posting.secret,
        posting.body,
    )
    await connection.execute("SELECT pg_notify($1, '')", DELIVERIES_CHANNEL)


async def claim(connection: Connection) -> Posting | None:
    """The message of any workspace that waits longest, locked; None when none is due."""
    row = await connection.fetchrow(_CLAIM)
    if row is None:
        return None
    return Posting(
        workspace_id=row["workspace_id"],
        id=row["id"],
        event=Event(row["event"]),
        url=row["url"],
        secret=row["secret"],
        body=row["body"],
    )


async def delivered(connection: Connection, posting: Posting, *, status: int) -> None:
    """Notes that a claimed message was answered."""
    await connection.execute(_DELIVERED, posting.workspace_id, posting.id, status)


async def failed(connection: Connection, posting: Posting, *, status: int, problem: str, delay: timedelta) -> bool:
    """Notes a failed attempt: the next one after `delay`, four times as long after each; True where it was the last."""
    state = await connection.fetchval(_FAILED, posting.workspace_id, posting.id, status, problem, delay)
    return bool(state == "dead")


async def of_alert(connection: Connection, workspace_id: str, alert_id: UUID) -> list[Delivery]:
    """What an alert has posted, oldest first."""
    return [
        Delivery(
            id=row["id"],
            event=Event(row["event"]),
            state=row["state"],
            attempts=row["attempts"],
            last_status=row["last_status"],
            last_problem=row["last_problem"],
            next_time=row["next_time"] if row["state"] == "pending" else None,
        )
        for row in await connection.fetch(_OF_ALERT, workspace_id, alert_id)
    ]


async def seconds_to_next(connection: Connection) -> float | None:
    """Time until a message is due; None where none waits."""
    delay: timedelta | None = await connection.fetchval(_NEXT)
    return None if delay is None else max(delay.total_seconds(), 0.0)
