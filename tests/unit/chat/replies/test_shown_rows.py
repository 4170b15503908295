"""The rows that are shown: without the filter's own labels, and with true totals."""

from dataclasses import replace

import pytest

from earshot.types.v1 import question_pb2
from services.chat.convert import query_to_proto
from services.chat.question import Dimension, Filters, LabelFilter, StatsQuery
from services.chat.replies.shown_rows import shown
from services.chat.results.own_labels import widened

_DEPOSITS = StatsQuery(filters=Filters(categories=LabelFilter(any_of=("deposit",))), group_by=(Dimension.CATEGORY,))


def answered(query: StatsQuery, *rows: tuple[str, float], total_rows: int) -> question_pb2.StatsResult:
    return question_pb2.StatsResult(
        rows=[question_pb2.StatsRow(keys=[key], value=value) for key, value in rows],
        total=9,
        rows_sum_to_total=False,
        truncated=total_rows > len(rows),
        total_rows=total_rows,
        query=query_to_proto(query),
    )


def test_rows_are_shown_without_the_own_label_and_with_true_totals() -> None:
    query = widened(replace(_DEPOSITS, limit=2))
    result = answered(query, ("deposit", 9), ("bonus", 4), ("withdraw", 2), total_rows=4)
    told = shown(result)
    assert [(row.keys[0], row.value) for row in told.rows] == [("bonus", 4), ("withdraw", 2)]
    assert (told.total, told.total_rows, told.truncated, told.rows_sum_to_total) == (9, 3, True, False)
    assert told.query == result.query


def test_an_own_label_beyond_the_limit_leaves_as_many_rows_as_asked() -> None:
    query = widened(replace(_DEPOSITS, limit=2))
    told = shown(answered(query, ("bonus", 1), ("withdraw", 2), ("other", 3), total_rows=4))
    assert [row.keys[0] for row in told.rows] == ["bonus", "withdraw"]
    assert told.truncated


def test_a_ranking_with_nothing_else_in_it_is_whole() -> None:
    result = answered(_DEPOSITS, ("deposit", 9), total_rows=1)
    result.rows_sum_to_total = True
    told = shown(result)
    assert (list(told.rows), told.total_rows, told.truncated, told.rows_sum_to_total) == ([], 0, False, False)


@pytest.mark.parametrize("dimensions", [(Dimension.CATEGORY,), (Dimension.CATEGORY, Dimension.SOURCE)])
def test_of_labels_that_are_compared_only_their_rows_are_shown(dimensions: tuple[Dimension, ...]) -> None:
    both = Filters(categories=LabelFilter(any_of=("deposit", "withdraw")))
    query = widened(StatsQuery(filters=both, group_by=dimensions, limit=1))
    told = shown(answered(query, ("login_account", 9), ("deposit", 4), ("withdraw", 2), total_rows=3))
    assert [(row.keys[0], row.value) for row in told.rows] == [("deposit", 4), ("withdraw", 2)]
    assert (told.total, told.total_rows, told.truncated, told.rows_sum_to_total) == (9, 2, False, False)


def test_intents_of_two_categories_show_these_two() -> None:
    problems = Filters(intents=LabelFilter(any_of=("deposit_failed", "withdrawal_delayed")))
    query = widened(StatsQuery(filters=problems, group_by=(Dimension.CATEGORY,)))
    told = shown(answered(query, ("deposit", 4), ("bonus", 3), ("withdraw", 2), total_rows=3))
    assert [row.keys[0] for row in told.rows] == ["deposit", "withdraw"]


def test_every_other_result_is_shown_as_it_came() -> None:
    empty = answered(_DEPOSITS, total_rows=0)
    other = answered(replace(_DEPOSITS, filters=Filters()), ("deposit", 9), total_rows=1)
    assert shown(empty) is empty
    assert shown(other) is other
