"""How a total is set against that of an earlier period. Pure."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.chat.narration.phrases import period
from services.chat.narration.rows import difference, figure
from services.chat.question import Measure, StatsResult, TimeRange
from services.chat.results.derivatives import compared_per_day, day_count, is_fraction, per_day, zone_of
from services.chat.results.wording import day, number

_ALIKE: Final = 0.15
"""Periods whose lengths differ by less of one another are compared as they are: February and January."""


def comparison(result: StatsResult) -> str:
    """The sentence that sets the total against the one compared with; empty where there is none."""
    if result.compare_total is None:
        return ""
    earlier = period(result.compare_range or result.query.compare_to, zone_of(result), result.as_of)
    if result.total == result.compare_total:
        return f"The same as {earlier}."
    if not result.compare_total:
        return f"There were none {earlier}{_nothing_yet(result)}."
    if not result.total:
        return f"{_there_were(result, result.compare_total)} {figure(result, result.compare_total)} {earlier}."
    told = f"That is {difference(result, result.total, result.compare_total)} {earlier}."
    return f"{told} {_by_the_day(result)}".rstrip()


def coverage(result: StatsResult) -> str:
    """What a reader must know of a period that begins on a day before the first message; empty where none does."""
    zone, first = zone_of(result), result.first_event_time
    if first is None:
        return ""
    since = f"The first message is of {day(first.astimezone(zone).date())}"
    if _begins_before(result.compare_range, first, zone):
        return f"{since}: the earlier period holds less than its length says."
    if result.query.measure is Measure.PER_DAY_AVERAGE and _begins_before(result.range, first, zone):
        return f"{since}: the average counts the days before it, too."
    return ""


def _begins_before(span: TimeRange | None, first: datetime, zone: ZoneInfo) -> bool:
    """Whether the period begins on an earlier local day and does not end before the first message."""
    start, end = (span.start, span.end) if span else (None, None)
    if start is None or (end and end <= first):
        return False
    return start.astimezone(zone).date() < first.astimezone(zone).date()


def _by_the_day(result: StatsResult) -> str:
    """The averages per day of two periods that are not as long; empty for others."""
    zone = zone_of(result)
    days, days_before = day_count(result.range, zone), day_count(result.compare_range, zone)
    average, before = per_day(result), compared_per_day(result)
    if not (days and days_before and average and before) or abs(days / days_before - 1) < _ALIKE:
        return ""
    return f"Per day that is {number(average)} against {number(before)}."


def _nothing_yet(result: StatsResult) -> str:
    """That a period without messages lies before all of them."""
    first, span = result.first_event_time, result.compare_range
    if first is None or span is None or span.end is None or span.end > first:
        return ""
    return f": the first message of all is of {day(first.astimezone(zone_of(result)).date())}"


def _there_were(result: StatsResult, value: float) -> str:
    return "It was" if is_fraction(result) else "There was" if value == 1 else "There were"
