"""Which counts are out of the ordinary, by one of two policies. Pure.

SEASONAL: a count that its expectation makes improbable. The false-alarm rate is that of the whole call: the chance that
a period in which nothing happened shows any spike at all, shared evenly by everything watched (Bonferroni). A test
measures it on simulated quiet periods. TRIPLE: three times the median of the four weeks before or more (for hours: of
that hour of the day), and at least ten above it; no rate is promised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from services.store.watching.buckets import Bucket
from services.store.watching.seasonal import WARM_UP_DAYS, seasonal
from services.store.watching.tail import upper_tail

DEFAULT_FALSE_ALARM_RATE: Final = 0.05
LEAST_SEEN: Final = 5
"""Fewer messages are never a spike, however rare."""

TIMES: Final = 3.0
LEAST_EXCESS: Final = 10.0
_MEDIAN_OF: Final = 28
_LEAST_FOR_MEDIAN: Final = 7
_SILENCE_OF_NONE: Final = 7.0
"""Messages that silence should have held: with so many, chance keeps none of them once in a thousand times (e^-7)."""


class Policy(StrEnum):
    """By which rule a count is a spike."""

    SEASONAL = "seasonal"
    TRIPLE = "triple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A bucket of a series that has more than it should. `p_value`: chance of as many or more; None by TRIPLE."""

    key: str
    bucket: Bucket
    expected: float
    seen: int
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The spikes, least probable first, and the number of counts that were judged."""

    spikes: tuple[Spike, ...]
    judged: int


def find_spikes(
    buckets: Sequence[Bucket],
    counts: Mapping[str, Sequence[int]],
    first: int,
    *,
    policy: Policy = Policy.SEASONAL,
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE,
) -> Watched:
    """Judges `buckets[first:]` of every series; `counts` holds one count per bucket under the key of its series.

    A bucket cut short by the present is judged against all of its expectation, which can only hide a spike.
    """
    judge = _triple if policy is Policy.TRIPLE else _seasonal
    judged = [spike for key, series in counts.items() for spike in judge(key, buckets, series, first)]
    limit = false_alarm_rate / max(len(judged), 1)
    found = [spike for spike in judged if _is_spike(spike, limit)]
    return Watched(spikes=tuple(sorted(found, key=_rank)), judged=len(judged))


def _is_spike(spike: Spike, limit: float) -> bool:
    if spike.p_value is None:
        return spike.seen >= max(TIMES * spike.expected, spike.expected + LEAST_EXCESS)
    return spike.seen >= LEAST_SEEN and spike.p_value <= limit


def _rank(spike: Spike) -> tuple[float, float, str]:
    by = -spike.seen / max(spike.expected, 1.0) if spike.p_value is None else spike.p_value
    return by, spike.bucket.start.timestamp(), spike.key


def _seasonal(key: str, buckets: Sequence[Bucket], counts: Sequence[int], first: int) -> list[Spike]:
    begun = _beginning(buckets, counts, first)
    learnt = seasonal(buckets[begun:], counts[begun:], first - begun)
    found: list[Spike] = []
    for bucket, count, expected in zip(buckets[first:], counts[first:], learnt.expectations, strict=True):
        if expected is not None:
            chance = upper_tail(count, expected.mean, expected.variance(learnt.dispersion))
            found.append(Spike(key=key, bucket=bucket, expected=expected.mean, seen=count, p_value=chance))
    return found


def _beginning(buckets: Sequence[Bucket], counts: Sequence[int], first: int) -> int:
    """The place from which a series is learnt: what lies before a channel was connected is no quiet time of its.

    Days without a message at its start are left out where as many would be improbable of what came after them, and
    where enough is left to judge by.
    """
    days: dict[str, int] = {}
    for bucket, count in zip(buckets[:first], counts[:first], strict=True):
        days[bucket.keys[0]] = days.get(bucket.keys[0], 0) + count
    daily = list(days.values())
    silent = next((place for place, count in enumerate(daily) if count), len(daily))
    after = daily[silent:]
    if len(after) < WARM_UP_DAYS or silent * median(after) < _SILENCE_OF_NONE:
        return 0
    day = list(days)[silent]
    return next(place for place, bucket in enumerate(buckets) if bucket.keys[0] == day)


def _triple(key: str, buckets: Sequence[Bucket], counts: Sequence[int], first: int) -> list[Spike]:
    of_hour: dict[int, list[int]] = {}
    found: list[Spike] = []
    for position, (bucket, count) in enumerate(zip(buckets, counts, strict=True)):
        before = of_hour.setdefault(bucket.hour, [])
        if position >= first and len(before) >= _LEAST_FOR_MEDIAN:
            expected = float(median(before[-_MEDIAN_OF:]))
            found.append(Spike(key=key, bucket=bucket, expected=expected, seen=count, p_value=None))
        before.append(count)
    return found
