"""SQL over conversations and turns. The owner is in every condition: another user's rows do not exist here."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.store.conversations.conversation import Conversation, NewConversation, NewTurn, Owner, Turn
from services.store.conversations.turn_rating import Rating, TurnRating
from services.store.pool import Connection

_OWNED: Final = "workspace_id = $1 AND user_id = $2"

_SHOWN: Final = """
conversations.*, (
  SELECT count(*) FROM conversation_memories AS m
  WHERE (m.workspace_id, m.user_id, m.conversation_id)
      = (conversations.workspace_id, conversations.user_id, conversations.id)
) AS memory_count
"""

_INSERT: Final = f"""
INSERT INTO conversations (workspace_id, user_id, id, title, mode, system_prompt)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace_id, user_id, id) DO UPDATE SET title = excluded.title
WHERE conversations.title = '' AND conversations.turn_count = 0 AND excluded.title <> ''
RETURNING {_SHOWN}, xmax = 0 AS created
"""

_READ: Final = f"SELECT {_SHOWN} FROM conversations WHERE {_OWNED} AND id = $3"

_PAGE: Final = f"""
SELECT {_SHOWN} FROM conversations
WHERE {_OWNED} AND ($3::timestamptz IS NULL OR (update_time, id) < ($3, $4::uuid))
ORDER BY update_time DESC, id DESC
LIMIT $5
"""

_RENAME: Final = f"UPDATE conversations SET title = $4 WHERE {_OWNED} AND id = $3 RETURNING {_SHOWN}"

_LOCK: Final = f"SELECT turn_count FROM conversations WHERE {_OWNED} AND id = $3 FOR UPDATE"

# With what is said of each.
_TURNS: Final = """
SELECT * FROM turns LEFT JOIN LATERAL (
  SELECT r.rating, r.comment, r.create_time AS rate_time, r.author_name FROM turn_ratings r
  WHERE (r.workspace_id, r.user_id, r.conversation_id, r.turn_id)
      = (turns.workspace_id, turns.user_id, turns.conversation_id, turns.id)
  ORDER BY r.number DESC LIMIT 1
) AS rated ON true
"""

_READ_TURN: Final = f"{_TURNS} WHERE {_OWNED} AND conversation_id = $3 AND id = $4"

_TURN_BY_ID: Final = f"{_TURNS} WHERE {_OWNED} AND id = $3 ORDER BY conversation_id LIMIT 1"

_INSERT_TURN: Final = """
INSERT INTO turns (workspace_id, user_id, conversation_id, number, id, start_time, end_time, status, question, answer,
                   details_json)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

# A conversation is used last when its last turn is stored; the clock of one statement keeps two of a moment apart.
_COUNT_TURN: Final = f"""
UPDATE conversations SET turn_count = $4, update_time = clock_timestamp() WHERE {_OWNED} AND id = $3
"""

_TURNS_UP: Final = f"""
{_TURNS} WHERE {_OWNED} AND conversation_id = $3 AND number > $4 ORDER BY number LIMIT $5
"""

_TURNS_DOWN: Final = f"""
{_TURNS} WHERE {_OWNED} AND conversation_id = $3 AND number < $4 ORDER BY number DESC LIMIT $5
"""


async def ensure(connection: Connection, owner: Owner, new: NewConversation) -> tuple[Conversation | None, bool]:
    """The owner's conversation with this id, and whether it was made just now; one without title and turns is named.

    None when another call made it meanwhile and this transaction cannot see it. One that is there is only read: every
    message of a conversation begins here, and a lock alone would have it wait for the disk.
    """
    known = await read(connection, owner, new.id)
    if known is not None and (known.title or known.turn_count or not new.title):
        return known, False
    row = await connection.fetchrow(
        _INSERT, owner.workspace_id, owner.user_id, new.id, new.title, new.mode, new.system_prompt
    )
    if row is None:
        return await read(connection, owner, new.id), False
    return _conversation(row), row["created"]


async def read(connection: Connection, owner: Owner, conversation_id: UUID) -> Conversation | None:
    """The owner's conversation with this id."""
    row = await connection.fetchrow(_READ, owner.workspace_id, owner.user_id, conversation_id)
    return None if row is None else _conversation(row)


async def list_page(
    connection: Connection, owner: Owner, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Conversation]:
    """The owner's conversations, last used first, after the given place (update time, id)."""
    place = (None, None) if after is None else after
    rows = await connection.fetch(_PAGE, owner.workspace_id, owner.user_id, *place, limit)
    return [_conversation(row) for row in rows]


async def rename(connection: Connection, owner: Owner, conversation_id: UUID, title: str) -> Conversation | None:
    """Gives the conversation another title; None when the owner has none with this id."""
    row = await connection.fetchrow(_RENAME, owner.workspace_id, owner.user_id, conversation_id, title)
    return None if row is None else _conversation(row)


async def delete(connection: Connection, owner: Owner, conversation_id: UUID) -> bool:
    """Deletes the conversation and its turns; False when the owner has none with this id."""
    outcome = await connection.execute(
        f"DELETE FROM conversations WHERE {_OWNED} AND id = $3", owner.workspace_id, owner.user_id, conversation_id
    )
    return outcome == "DELETE 1"


async def append_turn(connection: Connection, owner: Owner, conversation_id: UUID, turn: NewTurn) -> Turn | None:
    """Adds a turn at the end, or answers the one that has its id; None when the owner has no such conversation."""
    key = (owner.workspace_id, owner.user_id, conversation_id)
    count = await connection.fetchval(_LOCK, *key)
    if count is None:
        return None
    if existing := await connection.fetchrow(_READ_TURN, *key, turn.id):
        return turn_of(existing)
    stored = Turn(number=count + 1, turn=turn)
    await connection.execute(
        _INSERT_TURN,
        *key,
        stored.number,
        turn.id,
        turn.start_time,
        turn.end_time,
        turn.status,
        turn.question,
        turn.answer,
        turn.details_json,
    )
    await connection.execute(_COUNT_TURN, *key, stored.number)
    return stored


async def list_turns(
    connection: Connection, owner: Owner, conversation_id: UUID, *, beyond: int, newest_first: bool, limit: int
) -> list[Turn]:
    """Turns after number `beyond` in the direction of the list."""
    rows = await connection.fetch(
        _TURNS_DOWN if newest_first else _TURNS_UP, owner.workspace_id, owner.user_id, conversation_id, beyond, limit
    )
    return [turn_of(row) for row in rows]


async def read_turn(connection: Connection, owner: Owner, turn_id: UUID) -> tuple[Turn, UUID] | None:
    """The owner's turn with this id, and the conversation it is in."""
    row = await connection.fetchrow(_TURN_BY_ID, owner.workspace_id, owner.user_id, turn_id)
    return None if row is None else (turn_of(row), row["conversation_id"])


def _conversation(row: asyncpg.Record) -> Conversation:
    return Conversation(
        id=row["id"],
        title=row["title"],
        mode=row["mode"],
        system_prompt=row["system_prompt"],
        turn_count=row["turn_count"],
        memory_count=row["memory_count"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )


def turn_of(row: asyncpg.Record) -> Turn:
    """The turn of a row with its rating: columns rating, comment, rate_time and author_name, null for none."""
    return Turn(
        number=row["number"],
        rating=None if row["rating"] in {None, Rating.CLEARED} else rating_of(row),
        turn=NewTurn(
            id=row["id"],
            question=row["question"],
            answer=row["answer"],
            status=row["status"],
            details_json=row["details_json"],
            start_time=row["start_time"],
            end_time=row["end_time"],
        ),
    )


def rating_of(row: asyncpg.Record) -> TurnRating:
    """The rating of a row: columns rating, comment, rate_time, user_id and author_name."""
    return TurnRating(
        rating=Rating(row["rating"]),
        comment=row["comment"],
        create_time=row["rate_time"],
        author_id=row["user_id"],
        author_name=row["author_name"],
    )
