"""SQL that erases what people copied from a customer's messages into other places, and whom they named there.

A turn of the chat is blanked, not taken out: turns are numbered, and later ones name it. It goes whole, with its
receipt, because a number in it may have been asked of this one customer. A text counts as copied from 20 characters on:
a shorter one is anybody's.
"""

import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from services.store.pool import Connection

LEAST_CHARACTERS: Final = 20
"""Length from which on a text that stands elsewhere is taken for a copy."""

ERASED: Final = "[erased]"
"""What a blanked turn says."""

_TEXTS_AT_ONCE: Final = 200
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LEAST_NAME: Final = 4
_LEAST_NUMBER: Final = 6

_TEXTS: Final = f"""
SELECT DISTINCT btrim(text) AS text FROM messages
WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND length(btrim(text)) >= {LEAST_CHARACTERS}
"""

# Words that were searched for, and texts that were shown, anywhere in a column of JSON, as they were before it quoted
# them. What jsonb cannot hold, such as a character that Postgres has not, must not keep anybody from being erased.
_SAID: Final = """
(SELECT value #>> '{{}}' FROM jsonb_path_query(
   CASE WHEN pg_input_is_valid({column}, 'jsonb') THEN {column}::jsonb END, '$.**.text') AS found (value))
"""
_SAYS_NAME: Final = f"EXISTS (SELECT FROM {_SAID} AS said (words) WHERE said.words ~ {{name}})"

_BLANK: Final = f"""
WITH blanked AS (
  UPDATE turns SET question = '{ERASED}', answer = '{ERASED}', details_json = ''
  WHERE workspace_id = $1 AND {{condition}}
  RETURNING user_id, conversation_id, id
), uncommented AS (
  UPDATE turn_ratings r SET comment = '' FROM blanked b
  WHERE r.workspace_id = $1 AND (r.user_id, r.conversation_id, r.turn_id) = (b.user_id, b.conversation_id, b.id)
)
UPDATE conversations c SET title = ''
FROM blanked b WHERE c.workspace_id = $1 AND c.user_id = b.user_id AND c.id = b.conversation_id
"""

_SHOWS_MESSAGE: Final = f"""
EXISTS (SELECT FROM regexp_matches(details_json, '{_UUID}', 'g') AS found (id)
        WHERE found.id[1]::uuid = ANY($2::uuid[]))
"""
_HOLDS_TEXT: Final = """
EXISTS (SELECT FROM unnest($2::text[]) AS copied (text)
        WHERE strpos(question, copied.text) > 0 OR strpos(answer, copied.text) > 0)
"""
_NAMES: Final = f"""
(EXISTS (SELECT FROM unnest($2::text[]) AS quoted (name) WHERE strpos(details_json, quoted.name) > 0)
 OR ($3 <> '' AND (question ~ $3 OR answer ~ $3 OR {_SAYS_NAME.format(column="details_json", name="$3")})))
"""

_COMMENTS_WITH_TEXT: Final = """
UPDATE turn_ratings SET comment = '' WHERE workspace_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS copied (text) WHERE strpos(comment, copied.text) > 0)
"""
_COMMENTS_NAMING: Final = "UPDATE turn_ratings SET comment = '' WHERE workspace_id = $1 AND comment ~ $2"

_EXAMPLES: Final = """
UPDATE custom_categories
SET examples = ARRAY(SELECT example FROM unnest(examples) WITH ORDINALITY AS given (example, place)
                     WHERE NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[])
                                       AND btrim(m.text) = btrim(example))
                     ORDER BY place)
WHERE workspace_id = $1 AND EXISTS (
  SELECT FROM unnest(examples) AS example, messages m
  WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[]) AND btrim(m.text) = btrim(example))
"""

_MEMORIES_WITH_TEXT: Final = """
DELETE FROM conversation_memories WHERE workspace_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS copied (text) WHERE strpos(conversation_memories.text, copied.text) > 0)
"""
_MEMORIES_NAMING: Final = "DELETE FROM conversation_memories WHERE workspace_id = $1 AND text ~ $2"

# A ticket made of erased messages holds their text, whoever it was made for; one written by hand may hold it too, or
# name the customer.
_TICKETS: Final = """
DELETE FROM tickets WHERE workspace_id = $1 AND (user_id = $2 OR message_ids && $3::uuid[]) RETURNING id
"""
_TICKETS_NAMING: Final = """
DELETE FROM tickets WHERE workspace_id = $1
  AND (EXISTS (SELECT FROM unnest($2::text[]) AS quoted (name) WHERE strpos(metadata::text, quoted.name) > 0)
       OR ($3 <> '' AND concat_ws(' ', subject, body, metadata) ~ $3))
RETURNING id
"""
_TICKETS_WITH_TEXT: Final = """
DELETE FROM tickets WHERE workspace_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS copied (text)
              WHERE strpos(subject, copied.text) > 0 OR strpos(body, copied.text) > 0)
RETURNING id
"""

_REPLIES_NAMING: Final = f"UPDATE ticket_replies SET text = '{ERASED}' WHERE workspace_id = $1 AND text ~ $2"
_REPLIES_WITH_TEXT: Final = f"""
UPDATE ticket_replies SET text = '{ERASED}' WHERE workspace_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS copied (text) WHERE strpos(ticket_replies.text, copied.text) > 0)
"""
_RESOLUTIONS_NAMING: Final = f"UPDATE tickets SET resolution = '{ERASED}' WHERE workspace_id = $1 AND resolution ~ $2"

_SUGGESTIONS: Final = """
UPDATE ticket_analyses SET
  suggested_reply = CASE WHEN similar_ids[1] = ANY($2::uuid[]) THEN '' ELSE suggested_reply END,
  (similar_ids, similarities, similar_resolutions) = (
    SELECT coalesce(array_agg(id ORDER BY place), '{}'), coalesce(array_agg(similarity ORDER BY place), '{}'),
           coalesce(array_agg(resolution ORDER BY place), '{}')
    FROM unnest(similar_ids, similarities, similar_resolutions)
      WITH ORDINALITY AS near (id, similarity, resolution, place)
    WHERE near.id <> ALL ($2::uuid[]))
WHERE workspace_id = $1 AND similar_ids && $2::uuid[]
"""

_ASKS_OF: Final = f"""
(EXISTS (SELECT FROM unnest($2::text[]) AS quoted (name) WHERE strpos(query_json, quoted.name) > 0)
 OR ($3 <> '' AND {_SAYS_NAME.format(column="query_json", name="$3")}))
"""
_ALERTS: Final = f"SELECT id FROM alerts WHERE workspace_id = $1 AND {_ASKS_OF}"
_ABOUT_ALERTS: Final = (
    "DELETE FROM alert_deliveries WHERE workspace_id = $1 AND alert_id = ANY($2::uuid[])",
    "DELETE FROM alert_events WHERE workspace_id = $1 AND alert_id = ANY($2::uuid[])",
    "DELETE FROM alerts WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
)
_RULES: Final = f"DELETE FROM alert_rules WHERE workspace_id = $1 AND {_ASKS_OF}"

_SAVED: Final = f"DELETE FROM saved_queries WHERE workspace_id = $1 AND ({_ASKS_OF} OR ($3 <> '' AND name ~ $3))"
_SAVED_WITH_TEXT: Final = f"""
DELETE FROM saved_queries s WHERE workspace_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS copied (text)
              WHERE strpos(s.name, copied.text) > 0
                 OR EXISTS (SELECT FROM {_SAID.format(column="s.query_json")} AS said (words)
                            WHERE strpos(said.words, copied.text) > 0))
"""


async def copies(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> None:
    """Erases copies of messages that are still there: in turns of the chat and what is said of them, in its memories,
    in examples of categories, in saved queries.
    """
    await connection.execute(_BLANK.format(condition=_SHOWS_MESSAGE), workspace_id, ids)
    await connection.execute(_EXAMPLES, workspace_id, ids)
    async for some in _texts(connection, workspace_id, ids):
        await connection.execute(_BLANK.format(condition=_HOLDS_TEXT), workspace_id, some)
        await connection.execute(_MEMORIES_WITH_TEXT, workspace_id, some)
        await connection.execute(_COMMENTS_WITH_TEXT, workspace_id, some)
        await connection.execute(_SAVED_WITH_TEXT, workspace_id, some)


async def naming(connection: Connection, workspace_id: str, user_id: str) -> None:
    """Erases what names a customer: turns of the chat, comments on them, its memories, saved queries, and alerts about
    them alone or among others.
    """
    quoted = quotations(user_id)
    words = pattern(user_id)
    await connection.execute(_BLANK.format(condition=_NAMES), workspace_id, quoted, words)
    if words:
        await connection.execute(_MEMORIES_NAMING, workspace_id, words)
        await connection.execute(_COMMENTS_NAMING, workspace_id, words)
    alerts = [row["id"] for row in await connection.fetch(_ALERTS, workspace_id, quoted, words)]
    for sql in _ABOUT_ALERTS:
        await connection.execute(sql, workspace_id, alerts)
    await connection.execute(_RULES, workspace_id, quoted, words)
    await connection.execute(_SAVED, workspace_id, quoted, words)


async def tickets(connection: Connection, workspace_id: str, user_id: str, ids: Sequence[UUID]) -> int:
    """Erases a customer's tickets, those made of the messages, that hold their texts or name the customer, and what was
    suggested from them; answers how many.
    """
    rows = await connection.fetch(_TICKETS, workspace_id, user_id, ids)
    rows += await connection.fetch(_TICKETS_NAMING, workspace_id, quotations(user_id), pattern(user_id))
    async for some in _texts(connection, workspace_id, ids):
        rows += await connection.fetch(_TICKETS_WITH_TEXT, workspace_id, some)
        await connection.execute(_REPLIES_WITH_TEXT, workspace_id, some)
    if words := pattern(user_id):
        await connection.execute(_REPLIES_NAMING, workspace_id, words)
        await connection.execute(_RESOLUTIONS_NAMING, workspace_id, words)
    gone = [row["id"] for row in rows]
    await connection.execute(_SUGGESTIONS, workspace_id, gone)
    return len(gone)


async def _texts(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> AsyncIterator[list[str]]:
    """The texts of messages that are long enough to be known again, some at a time."""
    texts = [row["text"] for row in await connection.fetch(_TEXTS, workspace_id, ids)]
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        yield texts[start : start + _TEXTS_AT_ONCE]


def quotations(name: str) -> list[str]:
    """A name as JSON may write it."""
    return list(dict.fromkeys((json.dumps(name), json.dumps(name, ensure_ascii=False))))


def pattern(name: str) -> str:
    """Regular expression (POSIX) of a name that stands by itself in a text; empty for one too short to be told apart.

    Other numbers of few digits are years, counts and amounts.
    """
    least = _LEAST_NUMBER if name.isdigit() else _LEAST_NAME
    if len(name) < least:
        return ""
    escaped = re.sub(r"([^\w\s])", r"\\\1", name)
    return rf"(^|[^[:alnum:]_]){escaped}($|[^[:alnum:]_])"
