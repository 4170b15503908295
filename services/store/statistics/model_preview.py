"""How counts would differ if another model had labelled the messages (B18). Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from services.store.filters import TimeRange, label_masks
from services.store.message import LabelAuthor, LabelSet
from services.store.statistics.estimates import LABELS, Model, label_names
from services.store.statistics.question import Dimension


class LabelBits(NamedTuple):
    """The labels of a message as they are counted."""

    intents: int
    categories: int
    sentiment: str

    @classmethod
    def of(cls, labels: LabelSet) -> "LabelBits":
        """What a label set would be counted as."""
        intents, categories = label_masks(score.label for score in labels.intents)
        return cls(intents=intents, categories=categories, sentiment=labels.sentiment.label)


NO_LABELS: Final = LabelBits(0, 0, "")
"""Of a message that waits for labels, or is in a language that is not accepted."""


class PreviewedMessage(NamedTuple):
    """A message as it is. `author`: who labelled it, None while nobody has. `text`: what the shadow is to label."""

    author: str | None
    labels: LabelBits
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedCount:
    """One label: messages that have it, that would have it, and that have it either way."""

    dimension: Dimension
    key: str
    count: int
    shadow_count: int
    both: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted so far."""

    considered: int = 0
    changed: int = 0
    judged: int = 0
    unsupported: int = 0
    pending: int = 0
    _pairs: Counter[tuple[LabelBits, LabelBits]] = field(default_factory=Counter)

    def stays(self, message: PreviewedMessage) -> None:
        """Counts a message that would be as it is."""
        self.pending += message.author is None
        self.judged += message.author == LabelAuthor.HUMAN
        self.unsupported += message.author == LabelAuthor.MODEL
        self._pairs[message.labels, message.labels] += 1

    def relabelled(self, message: PreviewedMessage, labels: LabelBits) -> None:
        """Counts a message that the shadow gave these labels."""
        self.considered += 1
        self.changed += message.labels != labels
        self._pairs[message.labels, labels] += 1

    def rows(self) -> Sequence[PreviewedCount]:
        """Every label that counts a message now or would: dimension by dimension, the most changed first."""
        return [row for dimension in LABELS for row in self._rows_of(dimension)]

    def _rows_of(self, dimension: Dimension) -> Sequence[PreviewedCount]:
        now, then, both = Counter[str](), Counter[str](), Counter[str]()
        for (before, after), messages in self._pairs.items():
            had, gets = (set(label_names(dimension, _part(labels, dimension))) for labels in (before, after))
            for counted, names in ((now, had), (then, gets), (both, had & gets)):
                counted.update(dict.fromkeys(names, messages))
        found = [
            PreviewedCount(dimension=dimension, key=key, count=now[key], shadow_count=then[key], both=both[key])
            for key in now | then
        ]
        return sorted(found, key=lambda row: (2 * row.both - row.count - row.shadow_count, row.key))


def _part(labels: LabelBits, dimension: Dimension) -> int | str:
    match dimension:
        case Dimension.CATEGORY:
            return labels.categories
        case Dimension.INTENT:
            return labels.intents
        case _:
            return labels.sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPreview:
    """The answer. `range` is closed at `as_of`."""

    shadow: Model
    tally: Tally
    range: TimeRange
    as_of: datetime
