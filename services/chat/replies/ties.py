"""Rows that a ranking's limit would cut off though they have as much as the last one shown. Pure."""

from itertools import takewhile
from typing import Final

from earshot.types.v1 import question_pb2

MOST_TIED: Final = 1_000
"""Rows that are looked at beyond the limit: more than any ranking has, but one of the days of years."""

_BY_VALUE: Final = frozenset({question_pb2.ORDER_VALUE_DESC, question_pb2.ORDER_VALUE_ASC})


def may_hide_ties(shown: question_pb2.StatsResult) -> bool:
    """Whether rows of a ranking, as they are shown, were cut off by its limit."""
    return bool(shown.truncated and shown.rows and shown.query.limit and shown.query.order in _BY_VALUE)


def with_limit(result: question_pb2.StatsResult, further: int) -> question_pb2.StatsQuery:
    """The question of a result, with its knowledge, and so many rows more."""
    query = question_pb2.StatsQuery()
    query.CopyFrom(result.query)
    query.limit += further
    return query


def tied(shown: question_pb2.StatsResult, wider: question_pb2.StatsResult) -> int:
    """How many rows of the wider result follow those shown with the last one's value."""
    last = shown.rows[-1].value
    return sum(1 for _ in takewhile(lambda row: row.value == last, wider.rows[len(shown.rows) :]))
