"""Replies to tickets and their rules as JSON."""

import uuid
from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import CreateReplyRuleRequest, ReplyRule, SendReplyRequest, TicketReply
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Label, Strict, Text, enum_json, instant_json


class SendReplyBody(Strict):
    """A reply; without a text the suggested one is sent."""

    text: Text = Field(default="", max_length=20_000)
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self, ticket_id: str) -> SendReplyRequest:
        """The call that sends it."""
        return SendReplyRequest(ticket_id=ticket_id, text=self.text, request_id=str(self.request_id or ""))


class ReplyRuleBody(Strict):
    """A rule by which replies go out by themselves. Off unless it says `enabled`."""

    name: Text = Field(min_length=1, max_length=200)
    category: Label = Field(examples=["deposit"])
    min_confidence: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False, strict=False)] = 0.9
    template: Text = Field(default="", max_length=20_000, description="Empty: the suggested reply is sent.")
    enabled: bool = False

    def to_message(self, rule_id: str = "") -> ReplyRule:
        """The rule for a call."""
        return ReplyRule(
            id=rule_id,
            name=self.name,
            category=self.category,
            min_confidence=self.min_confidence,
            template=self.template,
            enabled=self.enabled,
        )


class NewReplyRuleBody(ReplyRuleBody):
    """A rule that is made."""

    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_request(self) -> CreateReplyRuleRequest:
        """The call that makes it."""
        return CreateReplyRuleRequest(rule=self.to_message(), request_id=str(self.request_id or ""))


class TicketReplyAnswer(Answer):
    """A reply that was sent, and who or what decided it."""

    id: str
    ticket_id: str
    text: str
    author: Literal["person", "rule"]
    author_id: str | None
    rule_name: str | None
    category: str | None
    confidence: float | None
    created_at: str


class ReplyPageAnswer(Answer):
    """A page of replies, newest first."""

    replies: list[TicketReplyAnswer]
    next_page_token: str | None


class ReplyRuleAnswer(Answer):
    """A rule by which replies go out."""

    id: str
    name: str
    category: str
    min_confidence: float
    template: str | None
    enabled: bool
    created_at: str


class ReplyRulePageAnswer(Answer):
    """A page of rules, oldest first."""

    rules: list[ReplyRuleAnswer]
    next_page_token: str | None


def reply_json(reply: TicketReply | None) -> Json:
    """A reply."""
    shown = reply or TicketReply()
    return {
        "id": shown.id,
        "ticket_id": shown.ticket_id,
        "text": shown.text,
        "author": enum_json(shown.author),
        "author_id": shown.author_id or None,
        "rule_name": shown.rule_name or None,
        "category": shown.category or None,
        "confidence": round(shown.confidence, 6) or None,
        "created_at": instant_json(shown.create_time),
    }


def reply_rule_json(rule: ReplyRule | None) -> Json:
    """A rule."""
    shown = rule or ReplyRule()
    return {
        "id": shown.id,
        "name": shown.name,
        "category": shown.category,
        "min_confidence": round(shown.min_confidence, 6),
        "template": shown.template or None,
        "enabled": shown.enabled,
        "created_at": instant_json(shown.create_time),
    }
