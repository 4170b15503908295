"""Clusters and their ids between runs: what holds whatever the messages are."""

import random
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.store.taxonomy.clusters import clusters, same_as_before

IDS = st.integers(min_value=0, max_value=30).map(lambda number: UUID(int=number))
NEAR = st.dictionaries(IDS, st.floats(min_value=0.45, max_value=1), max_size=6)
GRAPH = st.dictionaries(IDS, NEAR, max_size=30)
CLUSTERS = st.lists(st.lists(IDS, unique=True, min_size=1, max_size=10), max_size=6)


@given(GRAPH, st.integers(min_value=2, max_value=5), st.randoms(use_true_random=False))
def test_the_order_of_the_messages_does_not_matter(
    graph: dict[UUID, dict[UUID, float]], fewest: int, dice: random.Random
) -> None:
    names = list(graph)
    dice.shuffle(names)
    assert clusters({name: graph[name] for name in names}, min_messages=fewest) == clusters(graph, min_messages=fewest)


@given(GRAPH, st.integers(min_value=2, max_value=5))
def test_clusters_share_nothing_are_large_enough_and_hang_together(
    graph: dict[UUID, dict[UUID, float]], fewest: int
) -> None:
    found = clusters(graph, min_messages=fewest)
    members = [message_id for cluster in found for message_id in cluster]
    assert len(members) == len(set(members))
    assert [len(cluster) for cluster in found] == sorted(map(len, found), reverse=True)
    for cluster in found:
        assert len(cluster) >= fewest
        inside = set(cluster)
        for message_id in cluster:
            assert any(
                other in inside and message_id in graph.get(other, ())
                for other in graph[message_id]
                if other != message_id
            )


@given(
    st.lists(st.integers(min_value=4, max_value=9), min_size=2, max_size=5),
    st.floats(min_value=0.6, max_value=1),
    st.randoms(use_true_random=False),
)
def test_topics_that_only_touch_stay_apart(sizes: list[int], alike: float, dice: random.Random) -> None:
    """Each topic's messages are near one another; one of each is near one of the next topic, too."""
    ids = [UUID(int=number << 64) for number in dice.sample(range(1000), sum(sizes))]
    topics = [ids[sum(sizes[:place]) : sum(sizes[: place + 1])] for place in range(len(sizes))]
    near = {one: {other: alike for other in topic if other != one} for topic in topics for one in topic}
    for topic, following in pairwise(topics):
        near[topic[0]][following[-1]] = near[following[-1]][topic[0]] = 0.5
    assert {frozenset(cluster) for cluster in clusters(near, min_messages=2)} == set(map(frozenset, topics))


@given(CLUSTERS, CLUSTERS)
def test_no_id_is_given_twice(found: list[list[UUID]], earlier: list[list[UUID]]) -> None:
    before = {UUID(int=100 + place): members for place, members in enumerate(earlier)}
    ids = [given_id for given_id in same_as_before(found, before) if given_id is not None]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(before)


def _disjoint(groups: Sequence[Sequence[UUID]]) -> list[list[UUID]]:
    seen: set[UUID] = set()
    apart = []
    for group in groups:
        fresh = [message_id for message_id in group if message_id not in seen]
        seen.update(fresh)
        if fresh:
            apart.append(fresh)
    return apart


@given(CLUSTERS, st.randoms(use_true_random=False))
def test_the_same_clusters_keep_their_ids(groups: list[list[UUID]], dice: random.Random) -> None:
    """Found again in another order, each with a message more."""
    apart = _disjoint(groups)
    before = {UUID(int=100 + place): members for place, members in enumerate(apart)}
    order = list(range(len(apart)))
    dice.shuffle(order)
    again = [[*apart[place], UUID(int=1000 + place)] for place in order]
    assert same_as_before(again, before) == [UUID(int=100 + place) for place in order]
