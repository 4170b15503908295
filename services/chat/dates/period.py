"""Periods on the caller's wall calendar, and the arithmetic of calendar units. Pure, without zones."""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class Unit(IntEnum):
    """How coarse a period is; larger units hold smaller ones."""

    MINUTE = 0
    HOUR = 1
    PART = 2
    DAY = 3
    WEEKEND = 4
    WEEK = 5
    MONTH = 6
    QUARTER = 7
    HALF = 8
    YEAR = 9
    SPAN = 10


MONTHS_IN = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF: 6, Unit.YEAR: 12}
_LENGTH = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.PART: timedelta(days=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEKEND: timedelta(days=7),
    Unit.WEEK: timedelta(days=7),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open [start, end) of naive wall times; None leaves a side open. `parts` are a range's two named ends."""

    start: datetime | None = None
    end: datetime | None = None
    unit: Unit = Unit.SPAN
    rolling: bool = False
    parts: "tuple[Period, Period] | None" = None

    @property
    def middle(self) -> datetime:
        """The middle of a period closed on both sides. Raises ValueError for an open one."""
        if self.start is None or self.end is None:
            msg = "an open period has no middle"
            raise ValueError(msg)
        return self.start + (self.end - self.start) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A period named without its year, month or week ("March", "the 3rd", "Friday", "Christmas").

    `near` gives its occurrences around a wall time, in order, reaching at least one occurrence back and one on.
    """

    unit: Unit
    near: Callable[[datetime], Iterable[Period]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A period told from another one: "the week before" is (-1, WEEK), "the same time last year" (-1, YEAR, same).

    `unit` None stands for the other period's own length; `same` keeps the other period's shape. `fallback` is what the
    phrase means where no other period is known. `calendar` phrases ("the previous week") mean the fallback as well
    where the other period is finer than the unit.
    """

    count: int
    unit: Unit | None = None
    same: bool = False
    fallback: Period | None = None
    calendar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Periods that do not touch, latest first, as in "the last two Fridays"."""

    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours:
    """Hours of a day not named yet, [start, end) from midnight: "between 9 and 12"; a `whole_part` is "at night"."""

    start: timedelta
    end: timedelta
    whole_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vague:
    """A phrase that has to be asked about; `reason` says why, `choices` are phrases to offer in its place."""

    reason: str
    choices: tuple[str, ...] = ()


Value = Period | Anchor | Shift | Several | DayHours | Vague


def floor(local: datetime, unit: Unit) -> datetime:
    """The start of the calendar unit that holds `local`. Weeks start on Monday (ISO 8601)."""
    if unit is Unit.MINUTE:
        return local.replace(second=0, microsecond=0)
    if unit is Unit.HOUR:
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit in {Unit.WEEK, Unit.WEEKEND}:
        return day - timedelta(days=day.weekday() - (5 if unit is Unit.WEEKEND else 0))
    if unit in MONTHS_IN:
        months = MONTHS_IN[unit]
        return day.replace(day=1, month=(day.month - 1) // months * months + 1)
    return day


def step(local: datetime, unit: Unit, count: int) -> datetime:
    """`local` moved by `count` units; a day that the target month lacks becomes its last one."""
    if unit not in MONTHS_IN:
        return local + _LENGTH[unit] * count
    months = local.year * 12 + local.month - 1 + MONTHS_IN[unit] * count
    year, month = divmod(months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def containing(local: datetime, unit: Unit, offset: int = 0) -> Period:
    """The calendar unit that holds `local`, or the one `offset` units on."""
    start = step(floor(local, unit), unit, offset)
    end = start + timedelta(days=2) if unit is Unit.WEEKEND else step(start, unit, 1)
    return Period(start=start, end=end, unit=unit)


def day(year: int, month: int, number: int) -> Period | None:
    """The period of a date, or None where the calendar has no such day."""
    try:
        return containing(datetime(year, month, number), Unit.DAY)  # noqa: DTZ001 - wall times are naive here
    except ValueError:
        return None


def yearly(unit: Unit, at: Callable[[int], Period | None]) -> Anchor:
    """An anchor that comes once a year (or more rarely: 29 February); `at` gives it for a year."""

    def near(local: datetime) -> list[Period]:
        close = _yearly_between(at, local.year - 2, local.year + 2)
        return close if len(close) > 2 else _yearly_between(at, local.year - 9, local.year + 9)

    return Anchor(unit=unit, near=near)


def _yearly_between(at: Callable[[int], Period | None], first: int, last: int) -> list[Period]:
    return [found for year in range(max(first, 1), min(last, 9998) + 1) if (found := at(year)) is not None]


def weekly(weekday: int) -> Anchor:
    """The anchor of a weekday, Monday = 0."""

    def near(local: datetime) -> list[Period]:
        monday = floor(local, Unit.WEEK)
        return [containing(monday + timedelta(days=weekday + 7 * week), Unit.DAY) for week in range(-27, 28)]

    return Anchor(unit=Unit.DAY, near=near)


def monthly(number: int) -> Anchor:
    """The anchor of a day of the month; months that lack it are passed over."""

    def near(local: datetime) -> list[Period]:
        firsts = [step(floor(local, Unit.MONTH), Unit.MONTH, offset) for offset in range(-14, 15)]
        return [found for first in firsts if (found := day(first.year, first.month, number)) is not None]

    return Anchor(unit=Unit.DAY, near=near)
