"""From what the roll-ups and the rest answer to the tallies of rows. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import Any, Final, Protocol

from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT
from services.store.filters import category_mask, intent_mask
from services.store.statistics.keys import Keys, key_text
from services.store.statistics.question import TIME_DIMENSIONS, Dimension
from services.store.statistics.rollups import Rollup, Span, is_whole, span_places
from services.store.statistics.user_counts import UserCount, numbers_of
from services.store.statistics.values import Tally

_INTENT_LABELS: Final = tuple((intent_mask([name]), name, category) for name, category in CATEGORY_OF_INTENT.items())
_CATEGORY_LABELS: Final = tuple((category_mask([name]), name) for name in CATEGORIES)
_LABELLED: Final = "labelled"
_BYTES: Final = 256


class Record(Protocol):
    """A row as the driver gives it."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401  # a column may hold anything
        """The value of a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupAnswer:
    """Adds up the parts of one answer; records are mappings with the columns that the statements name."""

    asked: Rollup
    _messages: dict[Keys, int] = field(default_factory=dict)
    _users: dict[Keys, UserCount] = field(default_factory=dict)

    def add_rollup(self, records: Iterable[Record]) -> None:
        """What `rollup_statement` answered."""
        if self.asked.holds_all:
            for record in records:
                self._add_set(record)
            return
        times = list(span_places(self.asked.shapes))
        for record in records:
            self._add(record, times[record["place"]], record["messages"])

    def add_rest(self, records: Iterable[Record]) -> None:
        """What `rest_statement` answered."""
        for record in records:
            if not record["messages"]:
                continue
            keys = tuple(key_text(name, record[f"key_{at}"]) for at, name in enumerate(self.asked.dimensions))
            if self._lacks_sentiment(keys):
                continue
            if self.asked.counts_users:
                users = self._users.setdefault(keys, UserCount())
                users.change(record["user_number"], record["user_id"], record["messages"])
            else:
                self._messages[keys] = self._messages.get(keys, 0) + record["messages"]

    def tallies(self) -> dict[Keys, Tally]:
        """The rows that have anything in them."""
        counts = self._messages or {keys: users.distinct() for keys, users in self._users.items()}
        return {keys: Tally(count, count) for keys, count in counts.items() if count}

    def _add_set(self, record: Record) -> None:
        shape = self.asked.shapes[record["place"]]
        if is_whole(shape):
            self._add(record, shape[0].keys, record["messages"], record["users"] if self.asked.counts_users else b"")
            return
        quarters: bytes = record["quarters"]
        numbers = numbers_of(record["users"]) if self.asked.counts_users else None
        for span in shape:
            chosen = quarters.translate(_selector(span))
            if count := chosen.count(1):
                self._add(record, span.keys, count)
                if numbers is not None:
                    for keys in self._rows(record, span.keys):
                        self._users.setdefault(keys, UserCount()).add_numbers(compress(numbers, chosen))

    def _add(self, record: Record, times: Keys, messages: int, users: bytes = b"") -> None:
        for keys in self._rows(record, times):
            if self.asked.counts_users:
                self._users.setdefault(keys, UserCount()).add_numbers(numbers_of(users))
            else:
                self._messages[keys] = self._messages.get(keys, 0) + messages

    def _rows(self, record: Record, times: Keys) -> Iterator[Keys]:
        """The rows a record counts in: one for each label it has, where labels are grouped by."""
        values = iter(times)
        keys = [next(values) if name in TIME_DIMENSIONS else _key(record, name) for name in self.asked.dimensions]
        if self._lacks_sentiment(keys):
            return iter(())
        if Dimension.INTENT in self.asked.dimensions:
            labels = _intents(record["intent_mask"])
        elif Dimension.CATEGORY in self.asked.dimensions:
            labels = _categories(record["category_mask"])
        else:
            return iter((tuple(keys),))
        return self._with_labels(keys, labels)

    def _lacks_sentiment(self, keys: Sequence[str]) -> bool:
        """Whether a row is grouped by a sentiment there is none of: that of messages in languages not accepted."""
        named = zip(self.asked.dimensions, keys, strict=True)
        return any(name is Dimension.SENTIMENT and not key for name, key in named)

    def _with_labels(self, keys: list[str], labels: tuple[tuple[str, str], ...]) -> Iterator[Keys]:
        for intent, category in labels:
            for place, name in enumerate(self.asked.dimensions):
                if name is Dimension.CATEGORY:
                    keys[place] = category
                elif name is Dimension.INTENT:
                    keys[place] = intent
            yield tuple(keys)


# Records are thousands, and the sets of labels in them few.
@lru_cache(maxsize=4096)
def _intents(mask: int) -> tuple[tuple[str, str], ...]:
    """(intent, its category) of each bit."""
    return tuple((name, category) for bit, name, category in _INTENT_LABELS if mask & bit)


@lru_cache(maxsize=4096)
def _categories(mask: int) -> tuple[tuple[str, str], ...]:
    """(nothing, category) of each bit."""
    return tuple(("", name) for bit, name in _CATEGORY_LABELS if mask & bit)


def _key(record: Record, name: Dimension) -> str:
    """The key of a dimension that is not one of time; of labels, which follow, nothing."""
    match name:
        case Dimension.INTENT | Dimension.CATEGORY:
            return ""
        case Dimension.STATUS:
            return _LABELLED
        case _:
            return str(record[name.value])


def _selector(span: Span) -> bytes:
    """The table that turns quarters into 1 within a span, 0 outside."""
    return bytes(span.low <= quarter < span.high for quarter in range(_BYTES))
