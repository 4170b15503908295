"""What people say of the chat's answers, and the rules of it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.runtime.errors import ErrorReason
from services.store.validation import Violation, text_violations

MAX_COMMENT_LENGTH: Final = 1_000


class Rating(StrEnum):
    """What somebody says of an answer, as the column `turn_ratings.rating` has it."""

    UP = "up"
    DOWN = "down"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRating:
    """A rating to give."""

    rating: Rating
    comment: str
    author_name: str

    def says(self, given: "TurnRating | None") -> bool:
        """Whether it says what is in force: the same of both, or nothing where nothing is."""
        if given is None:
            return self.rating is Rating.CLEARED
        return (self.rating, self.comment) == (given.rating, given.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRating:
    """A stored rating."""

    rating: Rating
    comment: str
    create_time: datetime
    author_id: str
    author_name: str


def rating_violations(new: NewRating) -> Iterator[Violation]:
    """Every rule that a rating breaks."""
    yield from text_violations("comment", new.comment, maximum=MAX_COMMENT_LENGTH)
    if new.comment and new.rating is Rating.CLEARED:
        yield Violation(
            field="comment", reason=ErrorReason.INVALID_ARGUMENT, description="must be empty where a rating is cleared"
        )
