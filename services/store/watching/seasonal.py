"""What a count is expected to be, and how far it may stray: weekday and hour, learnt from the buckets before. Pure.

The expectation of a bucket is a level times a factor. The level is the mean of the last four weeks (for hours: of that
hour of the day). The factor is what the same weekday (and hour) of the last eight weeks had of its level then, under a
gamma prior of mean 1, so that few messages move it little. Counts stray more than Poisson's: the overdispersion is
estimated from how far past counts were from what had been expected of them (Lawless 1987, moments). A count far above
its expectation is remembered as a limit only, so that yesterday's spike does not raise what is expected of tomorrow.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

from services.store.watching.buckets import Bucket

_LEVEL_DAYS: Final = 28
_SEASON_WEEKS: Final = 8
WARM_UP_DAYS: Final = 14
"""Days of a series before its expectations count: two of each weekday."""

_PRIOR_COUNT: Final = 2.0
"""Strength of the prior of a factor, in messages."""

_LEVEL_PRIOR: Final = 0.5
_FIRST_DISPERSION: Final = 1.0
_ROUNDS: Final = 3
_STANDARD_ERRORS: Final = 2.0
"""Taken on top of the estimated overdispersion: estimated too low it would ring too often, too high only late."""

_PRIOR_OBSERVATIONS: Final = 10
_PRIOR_DISPERSION: Final = 0.05
_REMEMBERED_UP_TO: Final = 4.0
"""Standard deviations above the expectation up to which a count is remembered as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The expected count of a bucket, and how uncertain it is itself.

    `relative_variance`: of the mean, from few messages; `dispersion_weight`: by how much overdispersion counts.
    """

    mean: float
    relative_variance: float
    dispersion_weight: float

    def variance(self, dispersion: float) -> float:
        """Of the count: Poisson's, plus that of the mean, plus overdispersion."""
        return self.mean + self.mean**2 * (self.relative_variance + dispersion * self.dispersion_weight)


@dataclass(slots=True)
class _Window:
    """Sums over the last values."""

    size: int
    values: deque[tuple[float, float]] = field(default_factory=deque)
    counts: float = 0.0
    levels: float = 0.0

    def add(self, count: float, level: float) -> None:
        self.values.append((count, level))
        self.counts += count
        self.levels += level
        if len(self.values) > self.size:
            old_count, old_level = self.values.popleft()
            self.counts -= old_count
            self.levels -= old_level


class _Learner:
    """Walks over the buckets of one series in time."""

    def __init__(self) -> None:
        self._levels: dict[int, _Window] = {}
        self._seasons: dict[tuple[int, int], _Window] = {}

    def expects(self, bucket: Bucket) -> Expectation | None:
        """None while there is too little history."""
        level = self._levels.get(bucket.hour)
        if level is None or len(level.values) < WARM_UP_DAYS:
            return None
        season = self._season(bucket)
        base = _level(level)
        factor = (_PRIOR_COUNT + season.counts) / (_PRIOR_COUNT + season.levels)
        return Expectation(
            mean=base * factor * bucket.length,
            relative_variance=1 / (_PRIOR_COUNT + max(season.counts, 0)) + 1 / (max(level.counts, 0) + _LEVEL_PRIOR),
            dispersion_weight=1 + 1 / max(len(season.values), 1) + 1 / len(level.values),
        )

    def learn(self, bucket: Bucket, count: float) -> None:
        rate = count / bucket.length
        level = self._levels.setdefault(bucket.hour, _Window(_LEVEL_DAYS))
        if level.values:
            self._season(bucket).add(rate, _level(level))
        level.add(rate, 0.0)

    def _season(self, bucket: Bucket) -> _Window:
        return self._seasons.setdefault((bucket.weekday, bucket.hour), _Window(_SEASON_WEEKS))


def _level(window: _Window) -> float:
    return (max(window.counts, 0.0) + _LEVEL_PRIOR) / len(window.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasonal:
    """What was expected of the buckets from `first` on (None: too little history), and how far counts stray."""

    expectations: tuple[Expectation | None, ...]
    dispersion: float


def seasonal(buckets: Sequence[Bucket], counts: Sequence[int], first: int) -> Seasonal:
    """Expectations for `buckets[first:]`, each from the buckets before it; what strays is learnt before `first`."""
    dispersion = _FIRST_DISPERSION
    for _ in range(_ROUNDS):
        dispersion = _dispersion(_walk(buckets[:first], counts[:first], dispersion), counts, dispersion)
    return Seasonal(expectations=tuple(_walk(buckets, counts, dispersion)[first:]), dispersion=dispersion)


def _walk(buckets: Sequence[Bucket], counts: Sequence[int], dispersion: float) -> list[Expectation | None]:
    learner = _Learner()
    found: list[Expectation | None] = []
    for bucket, count in zip(buckets, counts, strict=True):
        expected = learner.expects(bucket)
        found.append(expected)
        learner.learn(bucket, count if expected is None else min(count, _limit(expected, dispersion)))
    return found


def _limit(expected: Expectation, dispersion: float) -> float:
    return expected.mean + max(_REMEMBERED_UP_TO * sqrt(expected.variance(dispersion)), 1.0)


def _dispersion(expectations: Sequence[Expectation | None], counts: Sequence[int], capped_by: float) -> float:
    """By moments over the history, drawn to a prior worth ten buckets, plus two standard errors; never below none.

    Counts are capped as they are remembered: one outage must not make every later one look ordinary.
    """
    known = [(expected, count) for expected, count in zip(expectations, counts, strict=False) if expected is not None]
    if not known:
        return _PRIOR_DISPERSION
    excesses: list[float] = []
    weights: list[float] = []
    for expected, count in known:
        strayed = min(count, _limit(expected, capped_by)) - expected.mean
        excesses.append(strayed**2 - expected.variance(0.0))
        weights.append(expected.mean**2 * expected.dispersion_weight)
    prior = _PRIOR_OBSERVATIONS * sum(weights) / len(weights)
    whole = sum(weights) + prior
    best = (sum(excesses) + prior * _PRIOR_DISPERSION) / whole
    error = sqrt(sum((excess - best * weight) ** 2 for excess, weight in zip(excesses, weights, strict=True))) / whole
    return max(best + _STANDARD_ERRORS * error, 0.0)
