"""Conversations with the chat service and their finished turns, and the rules of their fields. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.conversations.turn_rating import TurnRating
from services.store.validation import END_OF_TIME, FIRST_TIME, Violation, text_violations

MAX_TITLE_LENGTH: Final = 200
MAX_SYSTEM_PROMPT_LENGTH: Final = 8_000
MAX_QUESTION_LENGTH: Final = 100_000
MAX_ANSWER_LENGTH: Final = 1_000_000
MAX_DETAILS_BYTES: Final = 1 << 20


class Mode(StrEnum):
    """What kind of answers a conversation gives."""

    ANALYST = "analyst"
    ASSISTANT = "assistant"


class TurnStatus(StrEnum):
    """How a turn ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose conversations: a user of a workspace."""

    workspace_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    """A conversation to make."""

    id: UUID
    title: str
    mode: str
    system_prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A stored conversation."""

    id: UUID
    title: str
    mode: str
    system_prompt: str
    turn_count: int
    memory_count: int
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """A finished turn to store."""

    id: UUID
    question: str
    answer: str
    status: str
    details_json: str
    start_time: datetime
    end_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A stored turn; `number` is its position in the conversation, from 1, `rating` the one in force."""

    number: int
    turn: NewTurn
    rating: TurnRating | None = None


def conversation_violations(conversation: NewConversation) -> Iterator[Violation]:
    """Every rule that a new conversation breaks."""
    yield from text_violations("conversation.title", conversation.title, maximum=MAX_TITLE_LENGTH)
    yield from text_violations(
        "conversation.system_prompt", conversation.system_prompt, maximum=MAX_SYSTEM_PROMPT_LENGTH
    )
    if conversation.mode not in set(Mode):
        yield _unknown("conversation.mode", "must be analyst or assistant")


def title_violations(title: str) -> Iterator[Violation]:
    """The rules of a title that is given on purpose."""
    if not title or title.isspace():
        yield Violation(field="title", reason=ErrorReason.MISSING_FIELD, description="must not be empty or blank")
    yield from text_violations("title", title, maximum=MAX_TITLE_LENGTH)


def turn_violations(turn: NewTurn) -> Iterator[Violation]:
    """Every rule that a turn breaks."""
    yield from text_violations("turn.question", turn.question, maximum=MAX_QUESTION_LENGTH)
    yield from text_violations("turn.answer", turn.answer, maximum=MAX_ANSWER_LENGTH)
    if turn.status not in set(TurnStatus):
        yield _unknown("turn.status", "must be completed, cancelled or failed")
    yield from _details_violations(turn.details_json)
    for field, time in (("turn.start_time", turn.start_time), ("turn.end_time", turn.end_time)):
        if not FIRST_TIME <= time < END_OF_TIME:
            yield Violation(
                field=field, reason=ErrorReason.BAD_TIMESTAMP, description="must be given, in the years 1970 to 9998"
            )


def _details_violations(details_json: str) -> Iterator[Violation]:
    field = "turn.details_json"
    if len(details_json.encode("utf-8", "surrogatepass")) > MAX_DETAILS_BYTES:
        yield Violation(field=field, reason=ErrorReason.TEXT_TOO_LONG, description="must be at most 1 MiB")
        return
    yield from text_violations(field, details_json, maximum=MAX_DETAILS_BYTES)
    if details_json and not _is_json(details_json):
        yield Violation(field=field, reason=ErrorReason.INVALID_ARGUMENT, description="must be JSON, or empty")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _unknown(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.UNKNOWN_ENUM_VALUE, description=description)
