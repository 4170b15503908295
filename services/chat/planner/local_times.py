"""Hours and days of the week that narrow a period: what a turn wants of them, and what it makes of those in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from services.chat.dates.period import DayHours, Period, Unit
from services.chat.dates.resolve import Settled
from services.chat.question import Filters

HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
HOURS: Final = frozenset(range(24))
WEEKDAYS: Final = frozenset(range(1, 8))
_SINGLE: Final = frozenset({Unit.MINUTE, Unit.HOUR, Unit.PART, Unit.DAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTimes:
    """Hours of the day and days of the week (Monday is 1); empty ones do not restrict."""

    hours: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hours or self.weekdays)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTimes:
    """The times a turn names, by what it wants of them: those only, those again, all but those, those no longer."""

    only: LocalTimes = field(default_factory=LocalTimes)
    added: LocalTimes = field(default_factory=LocalTimes)
    left_out: LocalTimes = field(default_factory=LocalTimes)
    forgotten: LocalTimes = field(default_factory=LocalTimes)

    def __bool__(self) -> bool:
        return bool(self.only or self.added or self.left_out or self.forgotten)


def edited_times(filters: Filters, asked: AskedTimes, *, narrows: bool, adds: bool) -> Filters:
    """The filters after a turn's times. Those it names take the place of all times in force.

    A turn that `narrows` keeps the times of the other kind, one that `adds` those of the same kind too.
    """
    if asked.only and not (narrows or adds):
        filters = replace(filters, hours=(), weekdays=())
    parts = (asked.only, asked.added, asked.left_out, asked.forgotten)
    hours = _edited(filters.hours, [part.hours for part in parts], HOURS, adds=adds)
    weekdays = _edited(filters.weekdays, [part.weekdays for part in parts], WEEKDAYS, adds=adds)
    return replace(filters, hours=hours, weekdays=weekdays)


def _edited(
    old: Iterable[int], named: Iterable[Iterable[int]], whole: frozenset[int], *, adds: bool
) -> tuple[int, ...]:
    """Leaving out all that is in force means the others; forgetting what was left out brings it back."""
    in_force = frozenset(old)
    only, added, left_out, forgotten = map(frozenset, named)
    if not only or adds:
        only |= in_force
    kept = only | added if only else whole
    kept = kept - left_out or whole - left_out
    if forgotten:
        kept = kept - forgotten if kept & forgotten else kept | forgotten
    return () if kept in {whole, frozenset()} else tuple(sorted(kept))


def of_longer(dates: Sequence[Settled]) -> tuple[tuple[int, ...], tuple[Settled, ...]]:
    """Hours of a day that stand beside one period of several days, and the dates without them."""
    hours = [value for value in dates if isinstance(value, DayHours)]
    others = tuple(value for value in dates if not isinstance(value, DayHours))
    if len(hours) != 1 or len(others) != 1 or not is_longer(others[0]):
        return (), tuple(dates)
    whole = whole_hours(hours[0])
    return (whole, others) if whole else ((), tuple(dates))


def is_longer(value: Settled) -> bool:
    """Whether a date is a period of more than one day."""
    if not isinstance(value, Period) or value.unit in _SINGLE or value.start is None:
        return False
    return value.end is None or value.end - value.start > _DAY


def whole_hours(told: DayHours) -> tuple[int, ...]:
    """The hours of [start, end) from midnight, past midnight those after it; none where these are not whole hours."""
    if told.start % HOUR or told.end % HOUR or not timedelta() < told.end - told.start <= _DAY:
        return ()
    return tuple(sorted(hour % len(HOURS) for hour in range(told.start // HOUR, told.end // HOUR)))
