"""SQL over failed logins."""

from datetime import timedelta
from typing import Final

from services.store.people.lockout import LockoutPolicy
from services.store.pool import Connection

# Counted before the password is checked, under a row lock: guesses side by side cannot slip past the limit.
_COUNT: Final = """
INSERT INTO login_attempts AS held (workspace_id, subject, failures)
VALUES ($1, $2, 1)
ON CONFLICT (workspace_id, subject) DO UPDATE SET
  failures = CASE WHEN held.last_time < now() - $3::interval THEN 1 ELSE held.failures + 1 END,
  last_time = now()
WHERE held.open_time <= now()
RETURNING failures
"""
_CLOSE: Final = "UPDATE login_attempts SET open_time = now() + $3 WHERE workspace_id = $1 AND subject = $2"
_CLOSED_FOR: Final = """
SELECT open_time - now() FROM login_attempts WHERE workspace_id = $1 AND subject = $2
"""
_FORGIVE: Final = """
UPDATE login_attempts SET failures = greatest(failures - 1, 0), open_time = now()
WHERE workspace_id = $1 AND subject = $2
"""
_FORGET: Final = (
    "DELETE FROM login_attempts WHERE workspace_id = $1 AND (subject = $2 OR last_time < now() - $3::interval)"
)


async def count(
    connection: Connection, workspace_id: str, subject: str, *, factor: int, policy: LockoutPolicy
) -> timedelta | None:
    """Counts an attempt as failed until it is known to be right; the time to wait where it may not be made."""
    failures = await connection.fetchval(_COUNT, workspace_id, subject, policy.forget_after)
    if failures is None:
        wait: timedelta = await connection.fetchval(_CLOSED_FOR, workspace_id, subject)
        return max(wait, timedelta(seconds=1))
    delay = policy.wait(failures, factor=factor)
    if delay:
        await connection.execute(_CLOSE, workspace_id, subject, delay)
    return None


async def forgive(connection: Connection, workspace_id: str, subject: str) -> None:
    """Takes back one attempt that was right."""
    await connection.execute(_FORGIVE, workspace_id, subject)


async def forget(connection: Connection, workspace_id: str, subject: str, *, policy: LockoutPolicy) -> None:
    """Starts a count afresh, and drops those that nobody added to for long."""
    await connection.execute(_FORGET, workspace_id, subject, policy.forget_after)
