"""What a session remembers. Pure values."""

from dataclasses import dataclass

from services.chat.question import Interpretation


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedTurn:
    """A finished turn as the model is reminded of it. `number` is its position in the session, from 1."""

    id: str
    number: int
    question: str
    answer: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedTurn:
    """A finished turn that another one is asked in place of: its session, its question, and the turn it followed."""

    session_id: str
    question: str
    previous_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMemory:
    """What a session remembers: its last turns, oldest first, and the question in force."""

    turns: tuple[RememberedTurn, ...] = ()
    in_force: Interpretation | None = None
