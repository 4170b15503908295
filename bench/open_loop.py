"""Load that comes whether or not it is answered, and what became of each call."""

import asyncio
import itertools
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ARRIVALS_SEED: Final = 20260101


class Outcome(StrEnum):
    """How a call ended: with its answer, told at once that there is no room, or otherwise."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"


Ask = Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call: when it began, in seconds from the beginning of the phase, and how long it took."""

    began: float
    seconds: float
    outcome: Outcome

    @property
    def ended(self) -> float:
        """Seconds from the beginning of the phase."""
        return self.began + self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """All calls of a stretch of time."""

    calls: Sequence[Asked]
    seconds: float

    @property
    def goodput(self) -> float:
        """Answers per second, only those that came while the load lasted."""
        ended = (call for call in self.calls if call.outcome is Outcome.ANSWERED and call.ended <= self.seconds)
        return sum(1 for _ in ended) / self.seconds

    def p99(self, outcome: Outcome) -> float:
        """In seconds; NaN where no two calls ended so."""
        spent = [call.seconds for call in self.calls if call.outcome is outcome]
        return statistics.quantiles(spent, n=100, method="inclusive")[98] if len(spent) > 1 else float("nan")

    def counts(self) -> dict[str, int]:
        """How many calls ended how."""
        return dict(Counter(call.outcome.value for call in self.calls))

    def disturbed_until(self, slow_seconds: float) -> int:
        """The end of the last second of which half of the calls, or more, took longer than this or had no answer."""
        seconds: dict[int, list[bool]] = defaultdict(list)
        for call in self.calls:
            seconds[int(call.began)].append(call.outcome is Outcome.ANSWERED and call.seconds <= slow_seconds)
        return max((second + 1 for second, well in seconds.items() if 2 * sum(well) <= len(well)), default=0)


async def closed_loop(ask: Ask, *, callers: int, seconds: float) -> Phase:
    """So many callers, each asking again as soon as it is answered."""
    recorder = _Recorder()

    async def caller() -> None:
        while recorder.now < seconds:
            await recorder.call(ask)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return Phase(calls=recorder.calls, seconds=seconds)


async def open_loop(ask: Ask, *, per_second: float, seconds: float) -> Phase:
    """Calls at random moments, so many a second; returns when all have ended."""
    recorder = _Recorder()
    gaps = random.Random(ARRIVALS_SEED)
    due = itertools.accumulate(iter(lambda: gaps.expovariate(per_second), None))
    async with asyncio.TaskGroup() as group:
        for moment in itertools.takewhile(lambda moment: moment < seconds, due):
            await asyncio.sleep(max(0.0, moment - recorder.now))
            group.create_task(recorder.call(ask))
    return Phase(calls=recorder.calls, seconds=seconds)


class _Recorder:
    def __init__(self) -> None:
        self.calls: list[Asked] = []
        self._start = time.perf_counter()

    @property
    def now(self) -> float:
        return time.perf_counter() - self._start

    async def call(self, ask: Ask) -> None:
        began = self.now
        outcome = await ask()
        self.calls.append(Asked(began=began, seconds=self.now - began, outcome=outcome))
