"""Which waiting texts travel in the next model run. Pure: no clock, no thread, no queue of its own.

The token budget and the dropping of abandoned entries follow text-embeddings-inference's queue; grouping by length is
ours. On a CPU a run costs what its padded tokens cost plus a fixed part, so the waiting texts, sorted by length, are
cut into the runs that cost least together, and the run that holds the first in rank goes now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# A text of a large request counts as this many arrivals, so that single texts that come later slip in between.
_STRIDE: Final = 4
# Below this, a run split over idle workers costs more in overhead than it saves.
_MIN_SHARED_TOKENS: Final = 64
# The harmonic sum over 256 texts, the most a run may be allowed to hold.
_HARMONIC_BOUND: Final = 6.2


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedText:
    """A text that waits."""

    sequence: int
    """Order of admission over all texts; unique."""
    rank: int
    """Order of service: smaller goes first. See `rank_of`."""
    tokens: int
    deadline: float | None = None
    """Monotonic time after which nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """What one model run may hold. A single text always fits."""

    max_texts: int
    max_tokens: int
    """Padded: longest text × count."""
    run_cost_tokens: int = 24
    """What a run costs beside its padded tokens: 3.6 ms measured, at 0.19 ms per token, and its hand-over."""
    window: int = 256
    """How many waiting texts, first ranks first, may be looked at for company."""


def rank_of(*, admitted: int, index: int) -> int:
    """Order of service of the `index`-th text of a request that arrives after `admitted` texts.

    It lets at most `_STRIDE * index` texts that come after its request go first, so nothing starves, yet a request of
    256 does not make a single text wait for all of its own.
    """
    return admitted + _STRIDE * index


def split_expired(queue: Sequence[QueuedText], now: float) -> tuple[list[QueuedText], list[QueuedText]]:
    """(those still waited for, those whose deadline has passed), each in the order given."""
    live: list[QueuedText] = []
    expired: list[QueuedText] = []
    for entry in queue:
        (live if entry.deadline is None or entry.deadline > now else expired).append(entry)
    return live, expired


def choose_batch(queue: Sequence[QueuedText], limits: BatchLimits, *, idle_workers: int = 1) -> list[QueuedText]:
    """The texts of the next run, from a queue sorted by rank; empty only for an empty queue.

    The first in rank always travels, its company is of similar length. With several idle workers the run takes only its
    share, so that all have work.
    """
    if not queue:
        return []
    head = queue[0]
    window = sorted(queue[: limits.window], key=lambda entry: (entry.tokens, entry.rank))
    max_tokens = _share(window, limits.max_tokens, idle_workers)
    end = len(window)
    for start in reversed(_cheapest_starts([entry.tokens for entry in window], limits, max_tokens)):
        if any(entry is head for entry in window[start:end]):
            return window[start:end]
        end = start
    raise AssertionError("the runs cover the window")


def _share(window: Sequence[QueuedText], max_tokens: int, idle_workers: int) -> int:
    if idle_workers < 2:
        return max_tokens
    waiting = sum(entry.tokens for entry in window)
    return min(max_tokens, max(_MIN_SHARED_TOKENS, -(-waiting // idle_workers)))


def _cheapest_starts(lengths: Sequence[int], limits: BatchLimits, max_tokens: int) -> list[int]:
    """Where each run begins when `lengths`, ascending, are cut into runs at the least cost. Dynamic programming.

    `waste` is the padding of a run. Among n texts that waste more than `run_cost * (1 + 1/2 + … + 1/n)` there is
    always a cut that saves more than a run costs, so longer runs need not be looked at.
    """
    max_waste = limits.run_cost_tokens * _HARMONIC_BOUND
    costs, starts = [0], [0]
    for end, longest in enumerate(lengths, start=1):
        best, best_start, waste = costs[end - 1] + longest, end - 1, 0
        first = end - min(limits.max_texts, max_tokens // longest, end)
        for start in range(end - 2, first - 1, -1):
            waste += longest - lengths[start]
            if waste > max_waste:
                break
            cost = costs[start] + longest * (end - start)
            if cost < best:
                best, best_start = cost, start
        costs.append(best + limits.run_cost_tokens)
        starts.append(best_start)
    return _walk_back(starts)


def _walk_back(starts: Sequence[int]) -> list[int]:
    """The chain of run starts up to the last text, ascending; `starts[end]` is where the run up to `end` begins."""
    chain, end = [], len(starts) - 1
    while end > 0:
        end = starts[end]
        chain.append(end)
    return chain[::-1]
