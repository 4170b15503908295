"""A small world of messages and label sets, as plain values, and the SQL that puts it into a workspace."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.runtime.ids import new_id
from services.runtime.labels import roll_up
from services.store.filters import category_mask, intent_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldLabels:
    """A label set in force in [valid_from, valid_to); `valid_to` None: to this day. Scores: most probable first."""

    valid_from: datetime
    valid_to: datetime | None
    intents: tuple[str, ...]
    scores: tuple[float, ...]
    sentiment: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldMessage:
    """A message and every label set it ever had. `indexed`: whether its words were stored with its labels."""

    event_time: datetime
    create_time: datetime
    source: str
    user_id: str
    text: str
    labels: tuple[WorldLabels, ...] = ()
    indexed: bool = False
    custom: tuple[tuple[int, datetime], ...] = ()
    """The custom categories that hold for it, and since when that is known."""
    incident: tuple[int, datetime] | None = None
    """The incident it belongs to, and since when that is known."""
    author: str = "customer"


_MESSAGES = """
INSERT INTO messages (workspace_id, id, event_time, create_time, source, author, external_id, user_id, conversation_id,
                      text)
SELECT $1, id, event_time, create_time, source, author, '', user_id, '', text
FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[])
  AS given (id, event_time, create_time, source, user_id, text, author)
"""

_LABELS = """
INSERT INTO labels (workspace_id, message_id, valid_from, valid_to, intent_mask, category_mask, intents, intent_scores,
                    sentiment, sentiment_score, language, abstained, model_name, model_version)
VALUES ($1, $2, $3, coalesce($4, 'infinity'::timestamptz), $5, $6, $7, $8, $9, 0.5, $10, false, 'test', '1')
"""

_INCIDENT = """
INSERT INTO incident_members (workspace_id, message_id, incident_id, create_time) VALUES ($1, $2, $3, $4)
"""

_CUSTOM = """
INSERT INTO custom_matches (workspace_id, message_id, category_id, probability, create_time)
VALUES ($1, $2, $3, 0.9, $4)
"""

_QUEUE = "INSERT INTO label_queue (workspace_id, message_id) SELECT $1, unnest($2::uuid[])"

_WORDS = """
INSERT INTO message_search (workspace_id, message_id, words)
SELECT workspace_id, id, to_tsvector('simple', text) FROM messages WHERE workspace_id = $1 AND id = ANY($2::uuid[])
"""


async def load(
    connection: "asyncpg.Connection[asyncpg.Record]", workspace_id: str, messages: list[WorldMessage]
) -> None:
    """Puts the messages into a new workspace; the connection must be one that row-level security does not bind."""
    ids = [UUID(new_id()) for _ in messages]
    async with connection.transaction():
        await connection.execute("INSERT INTO workspaces (workspace_id) VALUES ($1)", workspace_id)
        await connection.execute(
            _MESSAGES,
            workspace_id,
            ids,
            [message.event_time for message in messages],
            [message.create_time for message in messages],
            [message.source for message in messages],
            [message.user_id for message in messages],
            [message.text for message in messages],
            [message.author for message in messages],
        )
        await connection.executemany(
            _LABELS,
            [
                _label_row(workspace_id, message_id, labels)
                for message_id, message in zip(ids, messages, strict=True)
                for labels in message.labels
            ],
        )
        await connection.executemany(
            _INCIDENT,
            [
                (workspace_id, message_id, UUID(int=message.incident[0]), message.incident[1])
                for message_id, message in zip(ids, messages, strict=True)
                if message.incident is not None
            ],
        )
        await connection.executemany(
            _CUSTOM,
            [
                (workspace_id, message_id, UUID(int=category), since)
                for message_id, message in zip(ids, messages, strict=True)
                for category, since in message.custom
            ],
        )
        waiting = [message_id for message_id, message in zip(ids, messages, strict=True) if not _has_labels(message)]
        await connection.execute(_QUEUE, workspace_id, waiting)
        indexed = [message_id for message_id, message in zip(ids, messages, strict=True) if message.indexed]
        await connection.execute(_WORDS, workspace_id, indexed)


def _has_labels(message: WorldMessage) -> bool:
    return any(labels.valid_to is None for labels in message.labels)


def _label_row(workspace_id: str, message_id: UUID, labels: WorldLabels) -> tuple[object, ...]:
    return (
        workspace_id,
        message_id,
        labels.valid_from,
        labels.valid_to,
        intent_mask(labels.intents),
        category_mask(roll_up(labels.intents)),
        list(labels.intents),
        list(labels.scores),
        labels.sentiment,
        labels.language,
    )
