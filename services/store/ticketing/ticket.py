"""Tickets and their analyses as values, the rules of their fields, and how they may move. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.message import LabelScore
from services.store.validation import MAX_TEXT_LENGTH, MAX_USER_ID_LENGTH, Violation, text_violations

MAX_SUBJECT_LENGTH: Final = 500
MAX_METADATA: Final = 50
MAX_METADATA_NAME: Final = 100
MAX_METADATA_VALUE: Final = 1_000
MAX_MESSAGES: Final = 100
MAX_ATTEMPTS: Final = 5
MAX_SIMILAR: Final = 5
SIMILAR_ENOUGH: Final = 0.6
"""Cosine similarity from which on the resolution of one ticket is suggested for another with an intent of its."""


class Status(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class AnalysisState(StrEnum):
    """State of what is found out."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


_MOVES: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.OPEN: frozenset({Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED}),
        Status.IN_PROGRESS: frozenset({Status.OPEN, Status.RESOLVED, Status.CLOSED}),
        Status.RESOLVED: frozenset({Status.OPEN, Status.CLOSED}),
        Status.CLOSED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket as it was asked for."""

    subject: str
    body: str
    metadata: Mapping[str, str]
    message_ids: tuple[UUID, ...]
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarTicket:
    """A settled ticket that is similar; `intents`: its own, where they were asked for."""

    ticket_id: UUID
    similarity: float
    resolution: str
    intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What was found out about a ticket."""

    category: str
    confidence: float
    intents: tuple[LabelScore, ...]
    summary: str
    suggested_reply: str
    similar: tuple[SimilarTicket, ...]
    model_name: str
    model_version: str
    create_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A stored ticket with the analysis in force."""

    id: UUID
    ticket: NewTicket
    status: Status
    resolution: str
    version: int
    create_time: datetime
    update_time: datetime
    resolve_time: datetime | None
    analysis_state: AnalysisState
    analysis: Analysis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionPattern:
    """A way to settle tickets, and how often it was used; `key` tells it from the others of a list."""

    resolution: str
    count: int
    ticket_ids: tuple[UUID, ...]
    key: str


def may_move(before: Status, after: Status) -> bool:
    """Whether a ticket may go from one status to the other; it may always stay."""
    return before is after or after in _MOVES[before]


def analysed_text(ticket: NewTicket) -> str:
    """The text that is analysed: subject and body, as much as the classifier reads. A subject without an end gets one,
    so that no summary runs it into the first sentence of the body.
    """
    subject = ticket.subject.strip()
    if subject and ticket.body and subject[-1].isalnum():
        subject += "."
    return "\n\n".join(part for part in (subject, ticket.body) if part)[:MAX_TEXT_LENGTH]


def ticket_violations(ticket: NewTicket) -> Iterator[Violation]:
    """Every rule that a new ticket breaks."""
    if (not ticket.body or ticket.body.isspace()) and not ticket.message_ids:
        yield Violation(
            field="body", reason=ErrorReason.EMPTY_TEXT, description="must not be blank where no messages are given"
        )
    yield from text_violations("subject", ticket.subject, maximum=MAX_SUBJECT_LENGTH)
    yield from text_violations("body", ticket.body, maximum=MAX_TEXT_LENGTH)
    yield from text_violations("user_id", ticket.user_id, maximum=MAX_USER_ID_LENGTH)
    if len(ticket.message_ids) > MAX_MESSAGES:
        yield Violation(
            field="message_ids",
            reason=ErrorReason.TOO_MANY_MESSAGES,
            description=f"must be at most {MAX_MESSAGES} messages",
        )
    if len(ticket.metadata) > MAX_METADATA:
        yield Violation(
            field="metadata",
            reason=ErrorReason.INVALID_ARGUMENT,
            description=f"must hold at most {MAX_METADATA} entries",
        )
    for name, value in ticket.metadata.items():
        yield from text_violations("metadata", name, maximum=MAX_METADATA_NAME)
        yield from text_violations("metadata", value, maximum=MAX_METADATA_VALUE)


def resolution_violations(resolution: str) -> Iterator[Violation]:
    """Every rule that the words of a resolution break."""
    yield from text_violations("resolution", resolution, maximum=MAX_TEXT_LENGTH)
