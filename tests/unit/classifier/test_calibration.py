"""Calibration: the maths stays in range whatever the logits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.classifier.scoring.calibration import Calibration, Floats, sigmoid, softmax

finite = st.floats(min_value=-(2.0**100), max_value=2.0**100, width=32)
rows = arrays(np.float32, (4, 3), elements=finite)


def content(**changed: object) -> dict[str, object]:
    """The calibration of two intents."""
    intent = {"scale": 2.0, "bias": -1.0, "threshold": 0.4}
    return {"intents": {"a": intent, "b": intent}, "sentiment": {"temperature": 0.5}} | changed


@given(rows)
def test_probabilities_stay_in_range(logits: Floats) -> None:
    for values in (sigmoid(logits), softmax(logits)):
        assert np.isfinite(values).all()
        assert ((values >= 0) & (values <= 1)).all()


@given(rows)
def test_softmax_rows_sum_to_one(logits: Floats) -> None:
    assert np.allclose(softmax(logits).sum(axis=-1), 1, atol=1e-5)


def test_softmax_subtracts_the_maximum_and_not_the_largest_magnitude() -> None:
    assert np.allclose(softmax(np.array([[-95.0, 2.0]], dtype=np.float32)), [[0, 1]])


@given(st.floats(min_value=-30, max_value=30))
def test_sigmoid_is_the_logistic_function(value: float) -> None:
    assert sigmoid(np.array([value]))[0] == pytest.approx(1 / (1 + math.exp(-value)))


def test_probability_is_sigmoid_of_scale_and_bias() -> None:
    calibration = Calibration.from_json(content(), ["a", "b"])
    found = calibration.intent_probabilities(np.array([[0.5, 3.0]], dtype=np.float32))
    assert found == pytest.approx(np.array([[0.5, 1 / (1 + math.exp(-5.0))]]))


def test_temperature_sharpens_the_sentiment() -> None:
    calibration = Calibration.from_json(content(), ["a", "b"])
    logits = np.array([[1.0, 0.0, 0.0]], dtype=np.float32)
    assert calibration.sentiment_probabilities(logits)[0, 0] > softmax(logits)[0, 0]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"intents": {"a": {"scale": 1, "bias": 0, "threshold": 0.5}}}, "b"),
        ({"sentiment": {}}, "temperature"),
        ({"sentiment": {"temperature": 0}}, "temperature"),
        ({"intents": {name: {"scale": math.nan, "bias": 0, "threshold": 0.5} for name in "ab"}}, "scale"),
    ],
)
def test_a_broken_calibration_is_refused_by_name(changed: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Calibration.from_json(content(**changed), ["a", "b"])
