"""Clusters among messages, and their ids between runs. Pure.

Two messages are linked when each is among the nearest of the other, as strongly as they are alike. Clusters follow by
Chinese whispers (Biemann 2006, https://aclanthology.org/W06-3812): every message takes the cluster that its links pull
to most, until none changes. What merely hangs together is no topic: over a few hundred messages such chains join
everything (`bench/README.md` has the figures). Looked at: HDBSCAN and scikit-learn, which would bring numpy and scipy
into the store's image; the distances come from Postgres.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

Likeness: TypeAlias = Mapping[UUID, Mapping[UUID, float]]
"""For each message those nearest to it, and how alike they are (cosine, more than 0)."""

_ROUNDS: Final = 50
"""The whispering settles within about ten; two messages that keep changing places must not hold it up."""
_SAME: Final = 0.3
"""Share of common messages (Jaccard) from which on two clusters are the same, found again."""


def clusters(nearest: Likeness, *, min_messages: int) -> list[tuple[UUID, ...]]:
    """The clusters of at least `min_messages`, the largest first.

    Within a cluster those that its others pull to most first: the middle of it. The order of the input does not matter.
    """
    links = _mutual(nearest)
    joined = _whispered(links)
    found = [
        tuple(sorted(members, key=lambda one: (-_pull(links[one], joined)[joined[one]], one)))
        for members in _members(joined)
        if len(members) >= min_messages
    ]
    return sorted(found, key=lambda cluster: (-len(cluster), min(cluster)))


def _mutual(nearest: Likeness) -> dict[UUID, dict[UUID, float]]:
    links: dict[UUID, dict[UUID, float]] = {}
    for one, near in nearest.items():
        # In order, so that what is added up does not depend on the input's.
        back = {other: near[other] for other in sorted(near) if other != one and one in nearest.get(other, ())}
        if back:
            links[one] = back
    return links


def _whispered(links: Likeness) -> dict[UUID, UUID]:
    """The cluster of each message, named by one of its members."""
    joined = {one: one for one in links}
    # The least linked first: who speaks first spreads, and in any order of chance a topic now and then falls into four.
    order = sorted(links, key=lambda one: (sum(links[one].values()), one))
    for _ in range(_ROUNDS):
        moved = False
        for one in order:
            pull = _pull(links[one], joined)
            most = max(pull, key=lambda cluster: (pull[cluster], cluster))
            moved |= most != joined[one]
            joined[one] = most
        if not moved:
            break
    return joined


def _pull(near: Mapping[UUID, float], joined: Mapping[UUID, UUID]) -> defaultdict[UUID, float]:
    """How strongly each cluster draws a message."""
    pull: defaultdict[UUID, float] = defaultdict(float)
    for other, alike in near.items():
        pull[joined[other]] += alike
    return pull


def _members(joined: Mapping[UUID, UUID]) -> Iterable[list[UUID]]:
    members: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for one, cluster in joined.items():
        members[cluster].append(one)
    return members.values()


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
