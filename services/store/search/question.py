"""What is searched for, checked and with its defaults filled in."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.store.filters import Filters, TimeRange
from services.store.message import Author

DEPTH: Final = 100
"""How far each ranking goes before they are fused: all pages together hold at most twice as many messages."""

LEAST_ALIKE: Final = 0.25
"""Cosine below which a message does not mean what is looked for. Of 60 questions about 3,000 messages of Banking77 one
right message in a thousand was below 0.36; short questions about long messages go down to 0.3.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuestion:
    """Either `text` or `similar_to`; `offset` and `limit` cut the page out of the fused ranking.

    Messages of whomever where `authors` is empty.
    """

    text: str
    similar_to: UUID | None
    filters: Filters
    time_range: TimeRange
    authors: frozenset[Author]
    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One message found; `similarity` None where its words alone were found."""

    message_id: UUID
    score: float
    similarity: float | None
