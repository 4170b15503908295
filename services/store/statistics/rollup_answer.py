"""From what the roll-ups and the rest answer to the tallies of rows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import compress
from typing import Final, Self

from services.store.statistics.keys import Keys, key_text
from services.store.statistics.record_rows import Record, RecordRows
from services.store.statistics.rollups import Rollup, Span, is_whole, span_places
from services.store.statistics.user_counts import UserCount, numbers_of
from services.store.statistics.values import Tally

_BYTES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupAnswer:
    """Adds up the parts of one answer; records are mappings with the columns that the statements name."""

    asked: Rollup
    _rows: RecordRows
    _counts_users: bool
    _messages: dict[Keys, int] = field(default_factory=dict)
    _users: dict[Keys, UserCount] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Rollup) -> Self:
        """Nothing yet of what is asked."""
        return cls(asked=asked, _rows=RecordRows(asked.dimensions), _counts_users=asked.counts_users)

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
            if self._rows.lack_sentiment(keys):
                continue
            if self._counts_users:
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
            self._add(record, shape[0].keys, record["messages"], record["users"] if self._counts_users else b"")
            return
        quarters: bytes = record["quarters"]
        numbers = numbers_of(record["users"]) if self._counts_users else None
        for span in shape:
            chosen = quarters.translate(_selector(span))
            if count := chosen.count(1):
                self._add(record, span.keys, count)
                if numbers is not None:
                    for keys in self._rows.of(record, span.keys):
                        self._users.setdefault(keys, UserCount()).add_numbers(compress(numbers, chosen))

    def _add(self, record: Record, times: Keys, messages: int, users: bytes = b"") -> None:
        for keys in self._rows.of(record, times):
            if self._counts_users:
                self._users.setdefault(keys, UserCount()).add_numbers(numbers_of(users))
            else:
                self._messages[keys] = self._messages.get(keys, 0) + messages


def _selector(span: Span) -> bytes:
    """The table that turns quarters into 1 within a span, 0 outside."""
    return bytes(span.low <= quarter < span.high for quarter in range(_BYTES))
