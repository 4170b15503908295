"""Messages and label sets as the store thinks of them; protobuf and SQL are converted to and from these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

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
    """A message as it came. `author` None: the request named one that does not exist."""

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
    """What the classifier, or a person, said of one message. `intents`: most probable first.

    A person's set carries probability 1 and names the model that had the word before, if any. In a language that is not
    accepted there are no intents, and the sentiment's label is empty; a model that is not of the label guide may have
    intents of its own and no sentiment.
    """

    intents: tuple[LabelScore, ...]
    sentiment: LabelScore
    language: str
    abstained: bool
    model_name: str
    model_version: str
    author: LabelAuthor = LabelAuthor.MODEL
    review_value: float | None = None
    """What a person's look at a set of the model's is worth, in [0, 1]; None where it is not known."""

    @property
    def unsupported_language(self) -> bool:
        """Whether nothing but the language was said, because it is not accepted."""
        return not self.intents


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageColumns:
    """Messages as they came, column by column: imports bring many, and an object for each takes longer than storing it.

    `event_times`: microseconds since 1970, UTC; of a time that breaks its rule, anything that breaks it as well.
    """

    external_ids: Sequence[str]
    sources: Sequence[str]
    user_ids: Sequence[str]
    event_times: Sequence[int]
    texts: Sequence[str]
    conversation_ids: Sequence[str]
    authors: Sequence[Author | None]

    @classmethod
    def of(cls, messages: Sequence[NewMessage]) -> Self:
        """The columns of one message or more."""
        external_ids, sources, user_ids, event_times, texts, conversation_ids, authors = zip(*messages, strict=True)
        return cls(
            external_ids=external_ids,
            sources=sources,
            user_ids=user_ids,
            event_times=[(time - _EPOCH) // _MICROSECOND for time in event_times],
            texts=texts,
            conversation_ids=conversation_ids,
            authors=authors,
        )

    def __len__(self) -> int:
        return len(self.texts)

    def message(self, position: int) -> NewMessage:
        """One of them, which keeps every rule."""
        return NewMessage(
            external_id=self.external_ids[position],
            source=self.sources[position],
            user_id=self.user_ids[position],
            event_time=_EPOCH + self.event_times[position] * _MICROSECOND,
            text=self.texts[position],
            conversation_id=self.conversation_ids[position],
            author=self.authors[position],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Valid messages about to be stored, with the ids they get: UUIDs in 32 hexadecimal digits.

    `import_rows`: the place in the import `import_id` of those that have no external id, None for the others.
    """

    ids: Sequence[str]
    messages: MessageColumns
    import_rows: Sequence[int | None]
    import_id: UUID | None = None

    def __len__(self) -> int:
        return len(self.ids)
