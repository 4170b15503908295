"""What a session remembers. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from services.chat.question import Interpretation


class NoteKind(StrEnum):
    """What an entry beside the turns is; the last two say what is not used any more."""

    FACT = "fact"
    PREFERENCE = "preference"
    FORGOTTEN_TURN = "forgotten_turn"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An entry beside the turns. `turn_number`: the turn it came from or is about, 0 for none. Times are RFC 3339."""

    id: str
    kind: NoteKind
    text: str
    turn_number: int
    create_time: str = ""
    update_time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedTurn:
    """A finished turn as the model is reminded of it. `number` is its position in the session, from 1.

    Where a model read its question: the function it called, with which arguments and result (JSON); else empty.
    `customers` are those it filtered by, whom no model gets to see.
    """

    id: str
    number: int
    question: str
    answer: str
    status: str
    call_name: str = ""
    call_arguments: str = ""
    call_result: str = ""
    customers: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The turn that `dataclasses.asdict` made `told` of, by way of JSON."""
        return cls(**{**told, "customers": tuple(told.get("customers", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """An earlier turn that is close to a question: the cosine of their embeddings."""

    turn: RememberedTurn
    closeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """What was found of turns before the window, the closest first; `unavailable` where nobody could look."""

    turns: tuple[Recalled, ...] = ()
    unavailable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedTurn:
    """A finished turn that another one is asked in place of: its session, its question, and the turn it followed."""

    session_id: str
    question: str
    previous_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMemory:
    """What a session remembers: its last turns, oldest first, the question in force, and the notes."""

    turns: tuple[RememberedTurn, ...] = ()
    in_force: Interpretation | None = None
    notes: tuple[Note, ...] = field(default=())

    @property
    def entries(self) -> tuple[Note, ...]:
        """Facts and preferences, oldest first."""
        return tuple(note for note in self.notes if note.kind in {NoteKind.FACT, NoteKind.PREFERENCE})

    @property
    def start(self) -> int:
        """Turns up to this number are not used any more."""
        return max((note.turn_number for note in self.notes if note.kind is NoteKind.START), default=0)

    @property
    def forgotten(self) -> frozenset[int]:
        """Single turns that are not used any more."""
        return frozenset(note.turn_number for note in self.notes if note.kind is NoteKind.FORGOTTEN_TURN)

    @property
    def usable(self) -> tuple[RememberedTurn, ...]:
        """The turns a model may be reminded of, oldest first."""
        usable = (turn for turn in self.turns if turn.number > self.start and turn.answer)
        return tuple(turn for turn in usable if turn.number not in self.forgotten)
