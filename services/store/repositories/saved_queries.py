"""SQL over saved queries. Whose they may be is in every condition: the workspace's have the empty owner."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from services.store.pool import Connection
from services.store.saved_query import Kind, NewSavedQuery, SavedQuery, name_key

_PUT: Final = """
INSERT INTO saved_queries (workspace_id, id, kind, owner_id, name, name_key, query_json, days, first_day, last_day,
                           operation, author_id, author_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT ON CONSTRAINT saved_queries_name DO UPDATE
SET name = EXCLUDED.name, query_json = EXCLUDED.query_json, days = EXCLUDED.days, first_day = EXCLUDED.first_day,
    last_day = EXCLUDED.last_day, operation = EXCLUDED.operation, author_id = EXCLUDED.author_id,
    author_name = EXCLUDED.author_name, update_time = clock_timestamp()
RETURNING *
"""
_COUNT: Final = "SELECT count(*) FROM saved_queries WHERE workspace_id = $1 AND kind = $2 AND owner_id = $3"
_VISIBLE: Final = "workspace_id = $1 AND owner_id IN ($2, '')"
_LIST: Final = f"""
SELECT * FROM saved_queries
WHERE {_VISIBLE} AND kind = ANY($3::text[]) AND ($4::bytea IS NULL OR name_key = $4) AND ($5::uuid IS NULL OR id < $5)
ORDER BY id DESC
LIMIT $6
"""
_LOCK: Final = f"SELECT * FROM saved_queries WHERE {_VISIBLE} AND id = $3 FOR UPDATE"
_RENAME: Final = """
UPDATE saved_queries SET name = $3, name_key = $4, update_time = clock_timestamp()
WHERE workspace_id = $1 AND id = $2
RETURNING *
"""
_DELETE: Final = "DELETE FROM saved_queries WHERE workspace_id = $1 AND id = $2"

TakenError = asyncpg.UniqueViolationError


async def put(connection: Connection, workspace_id: str, new_id: UUID, new: NewSavedQuery) -> SavedQuery:
    """Keeps a query, under `new_id` where its owner has none of this kind and name yet."""
    row = await connection.fetchrow(
        _PUT,
        workspace_id,
        new_id,
        new.kind,
        new.owner_id,
        new.name,
        name_key(new.name),
        new.query_json,
        new.days,
        new.first_day,
        new.last_day,
        new.operation,
        new.author_id,
        new.author_name,
    )
    assert row is not None  # noqa: S101 - an upsert always returns its row
    return _saved(row)


async def count(connection: Connection, workspace_id: str, kind: Kind, owner_id: str) -> int:
    """How many an owner has of a kind."""
    number: int = await connection.fetchval(_COUNT, workspace_id, kind, owner_id)
    return number


async def list_page(
    connection: Connection,
    workspace_id: str,
    user_id: str,
    *,
    kinds: Sequence[str],
    name: str,
    before: UUID | None,
    limit: int,
) -> list[SavedQuery]:
    """The user's and the workspace's, the newest first; only those called `name` unless it is empty."""
    key = name_key(name) if name else None
    rows = await connection.fetch(_LIST, workspace_id, user_id, list(kinds), key, before, limit)
    return [_saved(row) for row in rows]


async def lock(connection: Connection, workspace_id: str, user_id: str, query_id: UUID) -> SavedQuery | None:
    """The query, if it is the user's or the workspace's, locked until the transaction ends."""
    row = await connection.fetchrow(_LOCK, workspace_id, user_id, query_id)
    return None if row is None else _saved(row)


async def rename(connection: Connection, workspace_id: str, query_id: UUID, name: str) -> SavedQuery:
    """Gives a locked query another name. Raises TakenError."""
    (row,) = await connection.fetch(_RENAME, workspace_id, query_id, name, name_key(name))
    return _saved(row)


async def delete(connection: Connection, workspace_id: str, query_id: UUID) -> None:
    """Deletes a locked query."""
    await connection.execute(_DELETE, workspace_id, query_id)


def _saved(row: asyncpg.Record) -> SavedQuery:
    return SavedQuery(
        id=row["id"],
        saved=NewSavedQuery(
            kind=Kind(row["kind"]),
            owner_id=row["owner_id"],
            name=row["name"],
            query_json=row["query_json"],
            days=row["days"],
            first_day=row["first_day"],
            last_day=row["last_day"],
            operation=row["operation"],
            author_id=row["author_id"],
            author_name=row["author_name"],
        ),
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
