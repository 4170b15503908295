"""SQL over conversations with customers: their messages in time, and what follows what."""

from typing import Final

from services.runtime.labels import SMALLTALK_INTENT
from services.store.filters import Bindings, Filters, TimeRange, filter_sql
from services.store.message import Author
from services.store.pool import Connection
from services.store.threads.flow import EDGE, UNLABELLED, Transition
from services.store.threads.score import ThreadMessage

MAX_MESSAGES: Final = 10_000

_MESSAGES: Final = f"""
SELECT m.author, m.event_time, l.sentiment, coalesce(l.intents = ARRAY['{SMALLTALK_INTENT}'], false) AS is_smalltalk
FROM messages m
LEFT JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.conversation_id <> ''
ORDER BY m.event_time, m.id LIMIT {MAX_MESSAGES}
"""

_SETTLED: Final = """
SELECT bool_and(t.status IN ('resolved', 'closed')) FROM tickets t
WHERE t.workspace_id = $1 AND t.message_ids && ARRAY(
  SELECT m.id FROM messages m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.conversation_id <> ''
)
"""

_STATE: Final = {"intent": "l.intents[1]", "sentiment": "nullif(l.sentiment, '')"}


async def messages(connection: Connection, workspace_id: str, conversation_id: str) -> list[ThreadMessage]:
    """The messages of a conversation in time, at most MAX_MESSAGES."""
    return [
        ThreadMessage(
            author=Author(row["author"]),
            event_time=row["event_time"],
            sentiment=row["sentiment"],
            smalltalk=row["is_smalltalk"],
        )
        for row in await connection.fetch(_MESSAGES, workspace_id, conversation_id)
    ]


async def settled(connection: Connection, workspace_id: str, conversation_id: str) -> bool | None:
    """Whether every ticket made from a conversation's messages is settled; None where there is none."""
    found: bool | None = await connection.fetchval(_SETTLED, workspace_id, conversation_id)
    return found


async def transitions(
    connection: Connection, workspace_id: str, filters: Filters, time_range: TimeRange, *, state: str
) -> list[Transition]:
    """What follows what among the customers' messages that match; `state`: intent or sentiment."""
    bindings = Bindings()
    base = filter_sql(bindings, workspace_id=workspace_id, filters=filters, time_range=time_range)
    sql = f"""
    WITH steps AS (
      SELECT coalesce({_STATE[state]}, '{UNLABELLED}') AS state, m.conversation_id, m.event_time, m.id
      FROM {base.from_} WHERE {base.where} AND m.conversation_id <> '' AND m.author = 'customer'
    ), pairs AS (
      SELECT state, lag(state) OVER thread AS before, lead(state) OVER thread AS after,
             extract(epoch FROM lead(event_time) OVER thread - event_time)::float8 AS seconds
      FROM steps WINDOW thread AS (PARTITION BY conversation_id ORDER BY event_time, id)
    )
    SELECT state AS before, coalesce(after, '{EDGE}') AS after, count(*) AS count,
           coalesce(sum(seconds), 0) AS seconds
    FROM pairs GROUP BY 1, 2
    UNION ALL
    SELECT '{EDGE}', state, count(*), 0 FROM pairs WHERE before IS NULL GROUP BY 2
    """
    return [
        Transition(before=row["before"], after=row["after"], count=row["count"], seconds=row["seconds"])
        for row in await connection.fetch(sql, *bindings.values)
    ]
