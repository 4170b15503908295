"""What code computes from a statistics result: shares, differences, changes, averages, sums. Pure.

The ledger accepts exactly these numbers beside the cells, the narrator writes no other ones.
"""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.chat.question import Dimension, Measure, StatsResult, TimeRange
from services.chat.results.wording import MONTHS

FRACTIONS: Final = frozenset({Measure.SHARE, Measure.MEAN_CONFIDENCE})
"""Measures whose value is a fraction of one rather than a count."""

TIME_DIMENSIONS: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})
_MULTI_LABEL = frozenset({Dimension.CATEGORY, Dimension.INTENT})
_INSTANT = timedelta(microseconds=1)


def share(value: float, total: float) -> float | None:
    """`value` as a fraction of `total`; None where there is nothing to be a part of."""
    return value / total if total else None


def relative_change(value: float, before: float | None) -> float | None:
    """(value − before) / before; None where there was nothing before."""
    return (value - before) / before if before else None


def is_fraction(result: StatsResult) -> bool:
    """Whether the values are fractions of one (shares, confidences)."""
    return result.query.measure in FRACTIONS


def has_shares(result: StatsResult) -> bool:
    """Whether a row is a meaningful part of the total: whole counts only."""
    return result.query.measure in (Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS, Measure.DISTINCT_INCIDENTS)


def rows_add_up(result: StatsResult) -> bool:
    """Whether adding rows counts every message once, so that sums of rows mean something."""
    by_label = bool(_MULTI_LABEL.intersection(result.query.group_by))
    return result.query.measure is Measure.MESSAGE_COUNT and (result.rows_sum_to_total or not by_label)


def zone_of(result: StatsResult) -> ZoneInfo:
    """The zone the question's days are counted in."""
    return ZoneInfo(result.query.time_zone)


def local_days(span: TimeRange | None, zone: ZoneInfo) -> tuple[date, date] | None:
    """First and last local day of a closed half-open span; None when a side is open or nothing is inside."""
    if span is None or span.start is None or span.end is None or span.end <= span.start:
        return None
    return span.start.astimezone(zone).date(), (span.end - _INSTANT).astimezone(zone).date()


def day_count(span: TimeRange | None, zone: ZoneInfo) -> int | None:
    """How many local days a closed span touches."""
    days = local_days(span, zone)
    return (days[1] - days[0]).days + 1 if days else None


def months_in(result: StatsResult, span: TimeRange | None) -> frozenset[str]:
    """The English names of the months that a closed span touches; empty for an open one or more than a year."""
    days = local_days(span, zone_of(result))
    if days is None:
        return frozenset()
    first, last = (day.year * 12 + day.month - 1 for day in days)
    return frozenset(MONTHS[month % 12] for month in range(first, last + 1)) if last - first < 12 else frozenset()


def per_day(result: StatsResult) -> float | None:
    """Average per local day of the range, for counts of messages over a closed range."""
    days = day_count(result.range, zone_of(result))
    return result.total / days if days and result.query.measure is Measure.MESSAGE_COUNT else None


def compared_per_day(result: StatsResult) -> float | None:
    """The same average over the range compared with."""
    days = day_count(result.compare_range, zone_of(result))
    if not days or result.compare_total is None or result.query.measure is not Measure.MESSAGE_COUNT:
        return None
    return result.compare_total / days


def subtotals(result: StatsResult, dimension: Dimension) -> dict[str, float]:
    """Sums of the rows per value of one dimension of several; empty where adding would count a message twice."""
    others = [other for other in result.query.group_by if other is not dimension]
    if not others or result.query.measure is not Measure.MESSAGE_COUNT or result.truncated or result.query.limit:
        return {}
    if _MULTI_LABEL.intersection(others) and not result.rows_sum_to_total:
        return {}
    sums: dict[str, float] = {}
    for row in result.rows:
        key = dict(row.keys).get(dimension.value, "")
        sums[key] = sums.get(key, 0.0) + row.value
    return sums


def key_day(dimension: Dimension, key: str) -> tuple[date, date] | None:
    """First and last day that the key of a day, week or month row stands for; None for other keys."""
    try:
        if dimension is Dimension.DAY:
            day = date.fromisoformat(key[:10])
            return day, day
        if dimension is Dimension.WEEK:
            monday = date.fromisoformat(f"{key}-1" if "W" in key else key[:10])
            return monday, monday + timedelta(days=6)
        if dimension is Dimension.MONTH:
            first = date.fromisoformat(f"{key[:7]}-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except ValueError:
        return None
    return None


def key_hour(dimension: Dimension, key: str) -> int | None:
    """Hour 0–23 that the key of an hour row stands for ("14", "14:00", "2026-03-01T14:00"); None for other keys."""
    if dimension is not Dimension.HOUR:
        return None
    text = key.replace("T", " ").rpartition(" ")[2].partition(":")[0]
    return int(text) if text.isdecimal() and int(text) < 24 else None
