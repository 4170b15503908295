"""SQL over invitations."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.auth import Role
from services.store.people.invitation import Invitation
from services.store.pool import Connection

_OPEN: Final = """
WHERE invitations.workspace_id = $1 AND use_time IS NULL AND revoke_time IS NULL AND expire_time > now()
"""
_COUNT: Final = f"SELECT count(*) FROM invitations {_OPEN}"
_INSERT: Final = """
INSERT INTO invitations (workspace_id, id, role, token_hash, invited_by, expire_time)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING *
"""
_LIST: Final = f"""
SELECT * FROM invitations {_OPEN} AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC
LIMIT $3
"""
_REVOKE: Final = """
UPDATE invitations SET revoke_time = coalesce(revoke_time, now())
WHERE workspace_id = $1 AND id = $2 AND use_time IS NULL
RETURNING *
"""
# Of two at once the second waits for the first one's commit, looks at the row again, and finds it used.
_SPEND: Final = f"""
UPDATE invitations SET use_time = now() {_OPEN} AND token_hash = $2 AND EXISTS (
  SELECT FROM users
  WHERE users.workspace_id = $1 AND users.id = invited_by AND users.role = 'admin' AND disable_time IS NULL
)
RETURNING role
"""


async def count_open(connection: Connection, workspace_id: str) -> int:
    """Number of invitations that can still be used."""
    count: int = await connection.fetchval(_COUNT, workspace_id)
    return count


async def insert(
    connection: Connection,
    workspace_id: str,
    *,
    invitation_id: UUID,
    role: Role,
    token_hash: bytes,
    invited_by: UUID,
    expire_time: datetime,
) -> Invitation:
    """Keeps a new invitation."""
    values = (invitation_id, role.value, token_hash, invited_by, expire_time)
    (row,) = await connection.fetch(_INSERT, workspace_id, *values)
    return _invitation(row)


async def list_page(connection: Connection, workspace_id: str, *, before: UUID | None, limit: int) -> list[Invitation]:
    """Open invitations, the newest first."""
    return [_invitation(row) for row in await connection.fetch(_LIST, workspace_id, before, limit)]


async def revoke(connection: Connection, workspace_id: str, invitation_id: UUID) -> Invitation | None:
    """Ends an invitation; None when there is none that was not used."""
    row = await connection.fetchrow(_REVOKE, workspace_id, invitation_id)
    return None if row is None else _invitation(row)


async def spend(connection: Connection, workspace_id: str, token_hash: bytes) -> Role | None:
    """Uses an open invitation of somebody who is an admin still; the role it gives, None when there is none."""
    role: str | None = await connection.fetchval(_SPEND, workspace_id, token_hash)
    return None if role is None else Role(role)


def _invitation(row: asyncpg.Record) -> Invitation:
    return Invitation(
        id=row["id"],
        role=Role(row["role"]),
        invited_by=row["invited_by"],
        create_time=row["create_time"],
        expire_time=row["expire_time"],
        revoke_time=row["revoke_time"],
    )
