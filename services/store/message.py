"""Messages and label sets as the store thinks of them; protobuf and SQL are converted to and from these."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

ABSENT_TIME: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for an event time that was not given; validation refuses it."""

IMPOSSIBLE_TIME: Final = datetime.max.replace(tzinfo=UTC)
"""Stands for an event time beyond any calendar; validation refuses it."""


class Author(StrEnum):
    """Who wrote a message, as the column `messages.author` has it."""

    CUSTOMER = "customer"
    AGENT = "agent"


class LabelStatus(StrEnum):
    """Whether a message has labels."""

    PENDING = "pending"
    LABELLED = "labelled"
    FAILED = "failed"


class LabelAuthor(StrEnum):
    """Who gave a label set, as the column `labels.author` has it."""

    MODEL = "model"
    HUMAN = "human"


class NewMessage(NamedTuple):
    """A message as it came. `author` None: the request named one that does not exist.

    A tuple, because imports make one per row and a frozen dataclass takes five times as long to make.
    """

    external_id: str
    source: str
    user_id: str
    event_time: datetime
    text: str
    conversation_id: str
    author: Author | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """One label and its calibrated probability in [0, 1]."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """What the classifier, or a person, said of one message. `intents`: most probable first, never empty.

    A person's set carries probability 1 and names the model that had the word before, if any.
    """

    intents: tuple[LabelScore, ...]
    sentiment: LabelScore
    language: str
    abstained: bool
    model_name: str
    model_version: str
    author: LabelAuthor = LabelAuthor.MODEL


class CustomMatch(NamedTuple):
    """A custom category that holds for a message, by its id and its name now."""

    category_id: UUID
    name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as it is stored; `labels` and `labels_valid_from` are those in force, None without any."""

    id: UUID
    message: NewMessage
    create_time: datetime
    status: LabelStatus
    labels: LabelSet | None = None
    labels_valid_from: datetime | None = None
    custom_categories: tuple[CustomMatch, ...] = ()


class Arrival(NamedTuple):
    """A message about to be stored, with the id it gets and, where it has no external id, its place in an import."""

    id: UUID
    message: NewMessage
    import_id: UUID | None = None
    import_row: int | None = None
