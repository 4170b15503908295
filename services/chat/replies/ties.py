"""The one row asked for where others have as much: all of them are shown, not whichever the order put first. Pure."""

from dataclasses import replace
from typing import Final

from earshot.types.v1 import question_pb2
from services.chat.convert import query_from_proto, result_from_proto
from services.chat.question import Interpretation, Operation, Order, StatsQuery

_MOST_TIED: Final = 24
"""So many rows beside the one asked for are looked at and shown: all hours of a day."""

_BY_VALUE: Final = frozenset({Order.VALUE_DESC, Order.VALUE_ASC})


def asks_for_one(interpretation: Interpretation) -> bool:
    """Whether the one row with most or least is asked for."""
    query = interpretation.query
    return interpretation.operation is Operation.STATS and query.limit == 1 and query.order in _BY_VALUE


def further(result: question_pb2.StatsResult) -> StatsQuery | None:
    """The query that shows what comes after the one row, with the knowledge of the same instant; None for nothing."""
    if len(result.rows) != 1 or not result.truncated:
        return None
    return _longer(result, _MOST_TIED)


def with_ties(result: question_pb2.StatsResult, more: question_pb2.StatsResult) -> StatsQuery | None:
    """The query for the one row and those of `more` that have as much; None where it stands alone."""
    tied = sum(row.value == result.rows[0].value for row in more.rows) - 1
    return _longer(result, tied) if tied > 0 else None


def _longer(result: question_pb2.StatsResult, by: int) -> StatsQuery:
    query = query_from_proto(result.query)
    return replace(query, limit=query.limit + by, as_of=result_from_proto(result).as_of)
