"""SQL over replies to tickets, and the rules that send them."""

from typing import Final
from uuid import UUID

import asyncpg

from services.store.pool import Connection
from services.store.ticketing.reply import NewReply, NewRule, ReplyAuthor, ReplyRule, TicketReply

_INSERT_RULE: Final = """
INSERT INTO reply_rules (workspace_id, id, name, category, min_confidence, template, enabled, request_id, payload_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
"""

_REPLACE_RULE: Final = """
UPDATE reply_rules SET name = $3, category = $4, min_confidence = $5, template = $6, enabled = $7
WHERE workspace_id = $1 AND id = $2
"""

_READ_RULE: Final = "SELECT * FROM reply_rules WHERE workspace_id = $1 AND id = $2"
_RULE_OF_REQUEST: Final = "SELECT id, payload_hash FROM reply_rules WHERE workspace_id = $1 AND request_id = $2"
_DELETE_RULE: Final = "DELETE FROM reply_rules WHERE workspace_id = $1 AND id = $2"

_RULES: Final = """
SELECT * FROM reply_rules WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
"""

_RULES_OF_CATEGORY: Final = """
SELECT * FROM reply_rules WHERE workspace_id = $1 AND category = $2 AND enabled ORDER BY id
"""

_SEND: Final = """
INSERT INTO ticket_replies (workspace_id, id, ticket_id, text, author, author_id, rule_name, category, confidence,
                            request_id, payload_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
"""

# A reply that is being sent holds its ticket; the next statement sees it.
_LOCK_OPEN: Final = "SELECT status = 'open' FROM tickets WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_HAS_REPLY: Final = "SELECT EXISTS (SELECT FROM ticket_replies WHERE workspace_id = $1 AND ticket_id = $2)"

_READ: Final = "SELECT * FROM ticket_replies WHERE workspace_id = $1 AND id = $2"
_OF_REQUEST: Final = "SELECT id, payload_hash FROM ticket_replies WHERE workspace_id = $1 AND request_id = $2"

_PAGE: Final = """
SELECT * FROM ticket_replies
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR ticket_id = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4
"""


async def insert_rule(
    connection: Connection, workspace_id: str, rule_id: UUID, rule: NewRule, *, request_id: UUID | None, asked: bytes
) -> bool:
    """Keeps a rule; False where `request_id` has made one before."""
    outcome = await connection.execute(_INSERT_RULE, workspace_id, rule_id, *_rule_values(rule), request_id, asked)
    return outcome.endswith(" 1")


async def replace_rule(connection: Connection, workspace_id: str, rule_id: UUID, rule: NewRule) -> bool:
    """Changes a rule as a whole; False where there is none."""
    return (await connection.execute(_REPLACE_RULE, workspace_id, rule_id, *_rule_values(rule))).endswith(" 1")


async def delete_rule(connection: Connection, workspace_id: str, rule_id: UUID) -> bool:
    """Takes a rule away; False where there is none."""
    return (await connection.execute(_DELETE_RULE, workspace_id, rule_id)).endswith(" 1")


async def read_rule(connection: Connection, workspace_id: str, rule_id: UUID) -> ReplyRule | None:
    """One rule."""
    row = await connection.fetchrow(_READ_RULE, workspace_id, rule_id)
    return None if row is None else _rule(row)


async def rule_of_request(connection: Connection, workspace_id: str, request_id: UUID) -> tuple[UUID, bytes] | None:
    """The rule that a request made, and the hash of what it asked for."""
    row = await connection.fetchrow(_RULE_OF_REQUEST, workspace_id, request_id)
    return None if row is None else (row["id"], row["payload_hash"])


async def rules_page(connection: Connection, workspace_id: str, *, after: UUID | None, limit: int) -> list[ReplyRule]:
    """At most `limit` rules after the given one, oldest first."""
    return [_rule(row) for row in await connection.fetch(_RULES, workspace_id, after, limit)]


async def rules_of(connection: Connection, workspace_id: str, category: str) -> list[ReplyRule]:
    """The rules of a category that are on, oldest first."""
    return [_rule(row) for row in await connection.fetch(_RULES_OF_CATEGORY, workspace_id, category)]


async def is_unanswered(connection: Connection, workspace_id: str, ticket_id: UUID) -> bool:
    """Whether a ticket is open and nobody has replied; locks it, so that this stays so until the transaction ends."""
    if not await connection.fetchval(_LOCK_OPEN, workspace_id, ticket_id):
        return False
    return not await connection.fetchval(_HAS_REPLY, workspace_id, ticket_id)


async def send(
    connection: Connection,
    workspace_id: str,
    reply_id: UUID,
    ticket_id: UUID,
    reply: NewReply,
    *,
    request_id: UUID | None = None,
    asked: bytes = b"",
) -> bool:
    """Keeps a reply as sent; False where `request_id` has sent one before, or a rule has replied to the ticket."""
    outcome = await connection.execute(
        _SEND,
        workspace_id,
        reply_id,
        ticket_id,
        reply.text,
        reply.author,
        reply.author_id,
        reply.rule_name,
        reply.category,
        reply.confidence,
        request_id,
        asked,
    )
    return outcome.endswith(" 1")


async def of_request(connection: Connection, workspace_id: str, request_id: UUID) -> tuple[UUID, bytes] | None:
    """The reply that a request sent, and the hash of what it asked for."""
    row = await connection.fetchrow(_OF_REQUEST, workspace_id, request_id)
    return None if row is None else (row["id"], row["payload_hash"])


async def read(connection: Connection, workspace_id: str, reply_id: UUID) -> TicketReply | None:
    """One reply."""
    row = await connection.fetchrow(_READ, workspace_id, reply_id)
    return None if row is None else _reply(row)


async def list_page(
    connection: Connection, workspace_id: str, *, ticket_id: UUID | None, after: UUID | None, limit: int
) -> list[TicketReply]:
    """At most `limit` replies, newest first, after the given one; to one ticket where it is named."""
    return [_reply(row) for row in await connection.fetch(_PAGE, workspace_id, ticket_id, after, limit)]


def _rule_values(rule: NewRule) -> tuple[object, ...]:
    return rule.name, rule.category, rule.min_confidence, rule.template, rule.enabled


def _rule(row: asyncpg.Record) -> ReplyRule:
    return ReplyRule(
        id=row["id"],
        rule=NewRule(
            name=row["name"],
            category=row["category"],
            min_confidence=row["min_confidence"],
            template=row["template"],
            enabled=row["enabled"],
        ),
        create_time=row["create_time"],
    )


def _reply(row: asyncpg.Record) -> TicketReply:
    return TicketReply(
        id=row["id"],
        ticket_id=row["ticket_id"],
        reply=NewReply(
            text=row["text"],
            author=ReplyAuthor(row["author"]),
            author_id=row["author_id"],
            rule_name=row["rule_name"],
            category=row["category"],
            confidence=row["confidence"],
        ),
        create_time=row["create_time"],
    )
