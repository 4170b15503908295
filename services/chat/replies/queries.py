"""Which queries answer an interpretation. Pure."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.chat.question import (
    DEFAULT_EXAMPLES,
    MAX_EXAMPLES,
    Dimension,
    Interpretation,
    Measure,
    Operation,
    Order,
    StatsQuery,
    TimeRange,
)
from services.chat.results.own_labels import widened

# A local day has up to 25 hours. Over several days an hour's row would add the days up and hide what stands out.
_HOURLY_UP_TO: Final = timedelta(hours=25)
_LABELS: Final = (Dimension.CATEGORY, Dimension.INTENT)


def queries_of(interpretation: Interpretation) -> tuple[StatsQuery, ...]:
    """The statistics to ask for, in the order of their names q1, q2, …; rankings with room for their own labels."""
    return tuple(widened(query) for query in _queries(interpretation))


def _queries(interpretation: Interpretation) -> tuple[StatsQuery, ...]:
    query = interpretation.query
    match interpretation.operation:
        case Operation.EXAMPLES:
            return (replace(query, group_by=(), limit=0, order=Order.VALUE_DESC, compare_to=None),)
        case Operation.EXPLAIN_CHANGE:
            grouped = [(_label_dimension(query),), (Dimension.SOURCE,)]
            return tuple(replace(query, group_by=dimensions, order=Order.VALUE_DESC) for dimensions in grouped)
        case Operation.SPIKES:
            return (replace(query, group_by=(step_of(query),), order=Order.KEY_ASC, limit=0, compare_to=None),)
        case Operation.INCIDENTS:
            counted = replace(query, measure=Measure.DISTINCT_INCIDENTS, share_of=None, group_by=(), limit=0)
            return (replace(counted, order=Order.VALUE_DESC, compare_to=None),)
        case _:
            return (query,)


def example_count(interpretation: Interpretation) -> int:
    """How many messages to show."""
    return min(interpretation.query.limit or DEFAULT_EXAMPLES, MAX_EXAMPLES)


def step_of(query: StatsQuery) -> Dimension:
    """The step in which spikes are looked for: the one asked for, else hours within a day, else days."""
    if query.group_by and query.group_by[0] in {Dimension.HOUR, Dimension.DAY}:
        return query.group_by[0]
    return Dimension.HOUR if _length(query.range) <= _HOURLY_UP_TO else Dimension.DAY


def _label_dimension(query: StatsQuery) -> Dimension:
    if query.group_by and query.group_by[0] in _LABELS:
        return query.group_by[0]
    # Inside a category only its intents can tell what changed.
    return Dimension.INTENT if query.filters.categories.any_of else Dimension.CATEGORY


def _length(span: TimeRange | None) -> timedelta:
    return span.end - span.start if span and span.start and span.end else timedelta.max
