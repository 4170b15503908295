"""Queries kept under a name, and the rules of their fields. Pure."""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.validation import Violation, text_violations

WORKSPACE: Final = ""
"""The owner of what the whole workspace has."""

MAX_DAYS: Final = 3_660
MAX_OPERATION_LENGTH: Final = 32
_OUTER: Final = " .,;:!?…¿¡"


class Kind(StrEnum):
    """What a saved query is for, as the column `saved_queries.kind` has it."""

    VIEW = "view"
    QUESTION = "question"


MAX_NAME_LENGTH: Final = {Kind.VIEW: 100, Kind.QUESTION: 1_000}
MOST: Final = {Kind.VIEW: 100, Kind.QUESTION: 1_000}
"""Of one owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSavedQuery:
    """A query to keep. `query_json`: the contract's JSON, without instants; days are local ones, in ISO form."""

    kind: Kind
    owner_id: str
    name: str
    query_json: str
    days: int
    first_day: str
    last_day: str
    operation: str
    author_id: str
    author_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A kept query."""

    id: UUID
    saved: NewSavedQuery
    create_time: datetime
    update_time: datetime


def name_key(name: str) -> bytes:
    """What names are compared by: SHA-256 of the name without case, outer punctuation and the number of spaces."""
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split()).strip(_OUTER)
    return hashlib.sha256((folded or name).encode()).digest()


def saved_violations(new: NewSavedQuery) -> Iterator[Violation]:
    """Every rule that a query breaks beside those of the question itself."""
    yield from name_violations(new.kind, new.name)
    if new.kind is Kind.VIEW:
        yield from _period_violations(new)
        return
    if new.owner_id != WORKSPACE:
        yield _wrong("shared", "must be true of a question")
    if new.days or new.first_day or new.last_day:
        yield _wrong("days", "and days are a view's: a question's period is what its words say")
    if not 0 < len(new.operation) <= MAX_OPERATION_LENGTH or not new.operation.isidentifier():
        yield _wrong("operation", "must name a kind of answer")


def name_violations(kind: Kind, name: str) -> Iterator[Violation]:
    """Every rule that a name breaks."""
    if not name.strip():
        yield Violation(field="name", reason=ErrorReason.EMPTY_TEXT, description="must not be empty or blank")
    yield from text_violations("name", name, maximum=MAX_NAME_LENGTH[kind])


def _period_violations(new: NewSavedQuery) -> Iterator[Violation]:
    if new.operation:
        yield _wrong("operation", "is a question's; leave it out")
    if new.first_day or new.last_day:
        if new.days:
            yield _bad_range("days", "cannot be given beside a first and last day")
        if not _are_days_in_order(new.first_day, new.last_day):
            yield _bad_range("first_day", "and last_day must be local days in order, as in 2026-03-01")
    elif not 1 <= new.days <= MAX_DAYS:
        yield _bad_range("days", f"must be from 1 to {MAX_DAYS:,}, or a first and a last day be given")


def _are_days_in_order(first: str, last: str) -> bool:
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return False
    return days[0] <= days[1] and (first, last) == (days[0].isoformat(), days[1].isoformat())


def _bad_range(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.BAD_RANGE, description=description)


def _wrong(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.INVALID_ARGUMENT, description=description)
