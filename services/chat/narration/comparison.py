"""How a total is set against that of an earlier period. Pure."""

from typing import Final

from services.chat.narration.phrases import period
from services.chat.narration.rows import difference, figure
from services.chat.question import StatsResult
from services.chat.results.derivatives import compared_per_day, day_count, is_fraction, per_day, zone_of
from services.chat.results.wording import number

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
        return f"There were none {earlier}."
    if not result.total:
        return f"{_there_were(result, result.compare_total)} {figure(result, result.compare_total)} {earlier}."
    told = f"That is {difference(result, result.total, result.compare_total)} {earlier}."
    return f"{told} {_by_the_day(result)}".rstrip()


def _by_the_day(result: StatsResult) -> str:
    """The averages per day of two periods that are not as long; empty for others."""
    zone = zone_of(result)
    days, days_before = day_count(result.range, zone), day_count(result.compare_range, zone)
    average, before = per_day(result), compared_per_day(result)
    if not (days and days_before and average and before) or abs(days / days_before - 1) < _ALIKE:
        return ""
    return f"Per day that is {number(average)} against {number(before)}."


def _there_were(result: StatsResult, value: float) -> str:
    return "It was" if is_fraction(result) else "There was" if value == 1 else "There were"
