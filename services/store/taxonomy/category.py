"""Custom categories as the store thinks of them. Pure."""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.validation import MAX_TEXT_LENGTH, Violation, text_violations

MAX_NAME_LENGTH: Final = 100
MAX_DESCRIPTION_LENGTH: Final = 2_000
MAX_EXAMPLES: Final = 50

_SUREST: Final = 1e-6
"""Thresholds are kept this far from 0 and 1, whose logits are infinite."""


class CategoryState(StrEnum):
    """Where a category stands, as the column `custom_categories.state` has it."""

    DRAFT = "draft"
    APPLIED = "applied"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a person says of a category."""

    name: str
    description: str
    examples: tuple[str, ...]

    def digest(self) -> bytes:
        """SHA-256 of all of it, in the order of its fields."""
        return hashlib.sha256(json.dumps([self.name, self.description, self.examples]).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A logistic regression over embeddings of one encoder; the category holds from `threshold` on."""

    encoder: str
    weights: Sequence[float]
    bias: float
    threshold: float

    @property
    def cut(self) -> float:
        """The smallest weights · embedding + bias for which the category holds: the logit of the threshold."""
        threshold = min(max(self.threshold, _SUREST), 1 - _SUREST)
        return math.log(threshold / (1 - threshold))


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A custom category as it is stored. `walked` of `walk_total` messages of history were tried."""

    id: UUID
    definition: Definition
    state: CategoryState
    encoder: str
    create_time: datetime
    apply_time: datetime | None
    retire_time: datetime | None
    walked: int
    walk_total: int
    walking: bool
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a category would find: how many, on which local days, and message ids with their probability."""

    considered: int
    matches: int
    days: tuple[tuple[date, int], ...]
    surest: tuple[tuple[UUID, float], ...]
    least_sure: tuple[tuple[UUID, float], ...]


def definition_violations(definition: Definition) -> Iterator[Violation]:
    """Every rule that a definition breaks."""
    yield from name_violations(definition.name)
    yield from text_violations("description", definition.description, maximum=MAX_DESCRIPTION_LENGTH)
    if len(definition.examples) > MAX_EXAMPLES:
        yield Violation(
            field="examples", reason=ErrorReason.TOO_MANY_TEXTS, description=f"must be at most {MAX_EXAMPLES} messages"
        )
    for place, example in enumerate(definition.examples[:MAX_EXAMPLES]):
        field = f"examples[{place}]"
        if not example.strip():
            yield Violation(field=field, reason=ErrorReason.EMPTY_TEXT, description="must not be empty or blank")
        yield from text_violations(field, example, maximum=MAX_TEXT_LENGTH)


def name_violations(name: str) -> Iterator[Violation]:
    """Every rule that a name breaks."""
    if not name.strip():
        yield Violation(field="name", reason=ErrorReason.MISSING_FIELD, description="must not be empty or blank")
    yield from text_violations("name", name, maximum=MAX_NAME_LENGTH)
