"""SQL over ratings of turns. They are only added; the one with the greatest number is in force.

The owner is in every condition but that of the list, which is for those who look after the workspace.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.ids import new_id
from services.store.conversations.conversation import Owner, Turn
from services.store.conversations.turn_rating import NewRating, Rating, TurnRating
from services.store.pool import Connection
from services.store.repositories.conversations import rating_of, turn_of

_COLUMNS: Final = "number, rating, comment, create_time AS rate_time, user_id, author_name"

# Two ratings of a turn at once wait for one another, and a turn that is being deleted is waited for.
_HOLD_TURN: Final = """
SELECT conversation_id FROM turns WHERE workspace_id = $1 AND user_id = $2 AND id = $3
ORDER BY conversation_id LIMIT 1 FOR NO KEY UPDATE
"""

_LATEST: Final = f"""
SELECT {_COLUMNS} FROM turn_ratings
WHERE workspace_id = $1 AND user_id = $2 AND conversation_id = $3 AND turn_id = $4 ORDER BY number DESC LIMIT 1
"""

_INSERT: Final = f"""
INSERT INTO turn_ratings (workspace_id, user_id, conversation_id, turn_id, number, id, rating, comment, author_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING {_COLUMNS}
"""

_PAGE: Final = """
SELECT t.*, r.rating, r.comment, r.create_time AS rate_time, r.author_name, r.id AS rating_id
FROM turn_ratings r
JOIN turns t ON (t.workspace_id, t.user_id, t.conversation_id, t.id)
              = (r.workspace_id, r.user_id, r.conversation_id, r.turn_id)
WHERE r.workspace_id = $1 AND r.rating = ANY($2::text[])
  AND ($3::timestamptz IS NULL OR (r.create_time, r.id) < ($3, $4::uuid))
  AND NOT EXISTS (
    SELECT FROM turn_ratings later
    WHERE (later.workspace_id, later.user_id, later.conversation_id, later.turn_id)
        = (r.workspace_id, r.user_id, r.conversation_id, r.turn_id) AND later.number > r.number)
ORDER BY r.create_time DESC, r.id DESC
LIMIT $5
"""

_HISTORIES: Final = f"""
SELECT conversation_id, turn_id, {_COLUMNS} FROM turn_ratings
WHERE workspace_id = $1 AND (user_id, conversation_id, turn_id)
  IN (SELECT * FROM unnest($2::text[], $3::uuid[], $4::uuid[]))
ORDER BY number DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedTurn:
    """A turn with its rating in force, and the id of that rating."""

    turn: Turn
    conversation_id: UUID
    user_id: str
    rating_id: UUID
    rate_time: datetime

    @property
    def key(self) -> tuple[str, UUID, UUID]:
        """Names the turn within its workspace."""
        return self.user_id, self.conversation_id, self.turn.turn.id


async def rate(connection: Connection, owner: Owner, turn_id: UUID, new: NewRating) -> tuple[bool, TurnRating | None]:
    """Whether the owner has the turn, and its rating now in force, None where it is cleared."""
    conversation_id = await connection.fetchval(_HOLD_TURN, owner.workspace_id, owner.user_id, turn_id)
    if conversation_id is None:
        return False, None
    key = (owner.workspace_id, owner.user_id, conversation_id, turn_id)
    latest = await connection.fetchrow(_LATEST, *key)
    if new.says(None if latest is None else rating_of(latest)):
        return True, _in_force(latest)
    number = 1 if latest is None else latest["number"] + 1
    stored = await connection.fetchrow(_INSERT, *key, number, UUID(new_id()), new.rating, new.comment, new.author_name)
    return True, _in_force(stored)


async def list_page(
    connection: Connection,
    workspace_id: str,
    ratings: Sequence[Rating],
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RatedTurn]:
    """Turns whose rating in force is one of those given, rated last first, after the given place (time, rating id)."""
    place = (None, None) if after is None else after
    rows = await connection.fetch(_PAGE, workspace_id, ratings, *place, limit)
    return [
        RatedTurn(
            turn=turn_of(row),
            conversation_id=row["conversation_id"],
            user_id=row["user_id"],
            rating_id=row["rating_id"],
            rate_time=row["rate_time"],
        )
        for row in rows
    ]


async def histories(
    connection: Connection, workspace_id: str, turns: Collection[RatedTurn]
) -> dict[tuple[str, UUID, UUID], list[TurnRating]]:
    """Every rating of the turns by their keys, newest first."""
    keys = [list(column) for column in zip(*(turn.key for turn in turns), strict=True)] or [[], [], []]
    found: dict[tuple[str, UUID, UUID], list[TurnRating]] = defaultdict(list)
    for row in await connection.fetch(_HISTORIES, workspace_id, *keys):
        found[row["user_id"], row["conversation_id"], row["turn_id"]].append(rating_of(row))
    return found


def _in_force(row: asyncpg.Record | None) -> TurnRating | None:
    return None if row is None or row["rating"] == Rating.CLEARED else rating_of(row)
