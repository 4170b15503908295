"""SQL that erases: every row about a customer's messages, or about an account, in one place.

A test compares MESSAGE_TABLES with the database's catalogue, so that a table made later is not forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.store.people.lockout import subjects
from services.store.pool import Connection
from services.store.repositories import erased_words, incidents

# The queues first: whoever works on one of their rows holds it, and what they write is then there to be erased too.
MESSAGE_TABLES: Final = (
    "label_queue",
    "incident_queue",
    "labels",
    "label_reviews",
    "review_flags",
    "message_search",
    "message_embeddings",
    "incident_members",
    "custom_matches",
)
"""Every table with a row for a message, by workspace_id and message_id, save the messages themselves."""

_AT_ONCE: Final = 10_000

_MESSAGES: Final = """
SELECT id FROM messages
WHERE workspace_id = $1 AND user_id = $2 AND ($3 = '' OR source = $3) ORDER BY id FOR UPDATE
"""

# What was answered to a customer speaks of them. Where another customer wrote as well it stays theirs.
_ANSWERS: Final = """
SELECT a.id FROM messages a
WHERE a.workspace_id = $1 AND a.author = 'agent' AND ($4 = '' OR a.source = $4) AND a.conversation_id = ANY (
    SELECT DISTINCT m.conversation_id FROM messages m
    WHERE m.workspace_id = $1 AND m.id = ANY ($2::uuid[]) AND m.conversation_id <> '')
  AND NOT EXISTS (
    SELECT FROM messages other
    WHERE other.workspace_id = $1 AND other.conversation_id = a.conversation_id AND other.author = 'customer'
      AND other.user_id <> $3)
  AND a.user_id <> $3
ORDER BY a.id FOR UPDATE OF a
"""

_DELETE_MESSAGES: Final = "DELETE FROM messages WHERE workspace_id = $1 AND id = ANY($2::uuid[])"

_LEFT: Final = "message_ids = ARRAY(SELECT id FROM unnest(message_ids) AS id WHERE id <> ALL ($2::uuid[]))"
# && would compare each with each; this looks up.
_NAMES_SOME: Final = "EXISTS (SELECT FROM unnest(message_ids) AS named (id) WHERE named.id = ANY ($2::uuid[]))"
_LISTS: Final = (
    "DELETE FROM ingest_requests WHERE workspace_id = $1 AND request_id = ANY(ARRAY(SELECT requests_naming($2)))",
    f"UPDATE tickets SET {_LEFT} WHERE workspace_id = $1 AND {_NAMES_SOME}",
    f"UPDATE category_proposals SET {_LEFT} WHERE workspace_id = $1 AND {_NAMES_SOME}",
)
"""What lists messages by id. A first answer that names an erased one is forgotten, so its request is a new one."""

_INCIDENTS: Final = """
SELECT DISTINCT incident_id FROM incident_members WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])
"""
_EMPTY_INCIDENTS: Final = """
DELETE FROM incidents i WHERE i.workspace_id = $1 AND i.id = ANY($2::uuid[]) AND NOT EXISTS (
  SELECT FROM incident_members m WHERE m.workspace_id = i.workspace_id AND m.incident_id = i.id)
"""

_CONVERSATIONS: Final = "DELETE FROM conversations WHERE workspace_id = $1 AND user_id = $2"
_OWN_VIEWS: Final = "DELETE FROM saved_queries WHERE workspace_id = $1 AND owner_id = $2"
_ACCOUNT: Final = (
    "DELETE FROM logins WHERE workspace_id = $1 AND user_id = $2",
    "DELETE FROM service_tokens WHERE workspace_id = $1 AND user_id = $2",
    "DELETE FROM users WHERE workspace_id = $1 AND id = $2",
)
_UNDER_ALIAS: Final = (
    "UPDATE label_reviews SET reviewer_id = $3, reviewer_name = '' WHERE workspace_id = $1 AND reviewer_id = $2",
    "UPDATE ticket_replies SET author_id = $3 WHERE workspace_id = $1 AND author_id = $2 AND author = 'person'",
    "UPDATE alerts SET acknowledged_by = $3 WHERE workspace_id = $1 AND acknowledged_by = $2",
    "UPDATE erasures SET erased_by = $3 WHERE workspace_id = $1 AND erased_by = $2",
    "UPDATE saved_queries SET author_id = $3, author_name = '' WHERE workspace_id = $1 AND author_id = $2",
)
"""What the account did for others stays; who it was does not."""
_USERNAME: Final = "SELECT username_key FROM users WHERE workspace_id = $1 AND id = $2"
_ATTEMPTS: Final = "DELETE FROM login_attempts WHERE workspace_id = $1 AND subject = $2"

_TOMBSTONE: Final = """
INSERT INTO erasures (workspace_id, id, kind, salt, subject_hash, message_count, ticket_count, conversation_count,
                      erased_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING erase_time
"""

# In the worker's role, when no change of theirs waits for the roll-ups any more.
_STAT_USER: Final = """
DELETE FROM stat_users u
WHERE u.workspace_id = $1 AND u.user_id = $2
  AND NOT EXISTS (SELECT FROM stat_changes c WHERE c.workspace_id = u.workspace_id AND c.user_id = u.user_id)
  AND NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = u.workspace_id AND m.user_id = u.user_id)
"""
_STAT_CHANGES_LEFT: Final = "SELECT EXISTS (SELECT FROM stat_changes WHERE workspace_id = $1 AND user_id = $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is kept of an erasure."""

    id: UUID
    kind: str
    salt: bytes
    subject_hash: bytes
    messages: int
    tickets: int
    conversations: int
    erased_by: str


async def customer(connection: Connection, workspace_id: str, user_id: str, source: str) -> tuple[list[UUID], int]:
    """Erases a customer's messages of one source, or of all of them and their tickets, and what was answered to them.

    Answers the ids of the messages, and how many tickets there were.
    """
    # Grouping writes about messages that came before the one it looks at.
    await incidents.hold_turn(connection, workspace_id)
    ids = [row["id"] for row in await connection.fetch(_MESSAGES, workspace_id, user_id, source)]
    ids += [row["id"] for row in await connection.fetch(_ANSWERS, workspace_id, ids, user_id, source)]
    tickets = 0
    if not source:
        await erased_words.naming(connection, workspace_id, user_id)
        tickets = await erased_words.tickets(connection, workspace_id, user_id, ids)
    if ids:
        await erased_words.copies(connection, workspace_id, ids)
        await delete_messages(connection, workspace_id, ids)
    return ids, tickets


async def account(connection: Connection, workspace_id: str, account_id: UUID, *, alias: str) -> int | None:
    """Erases an account with its conversations and its own views; its judgements stay, under `alias`.

    None where there is no such one.
    """
    conversations = _count(await connection.execute(_CONVERSATIONS, workspace_id, str(account_id)))
    await connection.execute(_OWN_VIEWS, workspace_id, str(account_id))
    for sql in _UNDER_ALIAS:
        await connection.execute(sql, workspace_id, str(account_id), alias)
    username_key = await connection.fetchval(_USERNAME, workspace_id, account_id)
    if username_key is not None:
        for subject, _ in subjects(username_key, ""):
            await connection.execute(_ATTEMPTS, workspace_id, subject)
    for sql in _ACCOUNT:
        deleted = _count(await connection.execute(sql, workspace_id, account_id))
    return conversations if deleted else None


async def keep(connection: Connection, workspace_id: str, tombstone: Tombstone) -> datetime:
    """Keeps the proof; answers when."""
    time: datetime = await connection.fetchval(
        _TOMBSTONE,
        workspace_id,
        tombstone.id,
        tombstone.kind,
        tombstone.salt,
        tombstone.subject_hash,
        tombstone.messages,
        tombstone.tickets,
        tombstone.conversations,
        tombstone.erased_by,
    )
    return time


async def forget_number(connection: Connection, workspace_id: str, user_id: str) -> bool:
    """Takes the customer's number out of the statistics; False while changes of theirs are not yet counted in."""
    if await connection.fetchval(_STAT_CHANGES_LEFT, workspace_id, user_id):
        return False
    await connection.execute(_STAT_USER, workspace_id, user_id)
    return True


async def delete_messages(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> None:
    """Deletes messages with all that stands about them, where `incidents.hold_turn` came before."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        touched = [row["incident_id"] for row in await connection.fetch(_INCIDENTS, workspace_id, some)]
        await sweep(connection, workspace_id, some)
        await connection.execute(_DELETE_MESSAGES, workspace_id, some)
        await connection.execute(_EMPTY_INCIDENTS, workspace_id, touched)


async def sweep(connection: Connection, workspace_id: str, ids: Sequence[UUID]) -> None:
    """Takes away what stands about messages in other tables."""
    for table in MESSAGE_TABLES:
        await connection.execute(
            f"DELETE FROM {table} WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])", workspace_id, ids
        )
    for sql in _LISTS:
        await connection.execute(sql, workspace_id, ids)


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
