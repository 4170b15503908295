"""SQL over service tokens."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.auth import Role
from services.store.people.login_tokens import ServiceToken, TokenHolder
from services.store.pool import Connection
from services.store.repositories import users

_COUNT: Final = """
SELECT count(*) FROM service_tokens
WHERE workspace_id = $1 AND user_id = $2 AND revoke_time IS NULL AND coalesce(expire_time, 'infinity') > now()
"""
_INSERT: Final = """
INSERT INTO service_tokens (workspace_id, id, user_id, name, role, token_hash, expire_time)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING *
"""
_LIST: Final = """
SELECT * FROM service_tokens
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4
"""
_REVOKE: Final = """
UPDATE service_tokens SET revoke_time = coalesce(revoke_time, now())
WHERE workspace_id = $1 AND id = $2 AND ($3::uuid IS NULL OR user_id = $3)
RETURNING *
"""
_FIND: Final = """
SELECT * FROM service_tokens
WHERE workspace_id = $1 AND token_hash = $2 AND revoke_time IS NULL AND coalesce(expire_time, 'infinity') > now()
"""
_USED: Final = """
UPDATE service_tokens SET use_time = now()
WHERE workspace_id = $1 AND id = $2 AND coalesce(use_time, '-infinity') < now() - interval '1 minute'
"""


async def in_force(connection: Connection, workspace_id: str, user_id: UUID) -> int:
    """Number of a user's tokens that work."""
    count: int = await connection.fetchval(_COUNT, workspace_id, user_id)
    return count


async def insert(
    connection: Connection,
    workspace_id: str,
    *,
    token_id: UUID,
    user_id: UUID,
    name: str,
    role: Role,
    token_hash: bytes,
    expire_time: datetime | None,
) -> ServiceToken:
    """Keeps a new token."""
    values = (token_id, user_id, name, role.value, token_hash, expire_time)
    (row,) = await connection.fetch(_INSERT, workspace_id, *values)
    return _token(row)


async def list_page(
    connection: Connection, workspace_id: str, *, user_id: UUID | None, before: UUID | None, limit: int
) -> list[ServiceToken]:
    """Tokens of a user, or of all, the newest first."""
    return [_token(row) for row in await connection.fetch(_LIST, workspace_id, user_id, before, limit)]


async def revoke(
    connection: Connection, workspace_id: str, token_id: UUID, *, user_id: UUID | None
) -> ServiceToken | None:
    """Ends a token, of this user where one is given; None when there is none."""
    row = await connection.fetchrow(_REVOKE, workspace_id, token_id, user_id)
    return None if row is None else _token(row)


async def holder(connection: Connection, workspace_id: str, token_hash: bytes) -> TokenHolder | None:
    """Whom a token in force stands for; notes that it was used."""
    row = await connection.fetchrow(_FIND, workspace_id, token_hash)
    if row is None:
        return None
    user = await users.read(connection, workspace_id, row["user_id"])
    if user is None:
        return None
    await connection.execute(_USED, workspace_id, row["id"])
    return TokenHolder(user=user, token=_token(row))


def _token(row: asyncpg.Record) -> ServiceToken:
    return ServiceToken(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        role=Role(row["role"]),
        create_time=row["create_time"],
        expire_time=row["expire_time"],
        use_time=row["use_time"],
        revoke_time=row["revoke_time"],
    )
