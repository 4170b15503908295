"""A period and the earlier one it is compared with: the one before it, and the part of it that has passed as well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period, Shift, Unit, Vague, containing, floor, step
from services.chat.dates.shifts import shifted

CALENDAR: Final = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR)
_WEEK: Final = 7
_LONGEST_SINCE: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The later period, the earlier one where two are compared, and whether only the same elapsed part is."""

    period: Period | None = None
    earlier: Period | None = None
    elapsed: bool = False


def is_aligned(period: Period) -> bool:
    """Whether a period begins where a calendar unit of its kind does."""
    return period.start is not None and period.unit in CALENDAR and floor(period.start, period.unit) == period.start


def compared_with_previous(period: Period, clock: Clock) -> Timing:
    """A period against the one before it."""
    whole = period
    if period.start is not None and period.unit in CALENDAR and is_aligned(period) and not period.rolling:
        whole = containing(period.start, period.unit)
    earlier = shifted(whole, Shift(count=-1))
    return compared(period, earlier, clock) if earlier is not None else Timing(period=period)


def days_before(period: Period, clock: Clock) -> Period | None:
    """As long a time before "since Monday", begun at midnight too: the same days of the week before, or as many days.

    None for other periods, and for longer ones, whose trend is told by their rows.
    """
    if period.start is None or period.end != clock.local or period.start != floor(period.start, Unit.DAY):
        return None
    days = (floor(period.end, Unit.DAY) - period.start).days + 1
    back = timedelta(days=max(days, _WEEK))
    return Period(start=period.start - back, end=period.end - back) if days <= _LONGEST_SINCE else None


def week_before(day: datetime) -> Period:
    """The day that a weekday is compared with where it is the same one: "today compared to a normal Wednesday"."""
    return containing(day - timedelta(days=7), Unit.DAY)


def compared(one: Period, other: Period, clock: Clock) -> Timing:
    """The later period first; a running one cuts a whole one of its kind to the same elapsed part."""
    later, earlier = sorted((one, other), key=lambda p: (p.start or clock.local, p.end or clock.local), reverse=True)
    cut = _elapsed(later, earlier)
    return Timing(period=later, earlier=cut or earlier, elapsed=cut is not None)


_NO_MORE: Final = Vague(reason="One answer covers one unbroken period or compares two.")


def beside(told: Timing, in_force: Timing, *, as_one: bool) -> Timing | Vague:
    """A further period with the one in force: one after the other as rows in time are (`as_one`), else compared."""
    one, other = in_force.period, told.period
    if one is None or other is None or one.start is None or other.start is None or one.start == other.start:
        return told
    first, last = (one, other) if one.start < other.start else (other, one)
    if in_force.earlier is None and not as_one:
        return Timing(period=last, earlier=first)
    if in_force.earlier is not None or first.end is None or first.end < (last.start or first.end):
        return _NO_MORE
    ends = [period.end for period in (first, last) if period.end is not None]
    return Timing(period=Period(start=first.start, end=max(ends) if len(ends) > 1 else None))


def whole_earlier(timing: Timing) -> Timing:
    """The timing with the whole of the earlier period, of which only the elapsed part was compared."""
    earlier, later = timing.earlier, timing.period
    if earlier is None or earlier.start is None or later is None:
        return timing
    return replace(timing, earlier=containing(earlier.start, later.unit), elapsed=False)


def _elapsed(later: Period, earlier: Period) -> Period | None:
    """The part of `earlier` that is as long as the one of its kind that had not ended when it was asked for."""
    alike = later.unit is earlier.unit and not (later.rolling or earlier.rolling)
    if not (alike and is_aligned(later) and is_aligned(earlier)):
        return None
    if later.start is None or later.end is None or earlier.start is None or earlier.end is None:
        return None
    if later.end == containing(later.start, later.unit).end:
        return None
    if later.unit is Unit.YEAR:
        end = step(later.end, Unit.YEAR, earlier.start.year - later.start.year)
    else:
        end = earlier.start + (later.end - later.start)
    if end >= earlier.end or end - earlier.start <= timedelta(0):
        return None
    return replace(earlier, end=end, unit=Unit.SPAN)
