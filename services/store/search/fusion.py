"""Reciprocal rank fusion: one ranking out of several whose scores cannot be compared. Pure.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
SIGIR 2009; its constant of 60.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

_DAMPING: Final = 60


def fuse(rankings: Sequence[Sequence[UUID]]) -> list[tuple[UUID, float]]:
    """The ids of all rankings with their scores in (0, 1], best first; 1 is the first of every ranking.

    A ranking names an id at most once. Of equal scores the greater id, which came later, stands first. A ranking that
    is empty has nothing to say and lowers no score.
    """
    speaking = [ranking for ranking in rankings if ranking]
    best = len(speaking) / (_DAMPING + 1)
    scores: defaultdict[UUID, float] = defaultdict(float)
    for ranking in speaking:
        for rank, message_id in enumerate(ranking, start=1):
            scores[message_id] += 1 / (_DAMPING + rank) / best
    return sorted(scores.items(), key=lambda item: (item[1], item[0]), reverse=True)
