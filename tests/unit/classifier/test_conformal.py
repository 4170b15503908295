"""Conformal quantiles: the promise holds on rows that were not seen, whatever the scores look like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from services.classifier.training.conformal import conformal_quantile, conformity_scores, cross_fitted_coverage


def test_a_score_is_that_of_the_least_probable_true_label() -> None:
    probabilities = np.array([[0.9, 0.2, 0.4], [0.1, 0.8, 0.3]], dtype=np.float32)
    truth = np.array([[1, 0, 1], [0, 1, 0]], dtype=np.float32)
    assert conformity_scores(probabilities, truth) == pytest.approx([0.6, 0.2])


@given(arrays.arrays(np.float32, st.integers(20, 300), elements=st.floats(0, 1, width=32)))
def test_at_least_the_share_promised_lies_within(scores: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
    assert (scores <= conformal_quantile(scores, 0.9)).mean() >= 0.9


def test_too_few_rows_promise_nothing_and_get_every_label() -> None:
    assert conformal_quantile(np.full(18, 0.2, dtype=np.float32), 0.95) == 1.0
    assert conformal_quantile(np.full(19, 0.2, dtype=np.float32), 0.95) == pytest.approx(0.2)


def test_rows_that_were_not_seen_are_covered_as_promised() -> None:
    random = np.random.default_rng(3)
    coverages = [cross_fitted_coverage(random.beta(0.5, 3, 551).astype(np.float32)) for _ in range(40)]
    assert np.mean(coverages) == pytest.approx(0.952, abs=0.004)
