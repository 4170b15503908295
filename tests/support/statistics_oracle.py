"""The answer to a statistics question by plain counting over Python values: slow, obvious, and without any SQL.

It is written from the comments of `earshot/types/v1/question.proto` and shares nothing with the store but the types of
questions and answers. Local times come from `datetime.astimezone`, the days and hours of a range from looking at every
quarter of an hour in it, and every value is a fraction until the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.store.filters import TimeRange, ValueFilter
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery, StatsRow
from tests.support.statistics_oracle_filters import Known, known_at, matches
from tests.support.statistics_oracle_keys import (
    TIMES,
    WEEKDAYS,
    Key,
    Slot,
    keys_of,
    slots_of,
    stands_in,
    time_key,
    times_of,
)
from tests.support.statistics_world import WorldMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the store should answer."""

    rows: list[StatsRow]
    total: float
    compare_total: float | None
    rows_sum_to_total: bool
    truncated: bool
    total_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    rows: dict[Key, Fraction]
    total: Fraction
    days: dict[Key, set[date]]


def expected(query: StatsQuery, world: Sequence[WorldMessage], now: datetime) -> Expected:
    """The answer at `now` to a question whose ranges fit: what customers wrote is counted."""
    as_of = query.as_of or now
    known = [known_at(message, query.as_of) for message in world if message.author == "customer"]
    if query.as_of is not None:
        known = [item for item in known if item.message.create_time <= query.as_of]
    current = _period(query, known, query.range, as_of)
    earlier = None if query.compare_to is None else _period(query, known, query.compare_to, as_of)
    rows = _ordered(query, _rows(query, current, earlier))
    truncated = len(rows) > query.limit
    return Expected(
        rows=rows[: query.limit],
        total=float(current.total),
        compare_total=None if earlier is None else float(earlier.total),
        rows_sum_to_total=not truncated and sum(current.rows.values()) == current.total,
        truncated=truncated,
        total_rows=len(rows),
    )


# One period


def _period(query: StatsQuery, known: list[Known], time_range: TimeRange, as_of: datetime) -> _Period:
    end = time_range.end or as_of
    times = [item.message.event_time for item in known]
    start = time_range.start or min((time for time in times if time < end), default=end)
    inside = [item for item in known if start <= item.message.event_time < end]
    days = _days_by_time_key(query, _touched(query, slots_of(start, end, ZoneInfo(query.time_zone))))
    keys = {key for item in _base(query, inside) for key in keys_of(query, item)}
    if query.group_by and all(dimension in TIMES for dimension in query.group_by):
        keys |= set(days)
    if not query.group_by:
        keys = {()}
    rows = {key: _value(query, inside, days, key, query.group_by) for key in keys}
    return _Period(rows=rows, total=_value(query, inside, days, (), ()), days=days)


def _touched(query: StatsQuery, slots: set[Slot]) -> set[Slot]:
    """The slots that the hours and weekdays asked for leave."""
    asked = query.share_of if query.measure is Measure.SHARE else query.filters
    return {
        (day, hour)
        for day, hour in slots
        if (not asked.hours or hour in asked.hours) and (not asked.weekdays or day.isoweekday() in asked.weekdays)
    }


def _days_by_time_key(query: StatsQuery, slots: set[Slot]) -> dict[Key, set[date]]:
    """Each combination of time keys that the period touches, and the local days on which it does."""
    times = [dimension for dimension in query.group_by if dimension in TIMES]
    days: dict[Key, set[date]] = {}
    for slot in slots:
        days.setdefault(tuple(time_key(dimension, slot) for dimension in times), set()).add(slot[0])
    return days


def _base(query: StatsQuery, inside: list[Known]) -> list[Known]:
    """The messages whose keys are rows."""
    if query.measure is Measure.SHARE and _kept(query) == query.group_by:
        return [item for item in inside if matches(item, query.share_of)]
    return _counted(query, inside)


def _counted(query: StatsQuery, inside: list[Known]) -> list[Known]:
    counted = [item for item in inside if matches(item, query.filters)]
    if query.measure is Measure.SHARE:
        return [item for item in counted if matches(item, query.share_of)]
    if query.measure is Measure.MEAN_CONFIDENCE:
        return [item for item in counted if item.labels]
    return counted


def _value(
    query: StatsQuery,
    inside: list[Known],
    days: dict[Key, set[date]],
    key: Key,
    dimensions: tuple[Dimension, ...],
) -> Fraction:
    """The measure over the messages that have `key` in `dimensions`."""
    own = [item for item in _counted(query, inside) if stands_in(query, item, key, dimensions)]
    match query.measure:
        case Measure.UNIQUE_USERS:
            return Fraction(len({item.message.user_id for item in own}))
        case Measure.DISTINCT_INCIDENTS:
            return Fraction(len({item.incident for item in own if item.incident is not None}))
        case Measure.SHARE:
            kept = [(part, name) for part, name in zip(key, dimensions, strict=True) if name in _kept(query)]
            kept_key, kept_dimensions = tuple(part for part, _ in kept), tuple(name for _, name in kept)
            shared = [item for item in inside if matches(item, query.share_of)]
            return _divided(len(own), sum(stands_in(query, item, kept_key, kept_dimensions) for item in shared))
        case Measure.PER_DAY_AVERAGE:
            return _divided(
                len(own), len(days[times_of(key, dimensions)] if dimensions else set().union(*days.values()))
            )
        case Measure.MEAN_CONFIDENCE:
            return _divided(sum(Fraction(max(item.labels.scores)) for item in own if item.labels), len(own))
        case _:
            return Fraction(len(own))


def _divided(amount: Fraction | int, base: int) -> Fraction:
    return Fraction(amount) / base if base else Fraction(0)


def _kept(query: StatsQuery) -> tuple[Dimension, ...]:
    """The dimensions in which a share's denominator stays within the row, by the contract's comment on SHARE."""
    names = ("categories", "intents", "sources", "sentiments", "languages", "user_ids", "custom_categories")
    added = {name for name in names if _adds(getattr(query.filters, name), getattr(query.share_of, name))}
    for name in ("hours", "weekdays"):
        wanted, given = set(getattr(query.filters, name)), set(getattr(query.share_of, name))
        if wanted and wanted != given:
            added.add(name)
    confidence, text = query.filters.min_confidence, query.filters.text
    adds_more = confidence not in (None, query.share_of.min_confidence) or text not in ("", query.share_of.text)
    if not added and not adds_more:
        times = tuple(name for name in query.group_by if name in TIMES)
        return times if times != query.group_by else ()
    asked = {
        Dimension.CATEGORY: "categories" in added,
        Dimension.INTENT: "categories" in added or "intents" in added,
        Dimension.SOURCE: "sources" in added,
        Dimension.SENTIMENT: "sentiments" in added,
        Dimension.LANGUAGE: "languages" in added,
        Dimension.CUSTOM_CATEGORY: "custom_categories" in added,
        Dimension.HOUR: "hours" in added,
        Dimension.WEEKDAY: "weekdays" in added,
    }
    return tuple(name for name in query.group_by if not asked.get(name, False))


def _adds(wanted: ValueFilter, given: ValueFilter) -> bool:
    if not (wanted.any_of or wanted.none_of or wanted.all_of):
        return False
    return any(
        set(left) != set(right)
        for left, right in (
            (wanted.any_of, given.any_of),
            (wanted.none_of, given.none_of),
            (wanted.all_of, given.all_of),
        )
    )


# Rows


def _rows(query: StatsQuery, current: _Period, earlier: _Period | None) -> list[StatsRow]:
    if earlier is None:
        return [StatsRow(keys=key, value=float(value)) for key, value in current.rows.items()]
    keys = set(current.rows) | {
        found for key in earlier.rows if (found := _beside(query, key, earlier, current)) is not None
    }
    return [_compared_row(query, key, current, earlier) for key in keys]


def _compared_row(query: StatsQuery, key: Key, current: _Period, earlier: _Period) -> StatsRow:
    other = _beside(query, key, current, earlier)
    compare_value = None if other is None else float(earlier.rows.get(other, Fraction(0)))
    return StatsRow(keys=key, value=float(current.rows.get(key, Fraction(0))), compare_value=compare_value)


def _beside(query: StatsQuery, key: Key, own: _Period, other: _Period) -> Key | None:
    """The key at the same place of the other period, None where that has no such time."""
    found = []
    times = [dimension for dimension in query.group_by if dimension in TIMES]
    for part, dimension in zip(key, query.group_by, strict=True):
        if dimension in (Dimension.DAY, Dimension.WEEK, Dimension.MONTH):
            place = times.index(dimension)
            mine, theirs = sorted({time[place] for time in own.days}), sorted({time[place] for time in other.days})
            if mine.index(part) >= len(theirs):
                return None
            found.append(theirs[mine.index(part)])
        else:
            found.append(part)
    counterpart = tuple(found)
    if times and times_of(counterpart, query.group_by) not in other.days:
        return None
    return counterpart


def _ordered(query: StatsQuery, rows: list[StatsRow]) -> list[StatsRow]:
    def by_key(row: StatsRow) -> list[str | int]:
        return [
            WEEKDAYS.index(part) if dimension is Dimension.WEEKDAY else part
            for part, dimension in zip(row.keys, query.group_by, strict=True)
        ]

    match query.order:
        case Order.KEY_ASC:
            return sorted(rows, key=by_key)
        case Order.KEY_DESC:
            return sorted(rows, key=by_key)[::-1]
        case Order.VALUE_ASC:
            return sorted(rows, key=lambda row: (row.value, by_key(row)))
        case _:
            return sorted(rows, key=lambda row: (-row.value, by_key(row)))
