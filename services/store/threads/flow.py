"""How messages follow one another within conversations. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

UNLABELLED: Final = "unlabelled"
EDGE: Final = ""
"""Stands for the beginning and the end of a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What follows what, how often, and after how many seconds altogether."""

    before: str
    after: str
    count: int
    seconds: float

    @property
    def mean_seconds(self) -> float:
        """Mean time between the two."""
        return self.seconds / self.count


def rolled_up(transitions: Iterable[Transition], state_of: Mapping[str, str]) -> list[Transition]:
    """The transitions with each state in the place of those that `state_of` maps to it, most frequent first."""
    sums: dict[tuple[str, str], tuple[int, float]] = {}
    for item in transitions:
        key = (state_of.get(item.before, item.before), state_of.get(item.after, item.after))
        count, seconds = sums.get(key, (0, 0.0))
        sums[key] = (count + item.count, seconds + item.seconds)
    merged = [
        Transition(before=before, after=after, count=count, seconds=seconds)
        for (before, after), (count, seconds) in sums.items()
    ]
    return sorted(merged, key=lambda item: (-item.count, item.before, item.after))


def threads_of(transitions: Iterable[Transition]) -> int:
    """How many conversations begin."""
    return sum(item.count for item in transitions if item.before == EDGE)


def messages_of(transitions: Iterable[Transition]) -> int:
    """How many messages there are: each is come into once."""
    return sum(item.count for item in transitions if item.after != EDGE)
