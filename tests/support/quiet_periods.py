"""Simulated counts of a business in which nothing happens: weekday and hour, growth, and counts that stray."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from services.store.watching.buckets import Bucket, Step

WEEK: Final = (1.2, 1.1, 1.0, 1.0, 1.1, 0.7, 0.6)
_LARGE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A way to be quiet. `dispersion`: squared coefficient of variation beyond chance; `growth`: per week."""

    step: Step
    dispersion: float
    growth: float = 0.0


def quiet_counts(dice: Random, quiet: Quiet, buckets: Sequence[Bucket], a_day: float) -> list[int]:
    """A count per bucket, of a series with `a_day` messages on a middling day."""
    first = buckets[0].start
    counts = []
    for bucket in buckets:
        growth = (1 + quiet.growth) ** ((bucket.start - first) / timedelta(weeks=1))
        mean = a_day * WEEK[bucket.weekday] * growth * bucket.length
        if quiet.step is Step.HOUR:
            mean *= (0.2 + 1.8 * max(0.0, math.sin((bucket.hour - 6) / 12 * math.pi))) / 18.4
        if quiet.dispersion:
            mean = dice.gammavariate(1 / quiet.dispersion, quiet.dispersion * mean)
        counts.append(_poisson(dice, mean))
    return counts


def _poisson(dice: Random, mean: float) -> int:
    if mean > _LARGE:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count
