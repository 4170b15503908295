"""SQL over alert rules. A rule that is being evaluated is locked by whoever evaluates it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from services.store.alerting.rule import Kind, NewRule, Rule
from services.store.pool import Connection

RULES_CHANNEL: Final = "earshot_alert_rules"

_INSERT: Final = """
INSERT INTO alert_rules (workspace_id, id, name, query_json, kind, threshold, window_seconds, interval_seconds,
                         disabled, webhook_url, webhook_secret, opens_ticket, request_id, payload_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING
RETURNING *
"""

_BY_REQUEST: Final = "SELECT * FROM alert_rules WHERE workspace_id = $1 AND request_id = $2"

_PAGE: Final = """
SELECT * FROM alert_rules
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""

_LOCK: Final = "SELECT * FROM alert_rules WHERE workspace_id = $1 AND id = $2 FOR UPDATE"

_REPLACE: Final = """
UPDATE alert_rules
SET name = $3, query_json = $4, kind = $5, threshold = $6, window_seconds = $7, interval_seconds = $8, disabled = $9,
    webhook_url = $10, webhook_secret = $11, opens_ticket = $12, version = version + 1, update_time = now(),
    next_time = now(),
    problem = ''
WHERE workspace_id = $1 AND id = $2
RETURNING *
"""

_CLAIM: Final = """
SELECT *, now() AS instant FROM alert_rules
WHERE NOT disabled AND next_time <= now()
ORDER BY next_time LIMIT 1
FOR UPDATE SKIP LOCKED
"""

_DONE: Final = """
UPDATE alert_rules SET check_time = now(), problem = $3, next_time = clock_timestamp() + $4::interval
WHERE workspace_id = $1 AND id = $2
"""

_NEXT: Final = "SELECT min(next_time) - now() FROM alert_rules WHERE NOT disabled"


async def insert(
    connection: Connection,
    workspace_id: str,
    rule_id: UUID,
    new: NewRule,
    *,
    request_id: UUID | None,
    payload_hash: bytes,
) -> Rule | None:
    """Makes a rule; None where `request_id` has made one before."""
    values = (*_values(new), request_id, payload_hash)
    row = await connection.fetchrow(_INSERT, workspace_id, rule_id, *values)
    await notify(connection)
    return None if row is None else _rule(row)


async def by_request(connection: Connection, workspace_id: str, request_id: UUID) -> tuple[Rule, bytes] | None:
    """The rule that a request made, and the hash of what it asked for."""
    row = await connection.fetchrow(_BY_REQUEST, workspace_id, request_id)
    return None if row is None else (_rule(row), row["payload_hash"])


async def read(connection: Connection, workspace_id: str, rule_id: UUID) -> Rule | None:
    """One rule."""
    row = await connection.fetchrow(
        "SELECT * FROM alert_rules WHERE workspace_id = $1 AND id = $2", workspace_id, rule_id
    )
    return None if row is None else _rule(row)


async def list_page(connection: Connection, workspace_id: str, *, after: UUID | None, limit: int) -> list[Rule]:
    """Rules, newest first, after the given one."""
    return [_rule(row) for row in await connection.fetch(_PAGE, workspace_id, after, limit)]


async def lock(connection: Connection, workspace_id: str, rule_id: UUID) -> Rule | None:
    """One rule, which nobody else evaluates or changes until the transaction ends."""
    row = await connection.fetchrow(_LOCK, workspace_id, rule_id)
    return None if row is None else _rule(row)


async def replace(connection: Connection, workspace_id: str, rule_id: UUID, new: NewRule) -> Rule:
    """Replaces a locked rule; it is evaluated at once."""
    row = await connection.fetchrow(_REPLACE, workspace_id, rule_id, *_values(new))
    if row is None:
        raise LookupError("a locked rule is nowhere to be found")
    await notify(connection)
    return _rule(row)


async def delete(connection: Connection, workspace_id: str, rule_id: UUID) -> None:
    """Deletes a locked rule."""
    await connection.execute("DELETE FROM alert_rules WHERE workspace_id = $1 AND id = $2", workspace_id, rule_id)


async def claim(connection: Connection) -> tuple[Rule, datetime] | None:
    """The rule of any workspace that has been due longest, locked, and the present; None when none is due."""
    row = await connection.fetchrow(_CLAIM)
    return None if row is None else (_rule(row), row["instant"])


async def done(connection: Connection, rule: Rule, *, problem: str) -> None:
    """Notes that a claimed rule was looked at, and why that failed."""
    interval = timedelta(seconds=rule.interval_seconds)
    await connection.execute(_DONE, rule.workspace_id, rule.id, problem, interval)


async def seconds_to_next(connection: Connection) -> float | None:
    """Time until a rule is due; None where there is none."""
    delay: timedelta | None = await connection.fetchval(_NEXT)
    return None if delay is None else max(delay.total_seconds(), 0.0)


async def notify(connection: Connection) -> None:
    """Wakes every evaluator when this transaction commits."""
    await connection.execute("SELECT pg_notify($1, '')", RULES_CHANNEL)


def _values(new: NewRule) -> tuple[object, ...]:
    return (
        new.name,
        new.query_json,
        new.kind,
        new.threshold,
        new.window_seconds,
        new.interval_seconds,
        new.disabled,
        new.webhook_url,
        new.webhook_secret,
        new.opens_ticket,
    )


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        workspace_id=row["workspace_id"],
        id=row["id"],
        name=row["name"],
        query_json=row["query_json"],
        kind=Kind(row["kind"]),
        threshold=row["threshold"],
        window_seconds=row["window_seconds"],
        interval_seconds=row["interval_seconds"],
        disabled=row["disabled"],
        webhook_url=row["webhook_url"],
        webhook_secret=row["webhook_secret"],
        opens_ticket=row["opens_ticket"],
        version=row["version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        check_time=row["check_time"],
        problem=row["problem"],
    )
