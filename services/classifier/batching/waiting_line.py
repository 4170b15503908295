"""The texts that wait for a worker: put in by the event loop, taken out in batches by worker threads."""

import threading
import time
from bisect import insort
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from services.classifier.batching.batch_policy import BatchLimits, QueuedText, choose_batch, split_expired
from services.classifier.scoring.engine import TokenizedText
from services.classifier.scoring.prediction import Answer

Outcome: TypeAlias = Answer | Exception
"""The answer to one text, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One waiting text and who wants to know."""

    queued: QueuedText
    text: TokenizedText
    since: float
    """Monotonic time of admission."""
    deliver: Callable[[Outcome], None]
    """Called once, in the event loop's thread, unless the entry was withdrawn before."""
    live: bool = True
    """A message that somebody wants labelled; else a text made on the way to an answer, which says nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a worker gets: a batch to run, and entries that nobody waits for any more."""

    batch: list[Entry]
    expired: list[Entry]


class WaitingLine:
    """A queue whose takers choose by `batch_policy`. Every method may be called from any thread."""

    def __init__(self, limits: BatchLimits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._queue: list[QueuedText] = []
        self._entries: dict[int, Entry] = {}
        self._idle_workers = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, entries: Iterable[Entry]) -> None:
        """Adds entries. Workers that are busy will find them; `wake` is for those that are not."""
        with self._changed:
            for entry in entries:
                insort(self._queue, entry.queued, key=_rank)
                self._entries[entry.queued.sequence] = entry

    def wake(self) -> None:
        """Wakes idle workers, as many as there is work for."""
        with self._changed:
            if self._idle_workers:
                self._changed.notify(min(self._idle_workers, len(self._queue)))

    def take(self) -> Taken | None:
        """Waits for work; None when the line is closed."""
        with self._changed:
            self._idle_workers += 1
            while not self._queue and not self._closed:
                self._changed.wait()
            idle = self._idle_workers
            self._idle_workers -= 1
            return None if self._closed else self._choose(idle)

    def withdraw(self, sequences: Collection[int]) -> int:
        """Takes out entries whose caller has left; returns how many were still waiting."""
        with self._changed:
            waiting = [sequence for sequence in sequences if sequence in self._entries]
            self._remove(waiting)
            return len(waiting)

    def close(self) -> list[Entry]:
        """Sends the workers home and returns the entries nobody will take."""
        with self._changed:
            self._closed = True
            left = list(self._entries.values())
            self._remove([entry.queued.sequence for entry in left])
            self._changed.notify_all()
            return left

    def _choose(self, idle_workers: int) -> Taken:
        live, expired = split_expired(self._queue, time.monotonic())
        batch = choose_batch(live, self._limits, idle_workers=idle_workers)
        taken = Taken(batch=self._of(batch), expired=self._of(expired))
        self._remove([queued.sequence for queued in (*batch, *expired)])
        return taken

    def _of(self, queued: Iterable[QueuedText]) -> list[Entry]:
        return [self._entries[item.sequence] for item in queued]

    def _remove(self, sequences: Collection[int]) -> None:
        for sequence in sequences:
            del self._entries[sequence]
        if sequences:
            self._queue = [item for item in self._queue if item.sequence in self._entries]


def _rank(queued: QueuedText) -> int:
    return queued.rank
