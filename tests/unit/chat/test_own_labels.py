"""A filter's own labels: which they are, and how the rows of a ranking are shown without them."""

from dataclasses import replace

import pytest

from earshot.types.v1 import question_pb2
from services.chat.convert import query_to_proto
from services.chat.own_labels import own_labels, shown, widened
from services.chat.question import Dimension, Filters, LabelFilter, Measure, StatsQuery

_ALL = LabelFilter()


def ranking(
    *dimensions: Dimension, limit: int = 0, categories: LabelFilter = _ALL, intents: LabelFilter = _ALL
) -> StatsQuery:
    filters = Filters(categories=categories, intents=intents)
    return StatsQuery(filters=filters, group_by=dimensions or (Dimension.CATEGORY,), limit=limit)


def any_of(*labels: str) -> LabelFilter:
    return LabelFilter(any_of=labels)


def all_of(*labels: str) -> LabelFilter:
    return LabelFilter(all_of=labels)


@pytest.mark.parametrize(
    ("query", "own"),
    [
        (ranking(categories=any_of("deposit")), {"deposit"}),
        (ranking(categories=all_of("deposit", "bonus")), {"deposit", "bonus"}),
        (ranking(intents=any_of("complaint")), {"anger_feedback"}),
        (ranking(intents=any_of("login_failed", "account_locked")), {"login_account"}),
        (ranking(intents=any_of("complaint"), categories=any_of("deposit")), {"anger_feedback", "deposit"}),
        (ranking(Dimension.INTENT, intents=any_of("complaint")), {"complaint"}),
        (ranking(Dimension.INTENT, intents=all_of("complaint", "praise")), {"complaint", "praise"}),
        # These are what is asked for: two labels beside each other, or what a category is made of.
        (ranking(categories=any_of("deposit", "withdraw")), set()),
        (ranking(intents=any_of("deposit_failed", "complaint")), set()),
        (ranking(Dimension.INTENT, categories=any_of("deposit")), set()),
        (ranking(categories=LabelFilter(none_of=("deposit",))), set()),
        (ranking(Dimension.SOURCE, categories=any_of("deposit")), set()),
        (ranking(), set()),
        # A share's rows divide by what is in the row, so they do not repeat the total.
        (replace(ranking(categories=any_of("deposit")), measure=Measure.SHARE), set()),
        (ranking(Dimension.CATEGORY, Dimension.DAY, categories=any_of("deposit")), set()),
    ],
)
def test_a_filters_own_labels_are_those_every_message_has(query: StatsQuery, own: set[str]) -> None:
    assert own_labels(query) == own


def test_a_ranking_asks_for_as_many_rows_more_as_are_left_out() -> None:
    assert widened(ranking(limit=3, categories=all_of("deposit", "bonus"))).limit == 5
    assert widened(ranking(limit=0, categories=any_of("deposit"))).limit == 0
    assert widened(ranking(limit=3)).limit == 3


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
    query = widened(ranking(limit=2, categories=any_of("deposit")))
    result = answered(query, ("deposit", 9), ("bonus", 4), ("withdraw", 2), total_rows=4)
    told = shown(result)
    assert [(row.keys[0], row.value) for row in told.rows] == [("bonus", 4), ("withdraw", 2)]
    assert (told.total, told.total_rows, told.truncated, told.rows_sum_to_total) == (9, 3, True, False)
    assert told.query == result.query


def test_an_own_label_beyond_the_limit_leaves_as_many_rows_as_asked() -> None:
    query = widened(ranking(limit=2, categories=any_of("deposit")))
    told = shown(answered(query, ("bonus", 1), ("withdraw", 2), ("other", 3), total_rows=4))
    assert [row.keys[0] for row in told.rows] == ["bonus", "withdraw"]
    assert told.truncated


def test_a_ranking_with_nothing_else_in_it_is_whole() -> None:
    result = answered(ranking(categories=any_of("deposit")), ("deposit", 9), total_rows=1)
    result.rows_sum_to_total = True
    told = shown(result)
    assert (list(told.rows), told.total_rows, told.truncated, told.rows_sum_to_total) == ([], 0, False, False)


def test_every_other_result_is_shown_as_it_came() -> None:
    empty = answered(ranking(categories=any_of("deposit")), total_rows=0)
    other = answered(ranking(), ("deposit", 9), total_rows=1)
    assert shown(empty) is empty
    assert shown(other) is other
