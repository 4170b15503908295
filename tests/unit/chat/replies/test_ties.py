"""The one row asked for, and those that have as much."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from earshot.types.v1 import question_pb2
from services.chat.convert import query_to_proto
from services.chat.question import Dimension, Interpretation, Operation, Order, StatsQuery
from services.chat.replies.ties import asks_for_one, further, with_ties

_ONE = StatsQuery(group_by=(Dimension.SOURCE,), limit=1)
_AS_OF = datetime(2026, 3, 5, tzinfo=UTC)


def answered(*values: float, total_rows: int) -> question_pb2.StatsResult:
    result = question_pb2.StatsResult(
        rows=[question_pb2.StatsRow(keys=[str(place)], value=value) for place, value in enumerate(values)],
        truncated=total_rows > len(values),
        total_rows=total_rows,
        query=query_to_proto(replace(_ONE, limit=len(values))),
    )
    result.as_of.FromDatetime(_AS_OF)
    return result


@pytest.mark.parametrize(
    ("query", "operation", "asks"),
    [
        (_ONE, Operation.STATS, True),
        (replace(_ONE, order=Order.VALUE_ASC), Operation.STATS, True),
        (replace(_ONE, order=Order.KEY_ASC), Operation.STATS, False),
        (replace(_ONE, limit=5), Operation.STATS, False),
        (_ONE, Operation.EXAMPLES, False),
    ],
)
def test_the_one_row_is_asked_for(query: StatsQuery, operation: Operation, asks: bool) -> None:
    assert asks_for_one(Interpretation(operation=operation, query=query)) is asks


def test_all_that_have_as_much_are_asked_for_with_the_same_knowledge() -> None:
    one = answered(7, total_rows=4)
    more = further(one)
    assert more is not None
    assert (more.limit, more.as_of) == (25, _AS_OF)
    tied = with_ties(one, answered(7, 7, 7, 2, total_rows=4))
    assert tied is not None
    assert (tied.limit, tied.as_of) == (3, _AS_OF)


def test_a_row_that_stands_alone_is_the_answer() -> None:
    assert with_ties(answered(7, total_rows=3), answered(7, 6, 6, total_rows=3)) is None
    assert further(answered(7, total_rows=1)) is None
    assert further(answered(total_rows=0)) is None
