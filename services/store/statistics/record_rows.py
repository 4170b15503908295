"""The rows that a record of the roll-ups counts in. Pure.

Answers are made of thousands of records: what all of them share is looked up once, as is what a set of labels holds.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias

from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT
from services.store.filters import category_mask, intent_mask
from services.store.statistics.keys import Keys
from services.store.statistics.question import TIME_DIMENSIONS, Dimension

_Labels: TypeAlias = tuple[tuple[str, str], ...]

_INTENT_LABELS: Final = tuple((intent_mask([name]), name, category) for name, category in CATEGORY_OF_INTENT.items())
_CATEGORY_LABELS: Final = tuple((category_mask([name]), name) for name in CATEGORIES)
_LABELS: Final = (Dimension.INTENT, Dimension.CATEGORY)
_KNOWN: Final = {Dimension.STATUS: "labelled"}
"""What every message in the roll-ups is."""


class Record(Protocol):
    """A row as the driver gives it."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401  # a column may hold anything
        """The value of a column."""


class RecordRows:
    """The rows of a grouping."""

    def __init__(self, dimensions: tuple[Dimension, ...]) -> None:
        places = {name: place for place, name in enumerate(dimensions)}
        self._template = [_KNOWN.get(name, "") for name in dimensions]
        self._times = [place for name, place in places.items() if name in TIME_DIMENSIONS]
        self._columns = [
            (place, name.value)
            for name, place in places.items()
            if name not in TIME_DIMENSIONS and name not in _LABELS and name not in _KNOWN
        ]
        self._intent, self._category = (places.get(name) for name in _LABELS)
        self._sentiment = places.get(Dimension.SENTIMENT)
        self._mask, self._labels_of = _mask(self._intent, self._category)

    def of(self, record: Record, times: Keys) -> Sequence[Keys]:
        """The rows of a record at these keys of time: one for each label it has, where labels are grouped by."""
        keys = self._template.copy()
        for place, key in zip(self._times, times, strict=True):
            keys[place] = key
        for place, column in self._columns:
            keys[place] = str(record[column])
        if self.lack_sentiment(keys):
            return ()
        if self._labels_of is None:
            return (tuple(keys),)
        return [self._labelled(keys, label) for label in self._labels_of(record[self._mask])]

    def lack_sentiment(self, keys: Sequence[str]) -> bool:
        """Whether a row is grouped by a sentiment there is none of: that of messages in languages not accepted."""
        return self._sentiment is not None and not keys[self._sentiment]

    def _labelled(self, keys: list[str], label: tuple[str, str]) -> Keys:
        if self._intent is not None:
            keys[self._intent] = label[0]
        if self._category is not None:
            keys[self._category] = label[1]
        return tuple(keys)


def _mask(intent: int | None, category: int | None) -> tuple[str, Callable[[int], _Labels] | None]:
    """The column that holds a record's labels, and how it is read."""
    if intent is not None:
        return "intent_mask", _intents
    if category is not None:
        return "category_mask", _categories
    return "", None


@lru_cache(maxsize=4096)
def _intents(mask: int) -> _Labels:
    """(intent, its category) of each bit."""
    return tuple((name, category) for bit, name, category in _INTENT_LABELS if mask & bit)


@lru_cache(maxsize=4096)
def _categories(mask: int) -> _Labels:
    """(nothing, category) of each bit."""
    return tuple(("", name) for bit, name in _CATEGORY_LABELS if mask & bit)
