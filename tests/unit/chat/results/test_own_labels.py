"""A filter's own labels: which they are, and the rows asked for to have enough without theirs."""

from dataclasses import replace

import pytest

from services.chat.question import Dimension, Filters, LabelFilter, Measure, StatsQuery
from services.chat.results.own_labels import own_labels, widened

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
