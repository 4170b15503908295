"""SQL over relabellings: asking for one, claiming it, the messages whose turn it is, and what became of them.

A claim is an advisory lock, which lives as long as its transaction; the row stays free, so that cancelling waits for
nobody.
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from services.store.filters import UNSUPPORTED_LANGUAGE, TimeRange
from services.store.message import LabelAuthor
from services.store.pool import Connection
from services.store.repositories import label_queue
from services.store.repositories.label_queue import WaitingMessage
from services.store.statistics.estimates import Model
from services.store.statistics.model_preview import NO_LABELS, LabelBits

RELABELLING_CHANNEL: Final = "earshot_relabelling"

_IN_RANGE: Final = "m.event_time >= {start} AND m.event_time < {end}"

_INSERT: Final = f"""
INSERT INTO relabellings (workspace_id, id, request_id, range_start, asked_end, range_end, after_time, messages)
SELECT $1, $2, $3, $4, $5, ends, starts, (
  SELECT count(*) FROM messages m WHERE m.workspace_id = $1 AND {_IN_RANGE.format(start="starts", end="ends")})
FROM (SELECT coalesce($4::timestamptz, 'epoch') AS starts, least($5::timestamptz, now()) AS ends) AS closed
RETURNING *
"""

_RETRY_FAILED: Final = f"""
UPDATE label_queue q SET failed = false, attempts = 0, retry_time = now()
FROM messages m
WHERE q.workspace_id = $1 AND q.failed AND m.workspace_id = q.workspace_id AND m.id = q.message_id
  AND {_IN_RANGE.format(start="coalesce($2::timestamptz, 'epoch')", end="$3")}
"""

_READ: Final = "SELECT * FROM relabellings WHERE workspace_id = $1 AND id = $2"
_OF_REQUEST: Final = "SELECT * FROM relabellings WHERE workspace_id = $1 AND request_id = $2"
_LIST: Final = """
SELECT * FROM relabellings WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_CANCEL: Final = """
UPDATE relabellings SET state = 'cancelled', end_time = now() WHERE workspace_id = $1 AND id = $2 AND state = 'running'
"""

_RUNNING: Final = "SELECT * FROM relabellings WHERE state = 'running' ORDER BY create_time, workspace_id"
_TAKE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 0))"

# Labelled by another model, or in a language that was not accepted then: those have their text read.
_PAGE: Final = f"""
SELECT m.event_time, m.id, l.author, l.valid_from, l.intent_mask, l.category_mask, l.sentiment,
  CASE WHEN l.author = '{LabelAuthor.MODEL}' AND ((l.model_name, l.model_version) <> ($5, $6) OR {UNSUPPORTED_LANGUAGE})
    THEN m.text END AS text,
  {UNSUPPORTED_LANGUAGE} IS TRUE,
  (SELECT s.accepted_languages FROM workspace_settings s WHERE s.workspace_id = m.workspace_id)
FROM messages m
LEFT JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
WHERE m.workspace_id = $1 AND m.event_time < $2 AND (m.event_time, m.id) > ($3, $4)
ORDER BY m.event_time, m.id LIMIT $7
"""

_ADVANCE: Final = """
UPDATE relabellings SET after_time = $3, after_id = $4, considered = considered + $5, judged = judged + $6,
  relabelled = relabelled + $7, changed = changed + $8, refused = refused + $9
WHERE workspace_id = $1 AND id = $2 AND state = 'running'
RETURNING true
"""
_END: Final = """
UPDATE relabellings SET state = 'done', end_time = now() WHERE workspace_id = $1 AND id = $2 AND state = 'running'
"""

TakenError = asyncpg.UniqueViolationError
"""Another one runs, or its request id was used before."""


class RelabellingState(StrEnum):
    """Whether it goes on, as the column has it."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Messages that had their turn, and what became of them."""

    considered: int
    judged: int
    relabelled: int
    changed: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelling:
    """A range whose messages are labelled anew. `asked`: as it was given. `messages`: those in it at the beginning."""

    workspace_id: str
    id: UUID
    range: TimeRange
    asked: TimeRange
    state: RelabellingState
    messages: int
    progress: Progress
    create_time: datetime
    end_time: datetime | None
    place: tuple[datetime, UUID]
    """Event time and id of the message that had its turn last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message whose turn it is, and its labels in force. `waiting`: what the model is to label, None to leave it."""

    event_time: datetime
    id: UUID
    judged: bool
    """A person gave them."""
    unsupported: bool
    """It is in a language that was not accepted."""
    valid_from: datetime | None
    labels: LabelBits
    waiting: WaitingMessage | None


async def insert(
    connection: Connection, workspace_id: str, *, relabelling_id: UUID, request_id: UUID | None, asked: TimeRange
) -> Relabelling:
    """Begins one, and tells those who do the work when the transaction commits. Raises TakenError."""
    (row,) = await connection.fetch(_INSERT, workspace_id, relabelling_id, request_id, asked.start, asked.end)
    made = _relabelling(row)
    await connection.execute(_RETRY_FAILED, workspace_id, made.range.start, made.range.end)
    await label_queue.notify_pending(connection)
    await connection.execute("SELECT pg_notify($1, '')", RELABELLING_CHANNEL)
    return made


async def read(connection: Connection, workspace_id: str, relabelling_id: UUID) -> Relabelling | None:
    """None where the workspace has none of this id."""
    row = await connection.fetchrow(_READ, workspace_id, relabelling_id)
    return None if row is None else _relabelling(row)


async def of_request(connection: Connection, workspace_id: str, request_id: UUID) -> Relabelling | None:
    """What a request began."""
    row = await connection.fetchrow(_OF_REQUEST, workspace_id, request_id)
    return None if row is None else _relabelling(row)


async def list_page(connection: Connection, workspace_id: str, *, before: UUID | None, limit: int) -> list[Relabelling]:
    """At most `limit`, the newest first."""
    return [_relabelling(row) for row in await connection.fetch(_LIST, workspace_id, before, limit)]


async def cancel(connection: Connection, workspace_id: str, relabelling_id: UUID) -> None:
    """Ends one that runs, and with it the batch in progress."""
    await connection.execute(_CANCEL, workspace_id, relabelling_id)


async def claim(connection: Connection) -> Relabelling | None:
    """One of any workspace that runs and that no other process works on, locked until the transaction ends."""
    for row in await connection.fetch(_RUNNING):
        if await connection.fetchval(_TAKE, row["id"]):
            return _relabelling(row)
    return None


async def turns(connection: Connection, relabelling: Relabelling, model: Model, limit: int) -> list[Turn]:
    """The next messages of the range, at most `limit`. `model`: whose labels need not be made anew."""
    place = (relabelling.range.end, *relabelling.place)
    rows = await connection.fetch(_PAGE, relabelling.workspace_id, *place, model.name, model.version, limit)
    return [_turn(relabelling.workspace_id, row) for row in rows]


async def advance(connection: Connection, relabelling: Relabelling, last: Turn, done: Progress) -> bool:
    """Notes that the messages up to `last` had their turn; False where it does not run any more."""
    key = (relabelling.workspace_id, relabelling.id)
    return bool(await connection.fetchval(_ADVANCE, *key, last.event_time, last.id, *astuple(done)))


async def end(connection: Connection, relabelling: Relabelling) -> None:
    """Every message had its turn."""
    await connection.execute(_END, relabelling.workspace_id, relabelling.id)


def _turn(workspace_id: str, row: asyncpg.Record) -> Turn:
    event_time, message_id, author, valid_from, intents, categories, sentiment, text, unsupported, languages = row
    waiting = WaitingMessage(
        workspace_id=workspace_id,
        id=message_id,
        text=text or "",
        languages=None if languages is None else tuple(languages),
    )
    return Turn(
        event_time=event_time,
        id=message_id,
        judged=author == LabelAuthor.HUMAN,
        unsupported=unsupported,
        valid_from=valid_from,
        labels=NO_LABELS if author is None else LabelBits(intents, categories, sentiment),
        waiting=None if text is None else waiting,
    )


def _relabelling(row: asyncpg.Record) -> Relabelling:
    return Relabelling(
        workspace_id=row["workspace_id"],
        id=row["id"],
        range=TimeRange(start=row["range_start"], end=row["range_end"]),
        asked=TimeRange(start=row["range_start"], end=row["asked_end"]),
        state=RelabellingState(row["state"]),
        messages=row["messages"],
        progress=Progress(
            considered=row["considered"],
            judged=row["judged"],
            relabelled=row["relabelled"],
            changed=row["changed"],
            refused=row["refused"],
        ),
        create_time=row["create_time"],
        end_time=row["end_time"],
        place=(row["after_time"], row["after_id"]),
    )
