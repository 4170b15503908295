"""The answer to a statistics question by plain counting over Python values: slow, obvious, and without any SQL.

It is written from the comments of `earshot/types/v1/question.proto` and shares nothing with the store but the types of
questions and answers. Local times come from `datetime.astimezone`, the days and hours of a range from looking at every
quarter of an hour in it, and every value is a fraction until the end.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery, StatsRow
from tests.support.statistics_world import WorldLabels, WorldMessage

Slot = tuple[date, int]
"""A local day and an hour of it."""

Key = tuple[str, ...]

_TICK = timedelta(microseconds=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIMES = (Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY)


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
class _Known:
    """A message and the labels it has at the instant asked about."""

    message: WorldMessage
    labels: WorldLabels | None

    @property
    def intents(self) -> set[str]:
        return set(self.labels.intents) if self.labels else set()

    @property
    def categories(self) -> set[str]:
        return {CATEGORY_OF_INTENT[intent] for intent in self.intents}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    rows: dict[Key, Fraction]
    total: Fraction
    days: dict[Key, set[date]]


def expected(query: StatsQuery, world: Sequence[WorldMessage], now: datetime) -> Expected:
    """The answer at `now` to a question whose ranges fit."""
    as_of = query.as_of or now
    known = [_Known(message=message, labels=_labels_at(message, query.as_of)) for message in world]
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


def _labels_at(message: WorldMessage, as_of: datetime | None) -> WorldLabels | None:
    for labels in message.labels:
        if as_of is None:
            if labels.valid_to is None:
                return labels
        elif labels.valid_from <= as_of and (labels.valid_to is None or as_of < labels.valid_to):
            return labels
    return None


# Which messages count


def matches(known: _Known, filters: Filters) -> bool:
    labels = known.labels
    return (
        _holds(known.categories, filters.categories)
        and _holds(known.intents, filters.intents)
        and _holds({known.message.source}, filters.sources)
        and _holds({labels.sentiment} if labels else set(), filters.sentiments)
        and _holds({labels.language} if labels else set(), filters.languages)
        and _holds({known.message.user_id}, filters.user_ids)
        and (filters.min_confidence is None or (labels is not None and max(labels.scores) >= filters.min_confidence))
        and (not filters.text or _has_words(known.message.text, filters.text))
    )


def _holds(values: Collection[str], wanted: ValueFilter) -> bool:
    return (
        (not wanted.any_of or any(value in values for value in wanted.any_of))
        and not any(value in values for value in wanted.none_of)
        and all(value in values for value in wanted.all_of)
    )


def _has_words(text: str, condition: str) -> bool:
    """Web search syntax over lower-case words: `a b` both, `a or b`, `-a`, `"a b"` next to each other."""
    words = text.lower().split()
    return any(all(_has_term(words, term) for term in _terms(part)) for part in condition.split(" or "))


def _terms(part: str) -> Iterable[str]:
    pieces = part.split('"')
    for position, piece in enumerate(pieces):
        if position % 2:
            sign = "-" if pieces[position - 1].endswith("-") else ""
            yield sign + piece
        else:
            yield from (word for word in piece.split() if word != "-")


def _has_term(words: list[str], term: str) -> bool:
    phrase = term.removeprefix("-").split()
    found = any(words[start : start + len(phrase)] == phrase for start in range(len(words)))
    return found is not term.startswith("-")


# One period


def _period(query: StatsQuery, known: list[_Known], time_range: TimeRange, as_of: datetime) -> _Period:
    end = time_range.end or as_of
    times = [item.message.event_time for item in known]
    start = time_range.start or min((time for time in times if time < end), default=end)
    inside = [item for item in known if start <= item.message.event_time < end]
    days = _days_by_time_key(query, _slots(start, end, ZoneInfo(query.time_zone)))
    keys = {key for item in _base(query, inside) for key in _keys(query, item)}
    if query.group_by and all(dimension in _TIMES for dimension in query.group_by):
        keys |= set(days)
    if not query.group_by:
        keys = {()}
    rows = {key: _value(query, inside, days, key, query.group_by) for key in keys}
    return _Period(rows=rows, total=_value(query, inside, days, (), ()), days=days)


def _days_by_time_key(query: StatsQuery, slots: set[Slot]) -> dict[Key, set[date]]:
    """Each combination of time keys that the period touches, and the local days on which it does."""
    times = [dimension for dimension in query.group_by if dimension in _TIMES]
    days: dict[Key, set[date]] = {}
    for slot in slots:
        days.setdefault(tuple(_time_key(dimension, slot) for dimension in times), set()).add(slot[0])
    return days


def _times_of(key: Key, dimensions: tuple[Dimension, ...]) -> Key:
    return tuple(part for part, dimension in zip(key, dimensions, strict=True) if dimension in _TIMES)


def _base(query: StatsQuery, inside: list[_Known]) -> list[_Known]:
    """The messages whose keys are rows."""
    if query.measure is Measure.SHARE and _kept(query) == query.group_by:
        return [item for item in inside if matches(item, query.share_of)]
    return _counted(query, inside)


def _counted(query: StatsQuery, inside: list[_Known]) -> list[_Known]:
    counted = [item for item in inside if matches(item, query.filters)]
    if query.measure is Measure.SHARE:
        return [item for item in counted if matches(item, query.share_of)]
    if query.measure is Measure.MEAN_CONFIDENCE:
        return [item for item in counted if item.labels]
    return counted


def _value(
    query: StatsQuery,
    inside: list[_Known],
    days: dict[Key, set[date]],
    key: Key,
    dimensions: tuple[Dimension, ...],
) -> Fraction:
    """The measure over the messages that have `key` in `dimensions`."""
    own = [item for item in _counted(query, inside) if _stands_in(query, item, key, dimensions)]
    match query.measure:
        case Measure.UNIQUE_USERS:
            return Fraction(len({item.message.user_id for item in own}))
        case Measure.SHARE:
            kept = [(part, name) for part, name in zip(key, dimensions, strict=True) if name in _kept(query)]
            kept_key, kept_dimensions = tuple(part for part, _ in kept), tuple(name for _, name in kept)
            shared = [item for item in inside if matches(item, query.share_of)]
            return _divided(len(own), sum(_stands_in(query, item, kept_key, kept_dimensions) for item in shared))
        case Measure.PER_DAY_AVERAGE:
            return _divided(
                len(own), len(days[_times_of(key, dimensions)] if dimensions else set().union(*days.values()))
            )
        case Measure.MEAN_CONFIDENCE:
            return _divided(sum(Fraction(max(item.labels.scores)) for item in own if item.labels), len(own))
        case _:
            return Fraction(len(own))


def _divided(amount: Fraction | int, base: int) -> Fraction:
    return Fraction(amount) / base if base else Fraction(0)


def _kept(query: StatsQuery) -> tuple[Dimension, ...]:
    """The dimensions in which a share's denominator stays within the row, by the contract's comment on SHARE."""
    names = ("categories", "intents", "sources", "sentiments", "languages", "user_ids")
    added = {name for name in names if _adds(getattr(query.filters, name), getattr(query.share_of, name))}
    confidence, text = query.filters.min_confidence, query.filters.text
    adds_more = confidence not in (None, query.share_of.min_confidence) or text not in ("", query.share_of.text)
    if not added and not adds_more:
        times = tuple(name for name in query.group_by if name in _TIMES)
        return times if times != query.group_by else ()
    asked = {
        Dimension.CATEGORY: "categories" in added,
        Dimension.INTENT: "categories" in added or "intents" in added,
        Dimension.SOURCE: "sources" in added,
        Dimension.SENTIMENT: "sentiments" in added,
        Dimension.LANGUAGE: "languages" in added,
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


# Keys


def _keys(query: StatsQuery, item: _Known, dimensions: tuple[Dimension, ...] | None = None) -> set[Key]:
    """Every row the message stands in."""
    names = query.group_by if dimensions is None else dimensions
    found: set[Key] = {()}
    for dimension in names:
        found = {(*key, part) for key in found for part in _parts(query, item, dimension)}
    if Dimension.CATEGORY in names and Dimension.INTENT in names:
        category, intent = names.index(Dimension.CATEGORY), names.index(Dimension.INTENT)
        found = {key for key in found if CATEGORY_OF_INTENT[key[intent]] == key[category]}
    return found


def _stands_in(query: StatsQuery, item: _Known, key: Key, dimensions: tuple[Dimension, ...]) -> bool:
    return key in _keys(query, item, dimensions)


def _parts(query: StatsQuery, item: _Known, dimension: Dimension) -> set[str]:
    labels = item.labels
    if dimension in _TIMES:
        local = item.message.event_time.astimezone(ZoneInfo(query.time_zone))
        return {_time_key(dimension, (local.date(), local.hour))}
    of_labelled: dict[Dimension, Callable[[WorldLabels], set[str]]] = {
        Dimension.CATEGORY: lambda _: item.categories,
        Dimension.INTENT: lambda _: item.intents,
        Dimension.SENTIMENT: lambda found: {found.sentiment},
        Dimension.LANGUAGE: lambda found: {found.language},
    }
    if dimension in of_labelled:
        return of_labelled[dimension](labels) if labels else set()
    if dimension is Dimension.STATUS:
        return {"labelled" if labels else "pending"}
    return {item.message.source}


def _time_key(dimension: Dimension, slot: Slot) -> str:
    day, hour = slot
    match dimension:
        case Dimension.HOUR:
            return f"{hour:02}"
        case Dimension.DAY:
            return day.strftime("%Y-%m-%d")
        case Dimension.WEEK:
            return day.strftime("%G-W%V")
        case Dimension.MONTH:
            return day.strftime("%Y-%m")
        case _:
            return _WEEKDAYS[day.weekday()]


def _slots(start: datetime, end: datetime, zone: ZoneInfo) -> set[Slot]:
    """Every local day and hour with an instant in [start, end). Zones change on quarters of an hour, or just after."""
    if start >= end:
        return set()
    quarters = range(int(start.timestamp()) // 900 * 900 + 900, int(end.timestamp()) + 1, 900)
    moments = [start.astimezone(zone), (end - _TICK).astimezone(zone)]
    moments += [datetime.fromtimestamp(second, zone) for second in quarters if second < end.timestamp()]
    return {(moment.date(), moment.hour) for moment in moments}


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
    times = [dimension for dimension in query.group_by if dimension in _TIMES]
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
    if times and _times_of(counterpart, query.group_by) not in other.days:
        return None
    return counterpart


def _ordered(query: StatsQuery, rows: list[StatsRow]) -> list[StatsRow]:
    def by_key(row: StatsRow) -> list[str | int]:
        return [
            _WEEKDAYS.index(part) if dimension is Dimension.WEEKDAY else part
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
