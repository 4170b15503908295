"""Which queries answer an interpretation."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.chat.question import (
    Dimension,
    Filters,
    Interpretation,
    LabelFilter,
    Operation,
    StatsQuery,
    TimeRange,
)
from services.chat.replies.queries import example_count, queries_of, step_of

START = datetime(2026, 2, 1, tzinfo=UTC)


def reading(operation: Operation, **query: Any) -> Interpretation:
    return Interpretation(operation=operation, query=StatsQuery(**query))


def test_every_operation_has_its_queries() -> None:
    week = TimeRange(start=START, end=START + timedelta(days=7))
    by_label = queries_of(reading(Operation.EXPLAIN_CHANGE, range=week, compare_to=week))
    assert [query.group_by for query in by_label] == [(Dimension.CATEGORY,), (Dimension.SOURCE,)]
    inside = Filters(categories=LabelFilter(any_of=("deposit",)))
    assert queries_of(reading(Operation.EXPLAIN_CHANGE, filters=inside))[0].group_by == (Dimension.INTENT,)
    assert queries_of(reading(Operation.STATS, limit=3))[0].limit == 3
    own = reading(Operation.STATS, limit=3, filters=inside, group_by=(Dimension.CATEGORY,))
    assert queries_of(own)[0].limit == 4
    examples = reading(Operation.EXAMPLES, group_by=(Dimension.DAY,), limit=3)
    assert queries_of(examples) == (StatsQuery(),)
    assert example_count(examples) == 3
    assert example_count(reading(Operation.EXAMPLES, limit=1_000)) == 20
    assert step_of(StatsQuery(range=week)) is Dimension.DAY
    assert step_of(StatsQuery(range=TimeRange(start=START, end=START + timedelta(days=1)))) is Dimension.HOUR
    assert step_of(StatsQuery()) is Dimension.DAY
