"""What conversations remember beside their turns, and the rules of its fields. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.validation import Violation, text_violations

MAX_MEMORY_LENGTH: Final = 500
MAX_MEMORIES: Final = 200
_LARGEST_NUMBER: Final = 2**31 - 1


class MemoryKind(StrEnum):
    """What an entry is."""

    FACT = "fact"
    PREFERENCE = "preference"
    FORGOTTEN_TURN = "forgotten_turn"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMemory:
    """An entry to keep; `turn_number` 0 for none."""

    id: UUID
    kind: str
    text: str
    turn_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A kept entry."""

    memory: NewMemory
    create_time: datetime
    update_time: datetime


def memory_violations(memory: NewMemory) -> Iterator[Violation]:
    """Every rule that an entry breaks."""
    yield from text_violations("memory.text", memory.text, maximum=MAX_MEMORY_LENGTH)
    if memory.kind not in set(MemoryKind):
        description = f"must be one of {', '.join(MemoryKind)}"
        yield Violation(field="memory.kind", reason=ErrorReason.UNKNOWN_ENUM_VALUE, description=description)
    if not 0 <= memory.turn_number <= _LARGEST_NUMBER:
        yield Violation(
            field="memory.turn_number", reason=ErrorReason.INVALID_ARGUMENT, description="must not be negative"
        )
