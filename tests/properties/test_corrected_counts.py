"""Corrected counts against simulated classifiers: the intervals hold the truth as often as they say (B6)."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.store.statistics.correction import Confusion, Stratum, estimate

WORLDS = tuple(product((0.8, 0.92, 0.97), (0.98, 0.995), (400, 20_000), (0.03, 0.2)))
"""Sensitivity, specificity, messages, true share: a good and a middling label, many and few messages."""
GOLDEN = (40, 510)
"""Golden messages with and without the label, as the golden set has them for a typical intent."""


LEVELS = (0.8, 0.95)
REPEATS = 20


def holds(world: tuple[float, float, int, float], dice: np.random.Generator) -> list[bool]:
    """Whether the intervals hold the truth about messages, labelled and measured by one draw of a classifier."""
    sensitivity, specificity, messages, share = world
    truth = round(messages * share)
    hits, right = dice.binomial(GOLDEN[0], sensitivity), dice.binomial(GOLDEN[1], specificity)
    counted = dice.binomial(truth, sensitivity) + dice.binomial(messages - truth, 1 - specificity)
    confusion = Confusion(int(hits), int(GOLDEN[0] - hits), int(GOLDEN[1] - right), int(right))
    stratum = Stratum(messages=messages, counted=int(counted), confusion=confusion)
    found = (estimate([stratum], judged=0, confidence=level) for level in LEVELS)
    return [one.low <= truth <= one.high for one in found]


def test_intervals_hold_the_truth_at_the_stated_rate() -> None:
    dice = np.random.default_rng(6)
    held = np.array([[holds(world, dice) for _ in range(REPEATS)] for world in WORLDS]).mean(axis=1)
    for level, rates in zip(LEVELS, held.T, strict=True):
        # Counts are whole and golden sets small, so intervals hold somewhat more often than they say, never less.
        assert level - 0.02 < rates.mean() < level + 0.08, level
        assert rates.min() >= level - 0.2, "no kind of label is left out"


counts = st.integers(0, 500)
confusions = st.none() | st.builds(Confusion, counts, counts, counts, counts)


@st.composite
def strata(draw: st.DrawFn) -> Stratum:
    messages = draw(st.integers(0, 10_000))
    return Stratum(messages=messages, counted=draw(st.integers(0, messages)), confusion=draw(confusions))


@settings(max_examples=50)
@given(st.lists(strata(), max_size=3), st.integers(0, 100), st.sampled_from((0.5, 0.95, 0.999)))
def test_an_estimate_is_possible_and_stands_in_its_interval(
    given_strata: list[Stratum], judged: int, confidence: float
) -> None:
    found = estimate(given_strata, judged=judged, confidence=confidence)
    most = judged + sum(stratum.messages for stratum in given_strata)
    assert judged <= found.low <= found.value <= found.high <= most
    assert estimate(given_strata, judged=judged, confidence=confidence) == found


@given(st.integers(0, 100))
def test_what_people_labelled_is_certain(judged: int) -> None:
    found = estimate([], judged=judged, confidence=0.95)
    assert (found.low, found.value, found.high) == (judged, judged, judged)


def test_a_known_bias_is_taken_out() -> None:
    """Half of the label's messages are missed and one in a hundred others is given it."""
    confusion = Confusion(5_000, 5_000, 1_000, 99_000)
    found = estimate([Stratum(messages=10_000, counted=590, confusion=confusion)], judged=0, confidence=0.95)
    assert found.value == 1_000
    assert found.low > 800
    assert found.high < 1_200
