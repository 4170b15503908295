"""Which questions the roll-ups answer, and how. Pure. The one place that decides; rollup_sql.py asks.

Roll-ups know what is labelled now, by quarters of an hour. So an answer is the sum of four: the roll-ups over the whole
quarters of a range, the changes not yet added to them, the messages at the range's edges, and those without labels.
What needs a text, single users, probabilities or another instant than now is counted from the messages themselves.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Final, NamedTuple

from services.runtime.labels import CATEGORIES, INTENTS
from services.store.filters import (
    Filters,
    TimeRange,
    ValueFilter,
    category_mask,
    intent_mask,
)
from services.store.local_time import Segment
from services.store.statistics.keys import WEEKDAYS, Keys, hour_key, time_dimensions
from services.store.statistics.pieces import QUARTERS, Inside, are_whole_quarters, inside, pieces
from services.store.statistics.question import TIME_DIMENSIONS, Dimension, Measure
from services.store.statistics.sql import (
    LABEL_DIMENSIONS,
    Selection,
)

SETS: Final = "set"
"""The tier that tells every label set from every other."""

NO_SHAPE: Final = -1
"""The place of a day of which nothing counts."""

EVERYONE: Final = "everyone"
"""All messages of a day in one, where different users are counted and nothing but time is asked about."""

_FULL: Final = "full"
_ALL: Final = "all"
_DAY: Final = timedelta(days=1)
OF_DIMENSION: Final = {
    Dimension.SOURCE: "source",
    Dimension.SENTIMENT: "sentiment",
    Dimension.LANGUAGE: "language",
}
_LABEL_KINDS: Final = {
    Dimension.CATEGORY: tuple((0, category_mask([name])) for name in CATEGORIES),
    Dimension.INTENT: tuple((intent_mask([name]), 0) for name in INTENTS),
}
_ANY_LABELS: Final = ((0, 0),)
_BESIDE_LABELS: Final = frozenset({Dimension.CUSTOM_CATEGORY, Dimension.INCIDENT})


class Span(NamedTuple):
    """A stretch of a day: its quarters [low, high) have the time keys `keys`."""

    low: int
    high: int
    keys: Keys


class CutDays(NamedTuple):
    """Different ways in which days are cut, and the place of each day's, or NO_SHAPE; days have no gap."""

    shapes: tuple[tuple[Span, ...], ...]
    shape_of_day: Mapping[date, int]


NO_DAYS: Final = CutDays((), MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """How the roll-ups answer a question.

    `tier` and `labels` (pairs of masks) name the kinds to add up; tier 'set' without labels: every set that meets the
    conditions. `shapes`: different ways in which a day is cut; `shape_of_day`: the place of each day's, or
    NO_SHAPE.
    """

    selection: Selection
    dimensions: tuple[Dimension, ...]
    inside: Inside
    tier: str
    labels: tuple[tuple[int, int], ...]
    shapes: tuple[tuple[Span, ...], ...]
    shape_of_day: Mapping[date, int]

    @property
    def counts_users(self) -> bool:
        """Whether users are counted, and not messages."""
        return self.selection.measure is Measure.UNIQUE_USERS

    @property
    def holds_all(self) -> bool:
        """Whether each message is in one record of the answer, so that the records make up the total as well."""
        return self.tier in (SETS, EVERYONE)

    def whole_months(self) -> tuple[date, ...]:
        """First days of the months (UTC) whose messages count in full and alike, so that a sum of each is enough."""
        if self.tier != SETS or self.counts_users or not TIME_DIMENSIONS.isdisjoint(self.dimensions):
            return ()
        whole = [number for number, shape in enumerate(self.shapes) if is_whole(shape)]
        days = Counter(day.replace(day=1) for day, shape in self.shape_of_day.items() if shape in whole)
        return tuple(month for month, found in days.items() if found == monthrange(month.year, month.month)[1])


def in_all(asked: Rollup) -> Rollup:
    """The same question without its grouping, to be answered from the same records."""
    shapes = tuple(_joined(span._replace(keys=()) for span in shape) for shape in asked.shapes)
    return replace(asked, dimensions=(), shapes=shapes)


def is_answerable(selection: Selection, dimensions: tuple[Dimension, ...]) -> bool:
    """Whether the roll-ups know what the question asks for."""
    return (
        selection.scope.as_of is None
        and selection.measure not in (Measure.MEAN_CONFIDENCE, Measure.DISTINCT_INCIDENTS)
        and _BESIDE_LABELS.isdisjoint(dimensions)
        and all(_is_known(filters) for filters in selection.conditions)
        and (not _reads_local_time(selection, dimensions) or are_whole_quarters(selection.segments))
    )


def _reads_local_time(selection: Selection, dimensions: tuple[Dimension, ...]) -> bool:
    return not TIME_DIMENSIONS.isdisjoint(dimensions) or any(
        filters.uses_local_time() for filters in selection.conditions
    )


def _is_known(filters: Filters) -> bool:
    beside = filters.user_ids.values() or filters.custom_categories.values()
    return not filters.text and filters.min_confidence is None and not beside


def rollup(selection: Selection, dimensions: tuple[Dimension, ...], known: tuple[date, date] | None) -> Rollup | None:
    """How the roll-ups, which know the days `known`, answer an answerable question.

    None where the range holds no whole quarter: then the messages themselves are few.
    """
    within = inside(selection.time_range)
    if within is None:
        return None
    tier, labels = _kinds(selection, dimensions)
    days = _cut_days(within.whole, known, selection, time_dimensions(dimensions))
    return Rollup(
        selection=selection,
        dimensions=dimensions,
        inside=within,
        tier=tier,
        labels=labels,
        shapes=days.shapes,
        shape_of_day=days.shape_of_day,
    )


def _cut_days(
    whole: TimeRange, known: tuple[date, date] | None, selection: Selection, times: tuple[Dimension, ...]
) -> CutDays:
    """The days that are known, cut by time keys."""
    if known is None:
        return NO_DAYS
    first, last = (datetime.combine(day, time(), UTC) for day in known)
    start, end = max(whole.start or first, first), min(whole.end or last + _DAY, last + _DAY)
    if start >= end:
        return NO_DAYS
    return _shapes(start, end, selection.segments, times, tuple(_allowed_keys(selection.conditions).items()))


def _allowed_keys(conditions: Iterable[Filters]) -> Mapping[Dimension, frozenset[str]]:
    """Keys of hours and weekdays that all conditions let through, where any restricts them."""
    allowed: dict[Dimension, frozenset[str]] = {}
    for filters in conditions:
        hours = frozenset(map(hour_key, filters.hours))
        weekdays = frozenset(WEEKDAYS[day - 1] for day in filters.weekdays)
        for name, keys in ((Dimension.HOUR, hours), (Dimension.WEEKDAY, weekdays)):
            if keys:
                allowed[name] = allowed.get(name, keys) & keys
    return allowed


# Kept for the next ask: a page asks for the same range many times, and its hours are thousands.
@lru_cache(maxsize=32)
def _shapes(
    start: datetime,
    end: datetime,
    segments: tuple[Segment, ...],
    times: tuple[Dimension, ...],
    allowed: tuple[tuple[Dimension, frozenset[str]], ...],
) -> CutDays:
    """[start, end), whole quarters, cut by `times`; only what has the `allowed` keys counts."""
    cut = (*times, *(name for name, _ in allowed if name not in times))
    wanted = [(cut.index(name), keys) for name, keys in allowed]
    numbers: dict[tuple[Span, ...], int] = {}
    shape_of_day: dict[date, int] = {}
    for day, of_day in groupby(pieces(start, end, segments, cut), key=lambda piece: piece.day):
        counted = (piece for piece in of_day if all(piece.keys[place] in keys for place, keys in wanted))
        shape = _joined(Span(piece.low, piece.high, piece.keys[: len(times)]) for piece in counted)
        shape_of_day[day] = numbers.setdefault(shape, len(numbers)) if shape else NO_SHAPE
    return CutDays(tuple(numbers), MappingProxyType(shape_of_day))


def _joined(of_day: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of one day as spans; neighbours with the same keys are one."""
    spans: list[Span] = []
    for span in of_day:
        if spans and spans[-1].high == span.low and spans[-1].keys == span.keys:
            spans[-1] = spans[-1]._replace(high=span.high)
        else:
            spans.append(span)
    return tuple(spans)


def _kinds(selection: Selection, dimensions: tuple[Dimension, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The smallest tier that tells apart what the question tells apart."""
    used = {name for dimension, name in OF_DIMENSION.items() if dimension in dimensions}
    used |= {name for filters in selection.conditions for name in _restricted(filters)}
    labels = _labels(selection.conditions, dimensions)
    tier = _FULL if len(used) > 1 else next(iter(used), _ALL)
    if selection.measure is Measure.UNIQUE_USERS:
        return EVERYONE if tier == _ALL and labels == _ANY_LABELS else SETS, ()
    return (SETS, ()) if labels is None else (tier, labels)


def _restricted(filters: Filters) -> Iterable[str]:
    named = {"source": filters.sources, "sentiment": filters.sentiments, "language": filters.languages}
    return (name for name, value_filter in named.items() if value_filter.values())


def _labels(conditions: tuple[Filters, ...], dimensions: tuple[Dimension, ...]) -> tuple[tuple[int, int], ...] | None:
    """The labels one of which a message must have, as masks; None where it is not that simple."""
    filters = [(named.categories, named.intents) for named in conditions]
    values = [value_filter for pair in filters for value_filter in pair if value_filter.values()]
    if not values:
        grouped = [name for name in (Dimension.INTENT, Dimension.CATEGORY) if name in dimensions]
        return _LABEL_KINDS[grouped[0]] if grouped else _ANY_LABELS
    if any(not _is_one(value_filter) for value_filter in values) or not LABEL_DIMENSIONS.isdisjoint(dimensions):
        return None
    wanted = {(0, category_mask(categories.values())) for categories, _ in filters if categories.values()}
    wanted |= {(intent_mask(intents.values()), 0) for _, intents in filters if intents.values()}
    return tuple(wanted) if len(wanted) == 1 else None


def _is_one(value_filter: ValueFilter) -> bool:
    return not value_filter.none_of and len(set(value_filter.values())) == 1


def is_whole(shape: tuple[Span, ...]) -> bool:
    """Whether a day of this shape is not cut."""
    return len(shape) == 1 and shape[0].high - shape[0].low == QUARTERS


def span_places(shapes: Iterable[tuple[Span, ...]]) -> dict[Keys, int]:
    """Every different combination of time keys → its place."""
    keys = dict.fromkeys(span.keys for shape in shapes for span in shape)
    return {key: place for place, key in enumerate(keys)}
