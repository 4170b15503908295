"""Which period a turn is about, and which earlier one it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.hours import on_day
from services.chat.dates.period import DayHours, Period, Several, Shift, Unit, Vague, containing, floor, step
from services.chat.dates.resolve import Settled, clipped
from services.chat.dates.shifts import shifted
from services.chat.planner.another_year import same_part
from services.chat.question import TimeRange

_CALENDAR: Final = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR)
_APART: Final = Vague(reason="Those periods do not touch, and one answer covers one period or compares two.")
_WHICH_DAY: Final = Vague(reason="Which day's?", choices=("yesterday", "today", "by hour last week"))
_WHOLE_HOURS: Final = Vague(
    reason="Over several days only whole hours of the day can be told.",
    choices=("between 9:00 and 17:00 last week", "by hour last week"),
)
_UNKNOWN: Final = Vague(
    reason="It is not clear which period that is told from.", choices=("last week", "last month", "in the last 30 days")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The later period, the earlier one where two are compared, and whether only the same elapsed part is."""

    period: Period | None = None
    earlier: Period | None = None
    elapsed: bool = False


def time_range(period: Period | None, clock: Clock) -> TimeRange | None:
    """A period as aware instants; None for all time."""
    if period is None or (period.start is None and period.end is None):
        return None
    return TimeRange(
        start=clock.instant(period.start) if period.start else None,
        end=clock.instant(period.end) if period.end else None,
    )


def period_of(told: TimeRange | None, clock: Clock) -> Period | None:
    """The period of a range in force, with the calendar unit it is or began as; None for all time."""
    if told is None:
        return None
    start = clock.wall(told.start) if told.start else None
    end = clock.wall(told.end) if told.end else None
    if start is None or end is None:
        return Period(start=start, end=end)
    for unit in (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR):
        if containing(start, unit).start == start and containing(start, unit).end == end:
            return Period(start=start, end=end, unit=unit)
    if containing(start, Unit.WEEKEND) == Period(start=start, end=end, unit=Unit.WEEKEND):
        return Period(start=start, end=end, unit=Unit.WEEKEND)
    rolling = start.time() == end.time() and start.time() != floor(start, Unit.DAY).time()
    return Period(start=start, end=end, unit=_began_as(start, end), rolling=rolling)


def _began_as(start: datetime, end: datetime) -> Unit:
    """The unit of a period that had begun but not ended when it was asked for."""
    fitting = [u for u in _CALENDAR if floor(start, u) == start and end <= step(start, u, 1)]
    if not fitting and floor(start, Unit.DAY) == floor(end - timedelta(microseconds=1), Unit.DAY):
        return Unit.PART
    return fitting[0] if fitting and floor(end, Unit.DAY) != end else Unit.SPAN


def timing_of(
    settled: Sequence[Settled],
    in_force: Timing,
    clock: Clock,
    *,
    contrast: bool,
    changes: bool,
    of_a_year: bool = False,
) -> Timing | Vague | None:
    """The timing a turn names; None where it names none. Vague values come back to be asked about.

    `contrast` says that periods are set against each other, `changes` that a rise or fall is asked about, `of_a_year`
    that a bare year stands for what is in force in that year.
    """
    vague = next((value for value in settled if isinstance(value, Vague)), None)
    if vague is not None:
        return vague
    periods = _resolved(settled, in_force, clock)
    if isinstance(periods, Vague):
        return periods
    if not contrast:
        periods = _hours_of_the_day(settled, periods)
    if not periods:
        return None
    if len(periods) == 1 and of_a_year:
        periods = [same_part(periods[0], in_force.period, clock)]
    if len(periods) == 1:
        return _single(periods[0], settled, in_force, clock, contrast=contrast, changes=changes)
    return _two(periods, clock, contrast=contrast or changes)


def _resolved(settled: Sequence[Settled], in_force: Timing, clock: Clock) -> list[Period] | Vague:
    named: list[Period] = [value for value in settled if isinstance(value, Period)]
    made: list[Period] = []
    for value in settled:
        got = _resolve(value, named, in_force, clock)
        if isinstance(got, Vague):
            return got
        made.extend(got)
    return made


def _hours_of_the_day(settled: Sequence[Settled], periods: list[Period]) -> list[Period]:
    """Hours and a day told apart from each other ("evening complaints last Friday") are the hours of that day."""
    match settled:
        case [DayHours(), Period(unit=Unit.DAY)]:
            return periods[:1]
        case [Period(unit=Unit.DAY), DayHours()]:
            return periods[1:]
    return periods


def _resolve(value: Settled, named: Sequence[Period], in_force: Timing, clock: Clock) -> list[Period] | Vague:
    if isinstance(value, Period):
        return [value]
    if isinstance(value, Several):
        return list(value.periods) if len(value.periods) <= 2 else _APART
    if isinstance(value, DayHours):
        return _hours(value, named, in_force, clock)
    if isinstance(value, Shift):
        return _shift(value, named[0] if named else in_force.period, clock)
    return value


def _hours(hours: DayHours, named: Sequence[Period], in_force: Timing, clock: Clock) -> list[Period] | Vague:
    if any(p.unit > Unit.DAY for p in named):
        return _WHOLE_HOURS
    base = next((p for p in (*named, in_force.period) if p is not None and p.unit is Unit.DAY), None)
    if base is None and in_force.period is not None and in_force.period.unit is Unit.PART and in_force.period.start:
        base = containing(in_force.period.start, Unit.DAY)
    if base is None and hours.whole_part:
        return _WHICH_DAY
    if base is None:
        base = containing(clock.local, Unit.DAY)
    day = containing(base.start, Unit.DAY) if base.start else base
    made = on_day(day, hours)
    if not isinstance(made, Period):
        return _UNKNOWN
    got = clipped(made, clock)
    return [got] if isinstance(got, Period) else got


def _shift(shift: Shift, base: Period | None, clock: Clock) -> list[Period] | Vague:
    if base is None or base.start is None:
        return [shift.fallback] if shift.fallback is not None else _UNKNOWN
    if shift.unit is not None and shift.unit is base.unit and not shift.same and not base.rolling and _aligned(base):
        base = containing(base.start, base.unit)
    made = shifted(base, shift)
    got = clipped(made, clock) if made is not None else _UNKNOWN
    return [got] if isinstance(got, Period) else got


def _aligned(period: Period) -> bool:
    return period.start is not None and period.unit in _CALENDAR and floor(period.start, period.unit) == period.start


def _single(
    period: Period, settled: Sequence[Settled], in_force: Timing, clock: Clock, *, contrast: bool, changes: bool
) -> Timing:
    if period.parts is not None and (changes or contrast):
        earlier, later = (_clip(part, clock) for part in period.parts)
        return _compared(later, earlier, clock) if earlier and later else Timing(period=period)
    told_from = any(isinstance(value, Shift) for value in settled)
    if contrast:
        other = in_force.period or (None if told_from else _running_like(period, clock))
        if other is not None and other.start != period.start:
            return _compared(other, period, clock)
        if other is not None and in_force.period is not None and other.unit is Unit.DAY and period.start is not None:
            return _compared(other, _week_before(period.start), clock)
    if changes and period.unit is not Unit.SPAN and period.end is not None:
        return compared_with_previous(period, clock)
    return Timing(period=period)


def _clip(period: Period, clock: Clock) -> Period | None:
    """What of `period` has passed by now, None where nothing has."""
    got = clipped(period, clock)
    return got if isinstance(got, Period) else None


def _running_like(period: Period, clock: Clock) -> Period | None:
    """Read "compared with last week", with nothing else named, as the running week against it."""
    return _clip(containing(clock.local, period.unit), clock) if period.unit in _CALENDAR else None


def compared_with_previous(period: Period, clock: Clock) -> Timing:
    """A period against the one before it."""
    whole = period
    if period.start is not None and period.unit in _CALENDAR and _aligned(period) and not period.rolling:
        whole = containing(period.start, period.unit)
    earlier = shifted(whole, Shift(count=-1))
    return _compared(period, earlier, clock) if earlier is not None else Timing(period=period)


def _two(periods: Sequence[Period], clock: Clock, *, contrast: bool) -> Timing | Vague:
    if len(periods) > 2:
        return _row_of(periods)
    if contrast and periods[0] == periods[1] and periods[0].unit is Unit.DAY and periods[0].start is not None:
        return _compared(periods[0], _week_before(periods[0].start), clock)
    first, second = sorted(periods, key=lambda p: (p.start or clock.local, p.end or clock.local))
    touching = first.end is not None and first.end == second.start
    if touching and not contrast:
        return Timing(period=Period(start=first.start, end=second.end))
    return _compared(second, first, clock)


def _row_of(periods: Sequence[Period]) -> Timing | Vague:
    """Several periods that follow on one another, as the one that holds them."""
    ordered = sorted(periods, key=lambda p: (p.start is not None, p.start))
    touching = all(one.end is not None and one.end == other.start for one, other in pairwise(ordered))
    return Timing(period=Period(start=ordered[0].start, end=ordered[-1].end)) if touching else _APART


def _week_before(day: datetime) -> Period:
    """The day that a weekday is compared with where it is the same one: "today compared to a normal Wednesday"."""
    return containing(day - timedelta(days=7), Unit.DAY)


def _compared(one: Period, other: Period, clock: Clock) -> Timing:
    """The later period first; a running one cuts a whole one of its kind to the same elapsed part."""
    later, earlier = sorted((one, other), key=lambda p: (p.start or clock.local, p.end or clock.local), reverse=True)
    cut = _elapsed(later, earlier)
    return Timing(period=later, earlier=cut or earlier, elapsed=cut is not None)


def whole_earlier(timing: Timing) -> Timing:
    """The timing with the whole of the earlier period, of which only the elapsed part was compared."""
    earlier, later = timing.earlier, timing.period
    if earlier is None or earlier.start is None or later is None:
        return timing
    return replace(timing, earlier=containing(earlier.start, later.unit), elapsed=False)


def _elapsed(later: Period, earlier: Period) -> Period | None:
    """The part of `earlier` that is as long as the one of its kind that had not ended when it was asked for."""
    alike = later.unit is earlier.unit and not (later.rolling or earlier.rolling)
    if not (alike and _aligned(later) and _aligned(earlier)):
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
