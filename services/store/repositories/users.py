"""SQL over users."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.auth import Role
from services.store.pool import Connection
from services.store.user import User, username_key

_INSERT: Final = """
INSERT INTO users (workspace_id, id, username, username_key, role, password_hash)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT users_username DO NOTHING
RETURNING *
"""


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


def _user(row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        workspace_id=row["workspace_id"],
        username=row["username"],
        role=Role(row["role"]),
        create_time=row["create_time"],
    )
