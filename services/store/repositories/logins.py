"""SQL over logins and their refresh tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.store.pool import Connection

_START: Final = """
INSERT INTO logins (workspace_id, id, user_id, expire_time) VALUES ($1, $2, $3, now() + $4) RETURNING expire_time
"""
_ADD: Final = "INSERT INTO refresh_tokens (workspace_id, token_hash, login_id) VALUES ($1, $2, $3)"
_FIND: Final = """
SELECT login.id, login.user_id, token.spend_time IS NOT NULL AS spent,
  coalesce(token.spend_time < now() - $3::interval, false) AS spent_long_ago,
  login.end_time IS NULL AND login.expire_time > now() AS in_force
FROM refresh_tokens token
JOIN logins login ON login.workspace_id = token.workspace_id AND login.id = token.login_id
WHERE token.workspace_id = $1 AND token.token_hash = $2
FOR UPDATE
"""
# A token that was renewed twice has two successors: the first of them that is used takes the other's grace away.
_SPEND: Final = """
UPDATE refresh_tokens SET spend_time = CASE WHEN token_hash = $3 THEN now() ELSE '-infinity' END
WHERE workspace_id = $1 AND login_id = $2 AND spend_time IS NULL
"""
_RENEW: Final = """
UPDATE logins SET renew_time = now(), expire_time = least(now() + $3, create_time + $4)
WHERE workspace_id = $1 AND id = $2
RETURNING expire_time
"""
_END: Final = "UPDATE logins SET end_time = now() WHERE workspace_id = $1 AND id = $2 AND end_time IS NULL"
_END_ALL: Final = "UPDATE logins SET end_time = now() WHERE workspace_id = $1 AND user_id = $2 AND end_time IS NULL"
# Kept for a while after their end, so that a copied token is still known as one.
_PRUNE: Final = """
DELETE FROM logins WHERE workspace_id = $1 AND user_id = $2
AND least(expire_time, coalesce(end_time, 'infinity')) < now() - interval '7 days'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLogin:
    """The login of a refresh token. `spent`: this token was used before, `spent_long_ago`: and not just now."""

    id: UUID
    user_id: UUID
    spent: bool
    spent_long_ago: bool
    in_force: bool


async def start(
    connection: Connection, workspace_id: str, *, login_id: UUID, user_id: UUID, token_hash: bytes, idle: timedelta
) -> datetime:
    """Starts a login with its first token and answers when it ends; drops the user's old ones."""
    await connection.execute(_PRUNE, workspace_id, user_id)
    expire_time: datetime = await connection.fetchval(_START, workspace_id, login_id, user_id, idle)
    await connection.execute(_ADD, workspace_id, token_hash, login_id)
    return expire_time


async def find(
    connection: Connection, workspace_id: str, token_hash: bytes, *, grace: timedelta = timedelta()
) -> FoundLogin | None:
    """The login of a token, locked until the transaction ends. `grace` is how long "just now" lasts."""
    row = await connection.fetchrow(_FIND, workspace_id, token_hash, grace)
    return None if row is None else FoundLogin(**dict(row))


async def renew(
    connection: Connection,
    workspace_id: str,
    login_id: UUID,
    *,
    spent_hash: bytes | None,
    next_hash: bytes,
    idle: timedelta,
    longest: timedelta,
) -> datetime:
    """Spends a token, unless it is spent already, adds the next and answers when the login now ends."""
    if spent_hash is not None:
        await connection.execute(_SPEND, workspace_id, login_id, spent_hash)
    await connection.execute(_ADD, workspace_id, next_hash, login_id)
    expire_time: datetime = await connection.fetchval(_RENEW, workspace_id, login_id, idle, longest)
    return expire_time


async def end(connection: Connection, workspace_id: str, login_id: UUID) -> None:
    """Ends a login."""
    await connection.execute(_END, workspace_id, login_id)


async def end_all(connection: Connection, workspace_id: str, user_id: UUID) -> None:
    """Ends every login of a user."""
    await connection.execute(_END_ALL, workspace_id, user_id)
