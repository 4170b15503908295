"""The law of a reply's events, as a small state machine. Pure.

started (seq 0) → delta, query and notice in any order → usage at most once → exactly one of completed, cancelled and
failed. Every seq is one more than the last. The reply log obeys it when it appends, readers check it when they resume.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class EventKind(StrEnum):
    """Which event of `ChatEvent.event` an event is."""

    STARTED = "started"
    DELTA = "delta"
    QUERY = "query"
    NOTICE = "notice"
    USAGE = "usage"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


TERMINAL: Final = frozenset({EventKind.COMPLETED, EventKind.CANCELLED, EventKind.FAILED})
"""The kinds that end a reply."""

_BODY: Final = frozenset({EventKind.DELTA, EventKind.QUERY, EventKind.NOTICE})


class StreamLawViolation(Exception):  # noqa: N818 - a broken law is what it is called everywhere
    """An event that may not come here. `kind` and `seq` are the event's, `expected` says what could have come."""

    def __init__(self, kind: EventKind, seq: int, expected: str) -> None:
        super().__init__(f"event {kind} with seq {seq} breaks the law of the stream: expected {expected}")
        self.kind = kind
        self.seq = seq
        self.expected = expected


class Phase(IntEnum):
    """How far a reply has come."""

    NEW = 0
    BODY = 1
    USED = 2
    ENDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a reply stands: its phase and the seq its next event must have."""

    phase: Phase = Phase.NEW
    next_seq: int = 0

    @property
    def ended(self) -> bool:
        """Whether the terminal event has come."""
        return self.phase is Phase.ENDED

    def after(self, kind: EventKind, seq: int) -> "Position":
        """The position after an event. Raises StreamLawViolation where the event may not come."""
        if self.ended:
            raise StreamLawViolation(kind, seq, "nothing after the end")
        if seq != self.next_seq:
            raise StreamLawViolation(kind, seq, f"seq {self.next_seq}")
        return Position(phase=self._next_phase(kind, seq), next_seq=seq + 1)

    def _next_phase(self, kind: EventKind, seq: int) -> Phase:
        if self.phase is Phase.NEW:
            if kind is not EventKind.STARTED:
                raise StreamLawViolation(kind, seq, "started")
            return Phase.BODY
        if kind in TERMINAL:
            return Phase.ENDED
        if self.phase is Phase.USED:
            raise StreamLawViolation(kind, seq, "completed, cancelled or failed")
        if kind is EventKind.USAGE:
            return Phase.USED
        if kind not in _BODY:
            raise StreamLawViolation(kind, seq, "delta, query, notice, usage or an end")
        return Phase.BODY


def resumed(after_seq: int) -> Position:
    """The position of a reader that has seen everything up to `after_seq`; −1 has seen nothing.

    What it has not seen may have been the usage, so the law is checked as for a body.
    """
    return Position(phase=Phase.NEW if after_seq < 0 else Phase.BODY, next_seq=after_seq + 1)


def check(events: Iterable[tuple[EventKind, int]]) -> Position:
    """The position after all events of a reply. Raises StreamLawViolation at the first that breaks the law."""
    position = Position()
    for kind, seq in events:
        position = position.after(kind, seq)
    return position
