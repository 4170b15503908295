"""Protobuf to domain and back, for replies to tickets and their rules."""

from types import MappingProxyType
from typing import Final

from earshot.store.v1 import reply_pb2
from services.store.contract.convert import timestamp
from services.store.housekeeping.erasing import ERASED_REVIEWER
from services.store.ticketing.reply import DEFAULT_CONFIDENCE, NewRule, ReplyAuthor, ReplyRule, TicketReply

_AUTHORS: Final = MappingProxyType(
    {author: reply_pb2.ReplyAuthor.Value(f"REPLY_AUTHOR_{author.name}") for author in ReplyAuthor}
)


def new_rule(proto: reply_pb2.ReplyRule) -> NewRule:
    """The rule as it was asked for, not yet validated."""
    return NewRule(
        name=proto.name,
        category=proto.category,
        min_confidence=proto.min_confidence or DEFAULT_CONFIDENCE,
        template=proto.template,
        enabled=proto.enabled,
    )


def rule_proto(stored: ReplyRule) -> reply_pb2.ReplyRule:
    """A rule for the caller."""
    rule = stored.rule
    return reply_pb2.ReplyRule(
        id=str(stored.id),
        name=rule.name,
        category=rule.category,
        min_confidence=rule.min_confidence,
        template=rule.template,
        enabled=rule.enabled,
        create_time=timestamp(stored.create_time),
    )


def reply_proto(stored: TicketReply) -> reply_pb2.TicketReply:
    """A reply for the caller."""
    reply = stored.reply
    return reply_pb2.TicketReply(
        id=str(stored.id),
        ticket_id=str(stored.ticket_id),
        text=reply.text,
        author=_AUTHORS[reply.author],
        author_id="" if reply.author_id.startswith(ERASED_REVIEWER) else reply.author_id,
        rule_name=reply.rule_name,
        category=reply.category,
        confidence=reply.confidence,
        create_time=timestamp(stored.create_time),
    )
