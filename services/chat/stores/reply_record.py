"""What is known of a reply beside its events, and what the log answers about it. Pure values."""

from dataclasses import dataclass
from enum import StrEnum

from earshot.chat.v1 import chat_pb2
from services.chat.stream_law import TERMINAL


class Claim(StrEnum):
    """What came of claiming a session for a reply."""

    BEGUN = "begun"
    SAME = "same"
    BUSY = "busy"
    WAITING = "waiting"
    ORPHAN = "orphan"


class WhenBusy(StrEnum):
    """What becomes of a message while another reply of its session runs."""

    REJECT = "reject"
    QUEUE = "queue"
    INTERRUPT = "interrupt"


class End(StrEnum):
    """How a reply is closed: its turn is in the store's archive, or still has to get there."""

    ARCHIVED = "archived"
    KEPT = "kept"


class Standing(StrEnum):
    """What the log says to the writer of a reply."""

    OURS = "ours"
    LOST = "lost"
    FENCED = "fenced"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStart:
    """What is known of a reply before its first event; enough to archive it when its process dies.

    `previous_number` is that of the turn it follows where it is asked in place of `replaces_turn_id`.
    """

    reply_id: str
    session_id: str
    text: str
    start_time: str
    request_id: str = ""
    fingerprint: str = ""
    replaces_turn_id: str = ""
    previous_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The outcome of a claim: the reply it concerns, and what is known of its request."""

    claim: Claim
    reply_id: str
    fingerprint: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyState:
    """What the log knows of a reply beside its events."""

    start: ReplyStart
    ended: bool
    archived: bool


def is_terminal(event: chat_pb2.ChatEvent) -> bool:
    """Whether nothing comes after this event."""
    return event.WhichOneof("event") in TERMINAL
