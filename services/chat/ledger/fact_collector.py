"""What a true number is to the ledger, and where the facts of one turn are gathered. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.chat.ledger.numerals.dates import WrittenDate, WrittenTime
from services.chat.ledger.numerals.find import find
from services.chat.ledger.numerals.quantities import Kind, Quantity, Reading

QUESTION: Final = "question"
"""The cell of facts that only the question brought up."""

DateParts = tuple[int | None, int | None, int | None]
"""Year, month and day as far as they are said."""


class Context(StrEnum):
    """What the words around a number must speak of for a fact to carry it."""

    DIFFERENCE = "difference"
    REST = "rest"
    SUM = "sum"
    TOP = "top"
    ROWS = "rows"
    OTHERS = "others"
    DAYS = "days"
    HOURS = "hours"
    WEEKS = "weeks"
    MONTHS = "months"
    WEEK_NUMBER = "week_number"
    CONTRIBUTION = "contribution"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number that is true. `row` says which rows it speaks of alone: (result, row) positions."""

    kind: Kind
    value: float
    cell: str
    context: Context | None = None
    rows: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class FactCollector:
    """Gathers the facts of one turn."""

    facts: list[Fact] = field(default_factory=list)
    dates: set[DateParts] = field(default_factory=set)
    weeks: set[tuple[int, int]] = field(default_factory=set)
    minutes: set[int] = field(default_factory=set)

    def add(
        self,
        value: float | None,
        cell: str,
        *,
        kind: Kind = Kind.NUMBER,
        context: Context | None = None,
        rows: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Adds a number unless it does not exist."""
        if value is not None:
            self.facts.append(Fact(kind=kind, value=value, cell=cell, context=context, rows=frozenset(rows)))

    def percent(
        self,
        fraction: float | None,
        cell: str,
        *,
        context: Context | None = None,
        rows: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Adds a fraction of one as a percentage."""
        if fraction is not None:
            self.add(100 * fraction, cell, kind=Kind.PERCENT, context=context, rows=rows)

    def parts(self, year: int | None, month: int | None, day: int | None) -> None:
        """Adds a date and everything coarser that may be said of it."""
        self.dates |= {
            (year, month, day),
            (None, month, day),
            (year, month, None),
            (year, None, None),
            (None, None, day),
        }

    def day(self, day: date) -> None:
        """Adds a day, its week and its month."""
        self.parts(day.year, day.month, day.day)
        year, week, _ = day.isocalendar()
        self.weeks.add((year, week))
        self.add(float(week), "week", context=Context.WEEK_NUMBER)

    def instant(self, instant: datetime) -> None:
        """Adds a local instant: its day and its time of day."""
        self.day(instant.date())
        self.minutes.add(instant.hour * 60 + instant.minute)

    def hour(self, hour: int) -> None:
        """Adds an hour of the day: its beginning, its last minute and its end."""
        self.minutes |= {hour * 60, hour * 60 + 59, hour * 60 + 60, (hour * 60 + 60) % 1440}

    def text(self, text: str, cell: str) -> None:
        """Adds every numeral of a text that may be repeated in the answer."""
        for numeral in find(text):
            for part in (numeral, *numeral.parts):
                for reading in part.readings:
                    self._reading(reading, cell)

    def _reading(self, reading: Reading, cell: str) -> None:
        if isinstance(reading, Quantity):
            self.add(reading.value * (reading.sign or 1), cell, kind=reading.kind)
        elif isinstance(reading, WrittenTime):
            self.minutes.add(reading.minutes)
        elif isinstance(reading, WrittenDate) and reading.week is not None and reading.year is not None:
            self.weeks.add((reading.year, reading.week))
        elif isinstance(reading, WrittenDate):
            self.parts(reading.year, reading.month, reading.day)
