"""Fusion of rankings: what holds whatever they are."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.search.fusion import fuse

IDS = st.integers(min_value=0, max_value=40).map(lambda number: UUID(int=number))
RANKING = st.lists(IDS, unique=True, max_size=30)
RANKINGS = st.lists(RANKING, max_size=4)


@given(RANKINGS)
def test_every_id_once_best_first(rankings: list[list[UUID]]) -> None:
    fused = fuse(rankings)
    ids = [message_id for message_id, _ in fused]
    assert sorted(ids) == sorted({message_id for ranking in rankings for message_id in ranking})
    order = [(score, message_id) for message_id, score in fused]
    assert order == sorted(order, reverse=True)
    assert all(0 < score <= 1 + 1e-9 for _, score in fused)


@given(RANKINGS)
def test_the_order_of_the_rankings_does_not_matter(rankings: list[list[UUID]]) -> None:
    there, back = dict(fuse(rankings)), dict(fuse(rankings[::-1]))
    assert there == pytest.approx(back)


@given(RANKING.filter(bool))
def test_one_ranking_stays_as_it_is(ranking: list[UUID]) -> None:
    assert [message_id for message_id, _ in fuse([ranking, []])] == ranking
    assert fuse([ranking])[0][1] == pytest.approx(1)


@given(RANKINGS, RANKING)
def test_who_is_ahead_in_every_ranking_is_ahead(rankings: list[list[UUID]], order: list[UUID]) -> None:
    """Rankings that agree on two ids agree on them when fused."""
    fused = [message_id for message_id, _ in fuse(rankings)]
    for first, second in pairwise(order):
        if rankings and all(
            first in ranking and second in ranking and ranking.index(first) < ranking.index(second)
            for ranking in rankings
        ):
            assert fused.index(first) < fused.index(second)
