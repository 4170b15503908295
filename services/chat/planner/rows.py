"""The rows of a turn merged into those in force: dimensions, order and limit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

from services.chat.dates.period import Period, Unit
from services.chat.lexicon.entry import TOPICS
from services.chat.planner.contrast import contrasted
from services.chat.planner.filters import part
from services.chat.planner.grouping import default_order
from services.chat.planner.patterns import spoken
from services.chat.planner.read import Turn
from services.chat.planner.reading import Grouping
from services.chat.planner.row_nouns import TIMES
from services.chat.planner.wishes import Item, Wish
from services.chat.question import Dimension, Filters, Measure, Operation, Order, StatsQuery, TimeRange
from services.runtime.labels import CATEGORY_OF_INTENT

_ALTERNATIVES: Final = (
    ("sources", Dimension.SOURCE),
    ("categories", Dimension.CATEGORY),
    ("intents", Dimension.INTENT),
    ("languages", Dimension.LANGUAGE),
    ("sentiments", Dimension.SENTIMENT),
)
_MAX_DIMENSIONS: Final = 3
"""The store groups by so many; those named last are kept."""
_WHICH_HAD_MORE: Final = spoken(
    r"which (?:one |of (?:them|those|these|the 2) )?(?:has|had|have|is|was|got|gets|came)"
    r" (?:in )?(?:more|most|fewer|less|higher|bigger|larger|ahead)"
)
_FEWEST_LISTED: Final = 3
_STEPS: Final = {Unit.DAY: Dimension.DAY, Unit.WEEK: Dimension.WEEK, Unit.MONTH: Dimension.MONTH}
_MONTHLY_FROM: Final = timedelta(days=124)


def grouped(turn: Turn, items: Sequence[Item], old: StatsQuery, query: StatsQuery, operation: Operation) -> StatsQuery:
    """`query` with the rows that the turn names, or those in force. Examples and incidents have none."""
    reading = turn.reading
    if operation is Operation.EXAMPLES:
        query = replace(query, compare_to=None)
        limit = reading.examples or (old.limit if not old.group_by and reading.operation is None else 0)
        return replace(query, group_by=(), order=Order.VALUE_DESC, limit=limit)
    grouping = reading.grouping or Grouping()
    if operation is Operation.INCIDENTS:
        return replace(query, group_by=(), order=Order.VALUE_DESC, limit=grouping.limit, compare_to=None)
    if operation is not Operation.STATS and grouping.ranked:
        grouping = Grouping()
    if reading.operation is Operation.EXPLAIN_CHANGE:
        query = replace(query, order=default_order(query.group_by), limit=0)
    named = (*_listed(turn, items, grouping), *_dimensions(grouping, query))
    against = contrasted(reading, items) or _against_in_force(turn, items, old) or _which_of_them(turn, query)
    if not named and not against:
        return _kept(grouping, query)
    apart = grouping.apart and not grouping.dimensions
    kept = () if items and not apart else _beside(named, query, adds=reading.adds, apart=apart)
    dimensions = tuple(dict.fromkeys((*kept, *against, *named)))[-_MAX_DIMENSIONS:]
    order = grouping.order or default_order(dimensions)
    # Rows are ordered by their value: the one that grew the most may be any of them.
    limit = 0 if reading.changes and query.compare_to is not None else grouping.limit
    return replace(query, group_by=dimensions, order=order, limit=limit)


def _listed(turn: Turn, items: Sequence[Item], grouping: Grouping) -> tuple[Dimension, ...]:
    """The rows of things that are listed with a step of time: "deposits, withdrawals and bonuses by week"."""
    asked = [item for item in items if item.wish is Wish.ANY]
    words = turn.reading.text.split()
    stepwise = bool(grouping.dimensions) and set(grouping.dimensions) <= TIMES and not grouping.ranked
    if not stepwise or len({item.field for item in asked}) != 1 or not (len(asked) > 1 or asked[0].listed):
        return ()
    said = {place for tag in turn.states for place in range(tag.start, tag.end)}
    between = {
        words[place] for one, other in pairwise(asked) for place in range(one.end, other.start) if place not in said
    }
    dimension = next((dimension for field, dimension in _ALTERNATIVES if field == asked[0].field), None)
    return (dimension,) if dimension and between <= {"and", ",", "&"} else ()


def _beside(named: Sequence[Dimension], query: StatsQuery, *, adds: bool, apart: bool) -> tuple[Dimension, ...]:
    """The rows in force that stay: all that the turn adds to, and what is compared when it asks for times."""
    if adds:
        return query.group_by
    compared = set(told_apart(query.filters)) if set(named) <= TIMES else set()
    if apart:
        compared |= TIMES
    return tuple(dimension for dimension in query.group_by if dimension in compared)


def _against_in_force(turn: Turn, items: Sequence[Item], old: StatsQuery) -> tuple[Dimension, ...]:
    if not widens(turn, items, old.filters):
        return ()
    if items[0].field in {"sources", "languages"}:
        return (Dimension.SOURCE if items[0].field == "sources" else Dimension.LANGUAGE,)
    both = {*old.filters.intents.any_of, *(value for item in items if item.field == "intents" for value in item.values)}
    # Two intents of one category are one row by category.
    alike = not old.filters.categories.any_of and len({CATEGORY_OF_INTENT.get(intent) for intent in both}) == 1
    return (Dimension.INTENT,) if alike and len(both) > 1 else (Dimension.CATEGORY,)


def _which_of_them(turn: Turn, query: StatsQuery) -> tuple[Dimension, ...]:
    """The rows of the alternatives in force: "deposits or withdrawals?", then "which had more last week?"."""
    asks = not query.group_by and bool(_WHICH_HAD_MORE.search(turn.reading.text))
    return told_apart(query.filters)[:1] if asks else ()


def _dimensions(grouping: Grouping, query: StatsQuery) -> tuple[Dimension, ...]:
    apart = told_apart(query.filters)[:1] if grouping.apart else ()
    dimensions = (*apart, *grouping.dimensions)
    if query.measure is Measure.PER_DAY_AVERAGE:
        dimensions = tuple(dimension for dimension in dimensions if dimension is not Dimension.DAY)
    if grouping.trend and not dimensions and TIMES & set(query.group_by):
        return query.group_by
    if grouping.trend and not TIMES & set(dimensions):
        return (_step(query.range), *dimensions)
    return dimensions


def told_apart(filters: Filters) -> tuple[Dimension, ...]:
    """The dimensions in which the filters name alternatives: "deposits and withdrawals, separately"."""
    return tuple(dimension for field, dimension in _ALTERNATIVES if len(part(filters, field).any_of) > 1)


def _step(told: TimeRange | None) -> Dimension:
    """A trend's step: hours in a day, days up to about four months, months beyond and over all time."""
    if told is None or told.start is None or told.end is None:
        return Dimension.MONTH
    length = told.end - told.start
    if length <= timedelta(hours=25):
        return Dimension.HOUR
    return Dimension.MONTH if length > _MONTHLY_FROM else Dimension.DAY


def _kept(grouping: Grouping, query: StatsQuery) -> StatsQuery:
    """The rows in force, with another order or limit where the turn says so. An average per day has no rows by day."""
    if query.measure is Measure.PER_DAY_AVERAGE:
        query = replace(query, group_by=tuple(name for name in query.group_by if name is not Dimension.DAY))
    if not query.group_by:
        if grouping.limit:
            order = grouping.order or Order.VALUE_DESC
            return replace(query, group_by=(Dimension.CATEGORY,), order=order, limit=grouping.limit)
        return replace(query, order=Order.VALUE_DESC, limit=0)
    order = grouping.order or (Order.VALUE_DESC if grouping.limit else query.order)
    return replace(query, order=order, limit=grouping.limit or query.limit)


def by_listed_units(turn: Turn) -> Turn:
    """Days, weeks or months that were listed one by one, with a row for each: "July, August and September"."""
    units = {value.unit for value in turn.dates if isinstance(value, Period)}
    grouping = turn.reading.grouping or Grouping()
    if len(turn.dates) < _FEWEST_LISTED or len(units) != 1 or grouping.dimensions or turn.reading.operation:
        return turn
    step = _STEPS.get(units.pop())
    told = replace(grouping, dimensions=(step,), apart=False) if step else turn.reading.grouping
    return replace(turn, reading=replace(turn.reading, grouping=told))


def widens(turn: Turn, items: Sequence[Item], filters: Filters) -> bool:
    """In "compare that with withdrawals" the thing in force stays beside the new one."""
    if not turn.reading.contrast or turn.dates:
        return False
    topics = {value for item in items if item.kind in TOPICS and item.wish is Wish.ANY for value in item.values}
    sources = {value for item in items if item.field == "sources" and item.wish is Wish.ANY for value in item.values}
    lone_topic = len(topics) == 1 and not sources and bool(filters.categories.any_of or filters.intents.any_of)
    lone_language = [item.field for item in items if item.wish is Wish.ANY] == ["languages"]
    return (
        lone_topic
        or (len(sources) == 1 and not topics and bool(filters.sources.any_of))
        or (lone_language and bool(filters.languages.any_of))
    )
