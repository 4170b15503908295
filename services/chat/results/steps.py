"""Steps of time that a period takes only in part: the day that is not over, the week at a month's border. Pure."""

from datetime import date, datetime, time, timedelta
from typing import Final

from services.chat.question import Dimension, Measure, StatsResult, StatsRow
from services.chat.results.derivatives import day_count, key_day, local_days, zone_of

RUNNING: Final = "so far"
CUT: Final = "in part"
_WEEKDAYS: Final = 7


def part_told(result: StatsResult, row: StatsRow) -> str:
    """`RUNNING` for a day, week or month that is not over, `CUT` for one the period cuts; empty for a whole one."""
    if len(result.query.group_by) != 1:
        return ""
    days = key_day(result.query.group_by[0], row.keys[0][1])
    if days is None:
        return ""
    first, end = _midnight(result, days[0]), _midnight(result, days[1] + timedelta(days=1))
    if end > result.as_of:
        return RUNNING
    span = result.range
    is_cut = (span.start is not None and first < span.start) or (span.end is not None and span.end < end)
    return CUT if is_cut else ""


def days_left_alone(result: StatsResult) -> bool:
    """Whether the period compared with has days beyond those of the other, which are in no row: January by February."""
    zone = zone_of(result)
    days, before = day_count(result.range, zone), day_count(result.compare_range, zone)
    return result.query.group_by == (Dimension.DAY,) and bool(days and before and before > days)


def _midnight(result: StatsResult, day: date) -> datetime:
    return datetime.combine(day, time(), zone_of(result))


def weekdays_more_often(result: StatsResult) -> tuple[str, ...]:
    """The weekdays told that come once more often in the period than the others; empty where all come as often."""
    days = local_days(result.range, zone_of(result))
    query = result.query
    if query.group_by != (Dimension.WEEKDAY,) or days is None or query.measure is not Measure.MESSAGE_COUNT:
        return ()
    first, last = days
    left_over = ((last - first).days + 1) % _WEEKDAYS
    more = [(first.weekday() + step) % _WEEKDAYS for step in range(left_over)]
    told = [number - 1 for number in query.filters.weekdays] or range(_WEEKDAYS)
    names = tuple(_NAMES[day] for day in told if day in more)
    return names if len(names) < len(told) else ()


_NAMES: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
