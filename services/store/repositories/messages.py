"""SQL over messages: finding those that were there, reading some, listing by key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.store.filters import IS_LABELLED, Bindings, Filters, TimeRange, filter_sql
from services.store.message import (
    Arrivals,
    Author,
    CustomMatch,
    LabelAuthor,
    LabelScore,
    LabelSet,
    LabelStatus,
    NewMessage,
    StoredMessage,
)
from services.store.pool import Connection

_FIND_EXISTING: Final = """
SELECT given.position, m.*
FROM unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[])
  WITH ORDINALITY AS given (source, external_id, import_id, import_row, position)
JOIN messages m ON m.workspace_id = $1 AND {condition}
"""
_BY_EXTERNAL_ID: Final = _FIND_EXISTING.format(
    condition="m.external_id <> '' AND m.source = given.source AND m.external_id = given.external_id"
)
_BY_IMPORT_ROW: Final = _FIND_EXISTING.format(
    condition="m.import_id = given.import_id AND m.import_row = given.import_row"
)

_IS_FAILED: Final = (
    "EXISTS (SELECT FROM label_queue q WHERE q.workspace_id = m.workspace_id AND q.message_id = m.id AND q.failed)"
)

_CUSTOM: Final = """
ARRAY(SELECT ROW(c.id, c.name, k.probability)
  FROM custom_matches k JOIN custom_categories c ON c.workspace_id = k.workspace_id AND c.id = k.category_id
  WHERE k.workspace_id = m.workspace_id AND k.message_id = m.id AND c.state = 'applied'
  ORDER BY k.probability DESC, c.id)
"""

_COLUMNS: Final = f"""
m.id, m.event_time, m.create_time, m.source, m.author, m.external_id, m.user_id, m.conversation_id, m.text,
l.valid_from, l.intents, l.intent_scores, l.sentiment, l.sentiment_score, l.language, l.abstained,
l.author AS label_author, l.model_name, l.model_version, {_CUSTOM} AS custom_categories,
CASE WHEN {IS_LABELLED} THEN 'labelled' WHEN {_IS_FAILED} THEN 'failed' ELSE 'pending' END AS status
"""

_READ: Final = f"""
SELECT {_COLUMNS}
FROM messages m
LEFT JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[])
"""

_UNLABELLED: Final = """
SELECT message_id FROM label_queue WHERE workspace_id = $1 AND message_id = ANY($2::uuid[]) AND NOT failed
"""

_MISSING: Final = """
SELECT given.id FROM unnest($2::uuid[]) AS given (id)
WHERE NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.id = given.id)
"""

_STATUS_CONDITION: Final = {
    LabelStatus.LABELLED: IS_LABELLED,
    LabelStatus.FAILED: f"l.message_id IS NULL AND {_IS_FAILED}",
    LabelStatus.PENDING: f"l.message_id IS NULL AND NOT {_IS_FAILED}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A message that was there before the one in `position` of the arrivals came."""

    position: int
    id: UUID
    message: NewMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageList:
    """A page of messages to read, of whomever where `authors` is empty.

    `after`: the sort key (event time, id) of the last one of the page before.
    """

    filters: Filters
    time_range: TimeRange
    status: LabelStatus | None
    conversation_id: str
    authors: frozenset[Author]
    newest_first: bool
    after: tuple[datetime, UUID] | None
    limit: int


async def find_existing(
    connection: Connection, workspace_id: str, arrivals: Arrivals, positions: Sequence[int]
) -> list[Existing]:
    """The stored messages that the arrivals at these positions would repeat: by external id, else by import row."""
    import_rows = [arrivals.import_rows[position] for position in positions]
    keys = (
        [arrivals.messages.sources[position] for position in positions],
        [arrivals.messages.external_ids[position] for position in positions],
        [None if row is None else arrivals.import_id for row in import_rows],
        import_rows,
    )
    rows = await connection.fetch(_BY_EXTERNAL_ID, workspace_id, *keys)
    rows += await connection.fetch(_BY_IMPORT_ROW, workspace_id, *keys)
    return [Existing(position=positions[row["position"] - 1], id=row["id"], message=_message(row)) for row in rows]


async def read(connection: Connection, workspace_id: str, ids: Iterable[UUID]) -> dict[UUID, StoredMessage]:
    """The messages with these ids as they now stand; ids that are not of the workspace are left out."""
    rows = await connection.fetch(_READ, workspace_id, list(ids))
    return {row["id"]: _stored(row) for row in rows}


async def matching(
    connection: Connection, workspace_id: str, filters: Filters, ids: Iterable[UUID]
) -> dict[UUID, StoredMessage]:
    """Those of the messages with these ids that the filters let through, as they now stand."""
    bindings = Bindings()
    parts = filter_sql(bindings, workspace_id=workspace_id, filters=filters, time_range=TimeRange())
    wanted = f"m.id = ANY({bindings.bind(list(ids), 'uuid[]')})"
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM {parts.from_} WHERE {parts.where} AND {wanted}", *bindings.values
    )
    return {row["id"]: _stored(row) for row in rows}


async def waiting_for_labels(connection: Connection, workspace_id: str, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that wait for labels."""
    return {row["message_id"] for row in await connection.fetch(_UNLABELLED, workspace_id, list(ids))}


async def missing(connection: Connection, workspace_id: str, ids: Iterable[UUID]) -> list[UUID]:
    """Those of the ids whose message is gone."""
    return [row["id"] for row in await connection.fetch(_MISSING, workspace_id, list(ids))]


async def list_page(connection: Connection, workspace_id: str, wanted: MessageList) -> list[StoredMessage]:
    """At most `limit` messages after the given place."""
    bindings = Bindings()
    parts = filter_sql(
        bindings,
        workspace_id=workspace_id,
        filters=wanted.filters,
        time_range=wanted.time_range,
        authors=wanted.authors,
    )
    conditions = [parts.where, *_list_conditions(bindings, wanted)]
    direction = "DESC" if wanted.newest_first else "ASC"
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM {parts.from_} WHERE {' AND '.join(conditions)}"
        f" ORDER BY m.event_time {direction}, m.id {direction} LIMIT {bindings.bind(wanted.limit, 'bigint')}",
        *bindings.values,
    )
    return [_stored(row) for row in rows]


def _list_conditions(bindings: Bindings, wanted: MessageList) -> list[str]:
    conditions: list[str] = []
    if wanted.status is not None:
        conditions.append(_STATUS_CONDITION[wanted.status])
    if wanted.conversation_id:
        conditions.append(f"m.conversation_id = {bindings.bind(wanted.conversation_id, 'text')}")
        conditions.append("m.conversation_id <> ''")
    if wanted.after is not None:
        comparison = "<" if wanted.newest_first else ">"
        event_time, message_id = wanted.after
        place = f"({bindings.bind(event_time, 'timestamptz')}, {bindings.bind(message_id, 'uuid')})"
        conditions.append(f"(m.event_time, m.id) {comparison} {place}")
    return conditions


def _message(row: asyncpg.Record) -> NewMessage:
    return NewMessage(
        external_id=row["external_id"],
        source=row["source"],
        user_id=row["user_id"],
        event_time=row["event_time"],
        text=row["text"],
        conversation_id=row["conversation_id"],
        author=Author(row["author"]),
    )


def _stored(row: asyncpg.Record) -> StoredMessage:
    return StoredMessage(
        id=row["id"],
        message=_message(row),
        create_time=row["create_time"],
        status=LabelStatus(row["status"]),
        labels=None if row["valid_from"] is None else label_set(row),
        labels_valid_from=row["valid_from"],
        custom_categories=tuple(CustomMatch(*match) for match in row["custom_categories"]),
    )


def label_set(row: asyncpg.Record) -> LabelSet:
    """The label set in a row with the columns of the table `labels`, its author as `label_author`."""
    scored = zip(row["intents"], row["intent_scores"], strict=True)
    return LabelSet(
        intents=tuple(LabelScore(label=label, probability=probability) for label, probability in scored),
        sentiment=LabelScore(label=row["sentiment"], probability=row["sentiment_score"]),
        language=row["language"],
        abstained=row["abstained"],
        model_name=row["model_name"],
        model_version=row["model_version"],
        author=LabelAuthor(row["label_author"]),
    )
