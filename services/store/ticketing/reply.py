"""Replies to tickets and the rules that send them, as values; what a rule must be, and which one speaks. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.runtime.labels import CATEGORIES
from services.store.ticketing.ticket import Analysis
from services.store.validation import MAX_TEXT_LENGTH, Violation, text_violations

MAX_NAME_LENGTH: Final = 200
DEFAULT_CONFIDENCE: Final = 0.9
LEAST_CONFIDENCE: Final = 0.5


class ReplyAuthor(StrEnum):
    """Who decided on a reply, as the column `ticket_replies.author` has it."""

    PERSON = "person"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule as it was asked for. `template` empty: it sends the suggested reply."""

    name: str
    category: str
    min_confidence: float
    template: str
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRule:
    """A stored rule."""

    id: UUID
    rule: NewRule
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReply:
    """A reply about to be sent. The last three are those of a rule."""

    text: str
    author: ReplyAuthor
    author_id: str
    rule_name: str = ""
    category: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReply:
    """A reply that was sent."""

    id: UUID
    ticket_id: UUID
    reply: NewReply
    create_time: datetime


def rule_violations(rule: NewRule) -> Iterator[Violation]:
    """Every rule that a reply rule breaks."""
    if not rule.name or rule.name.isspace():
        yield Violation(field="rule.name", reason=ErrorReason.MISSING_FIELD, description="must not be empty or blank")
    yield from text_violations("rule.name", rule.name, maximum=MAX_NAME_LENGTH)
    if rule.category not in CATEGORIES:
        yield Violation(
            field="rule.category",
            reason=ErrorReason.UNKNOWN_LABEL,
            description=f"must be one of {', '.join(CATEGORIES)}",
        )
    if not math.isfinite(rule.min_confidence) or not LEAST_CONFIDENCE <= rule.min_confidence <= 1:
        yield Violation(
            field="rule.min_confidence",
            reason=ErrorReason.BAD_LIMIT,
            description=f"must be from {LEAST_CONFIDENCE} to 1, or 0 for {DEFAULT_CONFIDENCE}",
        )
    yield from text_violations("rule.template", rule.template, maximum=MAX_TEXT_LENGTH)


def reply_violations(text: str) -> Iterator[Violation]:
    """Every rule that the words of a reply break."""
    yield from text_violations("text", text, maximum=MAX_TEXT_LENGTH)


def reply_by_rule(analysis: Analysis, rules: Sequence[ReplyRule]) -> NewReply | None:
    """What the first rule that allows it sends; None where none does.

    An analysis without a category is of a text that the classifier could not place: no rule is asked.
    """
    if not analysis.category:
        return None
    for stored in rules:
        rule = stored.rule
        text = rule.template if rule.template.strip() else analysis.suggested_reply
        surely = rule.category == analysis.category and analysis.confidence >= rule.min_confidence
        if rule.enabled and surely and text.strip():
            return NewReply(
                text=text,
                author=ReplyAuthor.RULE,
                author_id=str(stored.id),
                rule_name=rule.name,
                category=analysis.category,
                confidence=analysis.confidence,
            )
    return None
