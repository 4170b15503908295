"""SQL over users."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.auth import Role
from services.store.people.user import User, username_key
from services.store.pool import Connection

_INSERT: Final = """
INSERT INTO users (workspace_id, id, username, username_key, role, password_hash)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT users_username DO NOTHING
RETURNING *
"""
_LIST: Final = """
SELECT * FROM users WHERE workspace_id = $1 AND username_key > $2 ORDER BY username_key LIMIT $3
"""
_UPDATE: Final = """
UPDATE users SET
  role = coalesce($3, role),
  disable_time = CASE WHEN $4::boolean IS NULL THEN disable_time WHEN $4 THEN coalesce(disable_time, now()) END
WHERE workspace_id = $1 AND id = $2
RETURNING *
"""
_ADMINS: Final = """
SELECT id FROM users WHERE workspace_id = $1 AND role = 'admin' AND disable_time IS NULL ORDER BY id FOR UPDATE
"""
_SET_HASH: Final = "UPDATE users SET password_hash = $3 WHERE workspace_id = $1 AND id = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user with the hash of their password."""

    user: User
    password_hash: str


async def insert(
    connection: Connection, workspace_id: str, *, user_id: UUID, username: str, role: Role, password_hash: str
) -> User | None:
    """Makes a user; None when the name is taken."""
    row = await connection.fetchrow(
        _INSERT, workspace_id, user_id, username, username_key(username), role, password_hash
    )
    return None if row is None else _user(row)


async def read(connection: Connection, workspace_id: str, user_id: UUID) -> User | None:
    """The user with this id."""
    row = await connection.fetchrow("SELECT * FROM users WHERE workspace_id = $1 AND id = $2", workspace_id, user_id)
    return None if row is None else _user(row)


async def credentials(connection: Connection, workspace_id: str, username: str) -> Credentials | None:
    """The user with this name, in any case, and their hash."""
    row = await connection.fetchrow(
        "SELECT * FROM users WHERE workspace_id = $1 AND username_key = $2", workspace_id, username_key(username)
    )
    return None if row is None else Credentials(user=_user(row), password_hash=row["password_hash"])


async def list_page(connection: Connection, workspace_id: str, *, after: str, limit: int) -> list[User]:
    """Users by name, after this one (in the form in which names are compared)."""
    return [_user(row) for row in await connection.fetch(_LIST, workspace_id, after, limit)]


async def update(
    connection: Connection, workspace_id: str, user_id: UUID, *, role: Role | None, disabled: bool | None
) -> User | None:
    """Changes what is given; None when there is no such user."""
    row = await connection.fetchrow(_UPDATE, workspace_id, user_id, role and role.value, disabled)
    return None if row is None else _user(row)


async def lock_admins(connection: Connection, workspace_id: str) -> list[UUID]:
    """The admins who are enabled, locked until the transaction ends: two changes cannot both leave the other one."""
    return [row["id"] for row in await connection.fetch(_ADMINS, workspace_id)]


async def set_password(connection: Connection, workspace_id: str, user_id: UUID, password_hash: str) -> bool:
    """Keeps another hash; False when there is no such user."""
    done: str = await connection.execute(_SET_HASH, workspace_id, user_id, password_hash)
    return done == "UPDATE 1"


def _user(row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        workspace_id=row["workspace_id"],
        username=row["username"],
        role=Role(row["role"]),
        create_time=row["create_time"],
        disabled=row["disable_time"] is not None,
    )
