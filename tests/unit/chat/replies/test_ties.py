"""Rows that a ranking's limit would cut off though they have as much as the last one shown."""

import pytest

from earshot.types.v1 import question_pb2
from services.chat.replies.ties import may_hide_ties, tied, with_limit


def ranking(*values: float, limit: int = 1, **fields: object) -> question_pb2.StatsResult:
    query = question_pb2.StatsQuery(limit=limit, order=question_pb2.ORDER_VALUE_DESC)
    rows = [question_pb2.StatsRow(keys=[f"k{place}"], value=value) for place, value in enumerate(values)]
    return question_pb2.StatsResult(query=query, rows=rows, truncated=True, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "wider", "further"),
    [
        ((3,), (3, 3, 3, 2), 2),
        ((3,), (3, 2, 2), 0),
        ((5, 3), (5, 3, 3), 1),
        ((0.25,), (0.25, 0.25), 1),
        ((3,), (3,), 0),
    ],
)
def test_equals_of_the_last_row_are_counted(shown: tuple[float, ...], wider: tuple[float, ...], further: int) -> None:
    assert tied(ranking(*shown), ranking(*wider)) == further


def test_only_a_ranking_that_was_cut_may_hide_them() -> None:
    cut = ranking(3)
    assert may_hide_ties(cut)
    assert with_limit(cut, 2).limit == 3
    assert not may_hide_ties(ranking())
    assert not may_hide_ties(ranking(3, limit=0))
    cut.query.order = question_pb2.ORDER_KEY_ASC
    assert not may_hide_ties(cut)
    whole = ranking(3)
    whole.truncated = False
    assert not may_hide_ties(whole)
