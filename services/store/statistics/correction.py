"""What a classifier's known errors imply for the true number of messages with a label. Pure.

The estimate is that of Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal
of Epidemiology 107 (1978): of N messages of which A were given the label,

    true share = (A / N + specificity - 1) / (sensitivity + specificity - 1),

clipped to [0, 1], sensitivity and specificity as measured on a golden set. The interval is a parametric bootstrap after
Flor et al., "Comparison of Bayesian and frequentist methods for prevalence estimation under misclassification", BMC
Public Health 20 (2020): both are drawn from their Jeffreys posteriors Beta(hits + ½, misses + ½), the formula is
applied to each draw, the chance by which the N messages themselves were labelled wrongly is added (their number is
finite: not the prevalence of a population is asked for but the truth about these messages), and quantiles are taken.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

DRAWS: Final = 1_000
_LEAST_GAIN: Final = 0.01
"""Sensitivity + specificity - 1 from which on labels say anything at all about the truth."""


class Confusion(NamedTuple):
    """Golden messages that have a label (found, missed) and that do not (wrongly given it, rightly not)."""

    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Messages labelled alike: `counted` of `messages` have the label. `confusion` None: the errors are not known."""

    messages: int
    counted: int
    confusion: Confusion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How many messages truly have a label, with an interval; whole messages, `low` <= `value` <= `high`."""

    value: int
    low: int
    high: int


def estimate(strata: Sequence[Stratum], *, judged: int, confidence: float) -> Estimate:
    """The estimate over the messages of several models, and `judged` ones that have the label for certain.

    `confidence`, in (0, 1), is how often the interval is to hold the true number. A stratum whose errors are not known
    counts as it is, and the interval allows each of its messages to be wrong.
    """
    value = judged + sum(_corrected(stratum) for stratum in strata)
    sums = [judged + sum(draw) for draw in zip(*(_draws(stratum) for stratum in strata), strict=True)] or [judged]
    sums.sort()
    open_ended = sum(stratum.messages for stratum in strata if stratum.confusion is None)
    low = _quantile(sums, (1 - confidence) / 2)
    high = _quantile(sums, (1 + confidence) / 2) + open_ended
    whole = round(value)
    return Estimate(value=whole, low=min(whole, math.floor(low)), high=max(whole, math.ceil(high)))


def _corrected(stratum: Stratum) -> float:
    """Rogan and Gladen's estimate; what was counted where the labels say nothing about the truth."""
    confusion = stratum.confusion
    if confusion is None or not stratum.messages:
        return stratum.counted
    sensitivity = _ratio(confusion.true_positives, confusion.false_negatives)
    specificity = _ratio(confusion.true_negatives, confusion.false_positives)
    if sensitivity + specificity - 1 < _LEAST_GAIN:
        return stratum.counted
    return _true_number(stratum.counted, stratum.messages, sensitivity, specificity)


def _ratio(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 0.0


def _true_number(counted: float, messages: int, sensitivity: float, specificity: float) -> float:
    true = (counted - messages * (1 - specificity)) / (sensitivity + specificity - 1)
    return min(max(true, 0.0), messages)


def _draws(stratum: Stratum) -> list[float]:
    """What the number of messages with the label may be; of unknown errors the least it may be, each time."""
    if stratum.confusion is None:
        return [0.0] * DRAWS
    drawn = _drawn_errors(stratum.confusion)
    return [_drawn_number(stratum.counted, stratum.messages, error) for error in drawn]


class _Errors(NamedTuple):
    sensitivity: float
    specificity: float
    normal: float
    uniform: float


@lru_cache(maxsize=256)
def _drawn_errors(confusion: Confusion) -> tuple[_Errors, ...]:
    """The same draws for the same confusion, so that the same question has the same answer."""
    dice = random.Random(repr(tuple(confusion)))  # noqa: S311 - a simulation, guards nothing
    hits, misses, wrong, right = (count + 0.5 for count in confusion)
    return tuple(
        _Errors(
            sensitivity=dice.betavariate(hits, misses),
            specificity=dice.betavariate(right, wrong),
            normal=dice.gauss(0, 1),
            uniform=dice.random(),
        )
        for _ in range(DRAWS)
    )


def _drawn_number(counted: int, messages: int, errors: _Errors) -> float:
    sensitivity, specificity, normal, uniform = errors
    if sensitivity + specificity - 1 < _LEAST_GAIN:
        return uniform * messages
    near = _true_number(counted, messages, sensitivity, specificity)
    variance = near * sensitivity * (1 - sensitivity) + (messages - near) * specificity * (1 - specificity)
    return _true_number(counted + normal * math.sqrt(variance), messages, sensitivity, specificity)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
