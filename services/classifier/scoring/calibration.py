"""From logits to probabilities: Platt scaling per intent, temperature for the sentiment; prediction sets. Pure numpy.

Sources: Platt 1999 (scale and bias per label), Guo et al. 2017 (temperature), Angelopoulos and Bates 2021 (split
conformal prediction), all fitted by the training pipeline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The content of calibration.json; arrays are `[labels]` in the order of the model's outputs."""

    scale: Floats
    bias: Floats
    threshold: Floats
    temperature: float
    coverage: float = 0.0
    """Share of messages whose prediction set holds all their intents; 0 when there are no sets."""
    quantile: float = 0.0
    """The prediction set of a text is every intent with a probability of at least one minus this."""

    @classmethod
    def from_json(cls, content: Mapping[str, Any], intents: Sequence[str]) -> Self:
        """Reads calibration.json. Raises ValueError naming what is missing or out of range."""
        try:
            rows = [content["intents"][intent] for intent in intents]
            columns = {name: _column(rows, name) for name in ("scale", "bias", "threshold")}
            temperature = float(content["sentiment"]["temperature"])
            conformal = content.get("conformal") or {"coverage": 0.0, "quantile": 0.0}
            coverage, quantile = float(conformal["coverage"]), float(conformal["quantile"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"the calibration lacks {error}") from error
        if not temperature > 0:
            raise ValueError(f"the temperature is {temperature}, it must be above 0")
        if not (0 <= coverage < 1 and 0 <= quantile <= 1):
            raise ValueError(f"the conformal coverage {coverage} or quantile {quantile} is out of range")
        return cls(**columns, temperature=temperature, coverage=coverage, quantile=quantile)

    @classmethod
    def untouched(cls, labels: int, *, threshold: float) -> Self:
        """Scores as the model gives them, with one threshold for all labels."""
        ones = np.ones(labels, dtype=np.float32)
        return cls(scale=ones, bias=0 * ones, threshold=threshold * ones, temperature=1.0)

    def intent_probabilities(self, logits: Floats) -> Floats:
        """Probability of each intent for itself, `[texts, labels]` in [0, 1]."""
        return sigmoid(self.scale * logits + self.bias)

    def single_probabilities(self, logits: Floats) -> Floats:
        """Probability of each label where exactly one holds, `[texts, labels]`, each row summing to 1."""
        return softmax(self.scale * logits + self.bias)

    def sentiment_probabilities(self, logits: Floats) -> Floats:
        """Probability of each sentiment, `[texts, labels]`, each row summing to 1."""
        return softmax(logits / np.float32(self.temperature))


def _column(rows: Sequence[Mapping[str, float]], name: str) -> Floats:
    column = np.array([row[name] for row in rows], dtype=np.float32)
    if not np.isfinite(column).all():
        raise ValueError(f"the calibration has a {name} that is no number")
    return column


def sigmoid(values: Floats) -> Floats:
    """The logistic function; exp only ever sees negative numbers, so it cannot overflow."""
    small = np.exp(-np.abs(values))
    result: Floats = np.where(values >= 0, np.float32(1), small) / (1 + small)
    return result


def softmax(values: Floats) -> Floats:
    """Softmax over the last axis with the maximum (not the largest magnitude) subtracted, so no row becomes NaN."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result
