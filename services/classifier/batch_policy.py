"""Which waiting texts travel in the next model run. Pure: no clock, no thread, no queue of its own.

Token budget and dropping of abandoned entries follow text-embeddings-inference's queue; grouping by length is ours. On
a CPU a run costs what its padded tokens cost, and beyond a few hundred of them a larger batch is no faster per text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# A text of a large request counts as this many arrivals, so that single texts that come later slip in between.
_STRIDE: Final = 4
# Longest text of a run over its shortest: beyond it, padding costs more than a second run.
_MAX_STRETCH: Final = 1.25
_STRETCH_SLACK_TOKENS: Final = 4
# Below this, a run split over idle workers costs more in overhead than it saves.
_MIN_SHARED_TOKENS: Final = 64


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
    window: int = 256
    """How many waiting texts, first ranks first, may be looked at for company."""


def rank_of(*, admitted: int, index: int) -> int:
    """Order of service of the `index`-th text of a request that arrives after `admitted` texts.

    It is overtaken by at most `_STRIDE * index` texts that come after its request, so nothing starves, yet a request of
    256 does not make a single text wait for all of its own.
    """
    return admitted + _STRIDE * index


def split_expired(queue: Sequence[QueuedText], now: float) -> tuple[list[QueuedText], list[QueuedText]]:
    """(those still waited for, those whose deadline has passed), each in the order given."""
    expired = [entry for entry in queue if entry.deadline is not None and entry.deadline <= now]
    if not expired:
        return list(queue), []
    gone = {entry.sequence for entry in expired}
    return [entry for entry in queue if entry.sequence not in gone], expired


def choose_batch(queue: Sequence[QueuedText], limits: BatchLimits, *, idle_workers: int = 1) -> list[QueuedText]:
    """The texts of the next run, from a queue sorted by rank; empty only for an empty queue.

    The first in rank always travels; its company are those of similar length among the next in rank. With several idle
    workers the run takes only its share, so that they all have work.
    """
    if not queue:
        return []
    head, window = queue[0], sorted(queue[: limits.window], key=lambda entry: (entry.tokens, entry.rank))
    max_tokens = _share(window, limits.max_tokens, idle_workers)
    shortest, longest = _stretch(head.tokens)
    low = bisect_left(window, shortest, key=lambda entry: entry.tokens)
    high = bisect_right(window, longest, key=lambda entry: entry.tokens)
    return _grow(window[low:high], head, limits.max_texts, max_tokens)


def _share(window: Sequence[QueuedText], max_tokens: int, idle_workers: int) -> int:
    if idle_workers < 2:
        return max_tokens
    waiting = sum(entry.tokens for entry in window)
    return min(max_tokens, max(_MIN_SHARED_TOKENS, -(-waiting // idle_workers)))


def _stretch(tokens: int) -> tuple[float, float]:
    """Lengths that may travel with a text of `tokens`."""
    return tokens / _MAX_STRETCH - _STRETCH_SLACK_TOKENS, tokens * _MAX_STRETCH + _STRETCH_SLACK_TOKENS


def _grow(similar: Sequence[QueuedText], head: QueuedText, max_texts: int, max_tokens: int) -> list[QueuedText]:
    """Widens a span around `head` in a list sorted by length, nearest length first, while the run stays in limits."""
    low = high = next(index for index, entry in enumerate(similar) if entry.sequence == head.sequence)
    while high - low + 1 < max_texts:
        shorter = head.tokens - similar[low - 1].tokens if low else None
        longer = similar[high + 1].tokens - head.tokens if high + 1 < len(similar) else None
        if shorter is None and longer is None:
            break
        take_longer = shorter is None or (longer is not None and longer < shorter)
        longest = similar[high + 1 if take_longer else high].tokens
        if longest * (high - low + 2) > max_tokens:
            break
        low, high = (low, high + 1) if take_longer else (low - 1, high)
    return list(similar[low : high + 1])
