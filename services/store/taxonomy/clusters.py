"""Clusters among messages, and their ids between runs. Pure.

Two messages belong together when each is among the nearest of the other (mutual nearest neighbours, Gowda and Krishna
1978); a cluster is what hangs together. Looked at: HDBSCAN and scikit-learn, which would bring numpy and scipy into the
store's image for what is a union of sets here; the distances come from Postgres.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

_SAME: Final = 0.3
"""Share of common messages (Jaccard) from which on two clusters are the same, found again."""


def clusters(neighbours: Mapping[UUID, Sequence[UUID]], *, min_messages: int) -> list[tuple[UUID, ...]]:
    """The clusters of at least `min_messages`, the largest first; `neighbours`: the nearest of each message.

    Within a cluster those with most mutual neighbours first: the middle of it. The order of the input does not matter.
    """
    mutual: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for one, near in neighbours.items():
        for other in near:
            if one != other and one in neighbours.get(other, ()):
                mutual[one].add(other)
                mutual[other].add(one)
    found = [
        tuple(sorted(component, key=lambda node: (-len(mutual[node]), node)))
        for component in _components(mutual)
        if len(component) >= min_messages
    ]
    return sorted(found, key=lambda cluster: (-len(cluster), min(cluster)))


def _components(graph: Mapping[UUID, set[UUID]]) -> Iterable[set[UUID]]:
    seen: set[UUID] = set()
    for start in sorted(graph):
        if start in seen:
            continue
        component, frontier = {start}, [start]
        while frontier:
            fresh = graph[frontier.pop()] - component
            component |= fresh
            frontier.extend(fresh)
        seen |= component
        yield component


def same_as_before(found: Sequence[Sequence[UUID]], before: Mapping[UUID, Sequence[UUID]]) -> list[UUID | None]:
    """For each cluster the id of the earlier one that it is, None for a new one; no id twice.

    The pairs with most in common are joined first.
    """
    pairs = sorted(
        (-overlap, earlier_id, place)
        for place, cluster in enumerate(found)
        for earlier_id, members in before.items()
        if (overlap := _jaccard(set(cluster), set(members))) >= _SAME
    )
    ids: list[UUID | None] = [None] * len(found)
    taken: set[UUID] = set()
    for _, earlier_id, place in pairs:
        if ids[place] is None and earlier_id not in taken:
            ids[place] = earlier_id
            taken.add(earlier_id)
    return ids


def _jaccard(one: set[UUID], other: set[UUID]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
