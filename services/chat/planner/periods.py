"""Which period a turn is about, and which earlier one it is compared with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.hours import on_day
from services.chat.dates.period import DayHours, Period, Several, Shift, Unit, Vague, containing, floor, step
from services.chat.dates.resolve import Settled, clipped
from services.chat.dates.shifts import shifted
from services.chat.planner.another_year import same_part
from services.chat.planner.timing import (
    CALENDAR,
    Timing,
    compared,
    compared_with_previous,
    days_before,
    is_aligned,
    week_before,
)
from services.chat.question import TimeRange

_APART: Final = Vague(reason="Those periods do not touch, and one answer covers one period or compares two.")
_WHICH_DAY: Final = Vague(reason="Which day's?", choices=("yesterday", "today", "by hour last week"))
_WHOLE_HOURS: Final = Vague(
    reason="Over several days only whole hours of the day can be told.",
    choices=("between 9:00 and 17:00 last week", "by hour last week"),
)
_UNKNOWN: Final = Vague(
    reason="It is not clear which period that is told from.", choices=("last week", "last month", "in the last 30 days")
)


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
    fitting = [u for u in CALENDAR if floor(start, u) == start and end <= step(start, u, 1)]
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
        return _single(periods[0], in_force, clock, contrast=contrast, changes=changes)
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
    part = next((p for p in (*named, in_force.period) if p is not None and p.unit is Unit.PART and p.start), None)
    if base is None and part is not None and part.start is not None:
        base = containing(part.start, Unit.DAY)
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
    if shift.unit is not None and shift.unit is base.unit and not shift.same and not base.rolling and is_aligned(base):
        base = containing(base.start, base.unit)
    made = shifted(base, shift)
    got = clipped(made, clock) if made is not None else _UNKNOWN
    return [got] if isinstance(got, Period) else got


def _single(period: Period, in_force: Timing, clock: Clock, *, contrast: bool, changes: bool) -> Timing:
    if period.parts is not None and (changes or contrast):
        earlier, later = (_clip(part, clock) for part in period.parts)
        return compared(later, earlier, clock) if earlier and later else Timing(period=period)
    if contrast:
        other = in_force.period or _running_like(period, clock)
        period = _same_hours(other, period)
        if other is not None and other.start != period.start:
            return compared(other, period, clock)
        if other is not None and in_force.period is not None and other.unit is Unit.DAY and period.start is not None:
            return compared(other, week_before(period.start), clock)
    if changes and (period.rolling or period.unit is not Unit.SPAN) and period.end is not None:
        return compared_with_previous(period, clock)
    before = days_before(period, clock) if changes else None
    if before is not None:
        return Timing(period=period, earlier=before, elapsed=True)
    return Timing(period=period)


def _same_hours(hours: Period | None, day: Period) -> Period:
    """The hours in force on the other day that they are compared with: "between 18 and 22", "compare with Monday"."""
    if hours is None or hours.start is None or hours.end is None or day.start is None:
        return day
    since = hours.start - floor(hours.start, Unit.DAY)
    if day.unit is not Unit.DAY or hours.unit is not Unit.PART or not since:
        return day
    return Period(start=day.start + since, end=day.start + since + (hours.end - hours.start), unit=Unit.PART)


def _clip(period: Period, clock: Clock) -> Period | None:
    """What of `period` has passed by now, None where nothing has."""
    got = clipped(period, clock)
    return got if isinstance(got, Period) else None


def _running_like(period: Period, clock: Clock) -> Period | None:
    """Read "compared with last week", with nothing else named, as the running week against it."""
    return _clip(containing(clock.local, period.unit), clock) if period.unit in CALENDAR else None


def _two(periods: Sequence[Period], clock: Clock, *, contrast: bool) -> Timing | Vague:
    if len(periods) > 2:
        return _row_of(periods)
    if contrast and periods[0] == periods[1] and periods[0].unit is Unit.DAY and periods[0].start is not None:
        return compared(periods[0], week_before(periods[0].start), clock)
    if contrast and periods[0] == periods[1]:
        return compared_with_previous(periods[0], clock)
    first, second = sorted(periods, key=lambda p: (p.start or clock.local, p.end or clock.local))
    touching = first.end is not None and first.end == second.start
    if touching and not contrast:
        return Timing(period=Period(start=first.start, end=second.end))
    return compared(second, first, clock)


def _row_of(periods: Sequence[Period]) -> Timing | Vague:
    """Several periods that follow on one another, as the one that holds them."""
    ordered = sorted(periods, key=lambda p: (p.start is not None, p.start))
    touching = all(one.end is not None and one.end == other.start for one, other in pairwise(ordered))
    return Timing(period=Period(start=ordered[0].start, end=ordered[-1].end)) if touching else _APART
