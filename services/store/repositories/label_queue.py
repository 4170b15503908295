"""SQL of the enricher: claim messages that wait for labels, write what the classifier said, clear the claim.

A claim is a row lock. It lives as long as its transaction, so a process that dies, or loses its connection, leaves
nothing claimed, and no other process can take a message that is being worked on.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg

from services.store.message import LabelSet
from services.store.pool import Connection
from services.store.repositories import label_sets, message_changes
from services.store.repositories.message_changes import Kind

PENDING_CHANNEL: Final = "earshot_pending"
LABELLED_CHANNEL: Final = "earshot_labelled"
MAX_ATTEMPTS: Final = 5

_ID_BYTES: Final = 16
# Postgres allows payloads below 8,000 bytes; 300 ids take 6,400 in base64.
_IDS_PER_NOTIFICATION: Final = 300

# The languages by a subquery: a third table in the join could change the plan.
_CLAIM: Final = """
SELECT q.workspace_id, q.message_id, m.text, q.bulk,
       (SELECT s.accepted_languages FROM workspace_settings s WHERE s.workspace_id = q.workspace_id)
FROM label_queue q JOIN messages m ON m.workspace_id = q.workspace_id AND m.id = q.message_id
WHERE {lane} AND NOT q.failed AND q.retry_time <= now()
ORDER BY q.retry_time, q.message_id
LIMIT $1
FOR UPDATE OF q SKIP LOCKED
"""
# One statement for each, because each has an index of its own.
_CLAIM_FRESH: Final = _CLAIM.format(lane="NOT q.bulk")
_CLAIM_BULK: Final = _CLAIM.format(lane="q.bulk")

_ANY_WAITS: Final = """
SELECT EXISTS (SELECT FROM label_queue WHERE NOT failed AND NOT bulk)
  OR EXISTS (SELECT FROM label_queue WHERE NOT failed AND bulk)
"""

_NEXT_RETRY: Final = "SELECT min(retry_time) - now() FROM label_queue WHERE NOT failed AND retry_time > now()"

_INDEX_WORDS: Final = """
INSERT INTO message_search (workspace_id, message_id, words)
SELECT m.workspace_id, m.id, to_tsvector('simple', m.text)
FROM unnest($1::text[], $2::uuid[]) AS done (workspace_id, message_id)
JOIN messages m ON m.workspace_id = done.workspace_id AND m.id = done.message_id
ON CONFLICT DO NOTHING
"""

_CLEAR: Final = """
DELETE FROM label_queue q USING unnest($1::text[], $2::uuid[]) AS done (workspace_id, message_id)
WHERE q.workspace_id = done.workspace_id AND q.message_id = done.message_id
"""

_COUNT_ATTEMPT: Final = f"""
UPDATE label_queue q
SET attempts = q.attempts + 1,
    failed = q.attempts + 1 >= {MAX_ATTEMPTS},
    retry_time = clock_timestamp() + $3::interval * 2 ^ q.attempts
FROM unnest($1::text[], $2::uuid[]) AS refused (workspace_id, message_id)
WHERE q.workspace_id = refused.workspace_id AND q.message_id = refused.message_id
RETURNING q.message_id, q.failed
"""

_NOTIFY: Final = "SELECT pg_notify($1, $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMessage:
    """A claimed message. `bulk`: it came with an import, so those that did not go first.

    `languages`: those its workspace accepts, none of them meaning all; None where it says nothing.
    """

    workspace_id: str
    id: UUID
    text: str
    bulk: bool = False
    languages: tuple[str, ...] | None = None


async def claim(connection: Connection, limit: int) -> list[WaitingMessage]:
    """At most `limit` messages of any workspace, locked until the transaction ends.

    Those waiting longest come first. Those of imports come where no others wait, and a third as many: what arrives
    meanwhile waits for their batch to end.
    """
    rows = await connection.fetch(_CLAIM_FRESH, limit)
    if not rows:
        rows = await connection.fetch(_CLAIM_BULK, max(limit // 3, 1))
    return [_waiting(row) for row in rows]


async def any_waits(connection: Connection) -> bool:
    """Whether any message of any workspace waits for labels."""
    waits: bool = await connection.fetchval(_ANY_WAITS)
    return waits


async def seconds_to_next_retry(connection: Connection) -> float | None:
    """Time until the next message that failed before may be tried again; None when none waits for that."""
    delay: timedelta | None = await connection.fetchval(_NEXT_RETRY)
    return None if delay is None else max(delay.total_seconds(), 0.0)


async def write_labels(connection: Connection, labelled: Sequence[tuple[WaitingMessage, LabelSet]]) -> None:
    """Writes the label sets, makes the texts searchable, clears the claims, and tells who waits for the labels."""
    if not labelled:
        return
    messages = [message for message, _ in labelled]
    await connection.execute(_INDEX_WORDS, *_keys(messages))
    await connection.execute(_CLEAR, *_keys(messages))
    await message_changes.record(connection, Kind.LABELLED, *_keys(messages))
    await notify_done(connection, [message.id for message in messages])
    await label_sets.append_many(connection, *_keys(messages), [labels for _, labels in labelled])


async def count_attempt(
    connection: Connection, refused: Sequence[WaitingMessage], *, first_delay: timedelta
) -> set[UUID]:
    """Notes a failed attempt on each message and answers the ids of those set aside for good with it.

    A message waits `first_delay` after its first attempt and twice as long after each further one.
    """
    if not refused:
        return set()
    rows = await connection.fetch(_COUNT_ATTEMPT, *_keys(refused), first_delay)
    failed = {row["message_id"] for row in rows if row["failed"]}
    await notify_done(connection, sorted(failed))
    return failed


async def notify_pending(connection: Connection) -> None:
    """Wakes every enricher when this transaction commits."""
    await connection.execute(_NOTIFY, PENDING_CHANNEL, "")


def ids_of_notification(payload: str) -> list[UUID]:
    """The message ids in a notification on LABELLED_CHANNEL."""
    raw = base64.b64decode(payload)
    return [UUID(bytes=raw[start : start + _ID_BYTES]) for start in range(0, len(raw), _ID_BYTES)]


async def notify_done(connection: Connection, ids: Sequence[UUID]) -> None:
    """Tells who waits for the labels of these messages, and who watches, when this transaction commits."""
    for start in range(0, len(ids), _IDS_PER_NOTIFICATION):
        raw = b"".join(message_id.bytes for message_id in ids[start : start + _IDS_PER_NOTIFICATION])
        await connection.execute(_NOTIFY, LABELLED_CHANNEL, base64.b64encode(raw).decode())


def _waiting(row: asyncpg.Record) -> WaitingMessage:
    workspace_id, message_id, text, bulk, languages = row
    return WaitingMessage(
        workspace_id=workspace_id,
        id=message_id,
        text=text,
        bulk=bulk,
        languages=None if languages is None else tuple(languages),
    )


def _keys(messages: Sequence[WaitingMessage]) -> tuple[list[str], list[UUID]]:
    return [message.workspace_id for message in messages], [message.id for message in messages]
