"""From logits to labels: calibrated probabilities, thresholds, the stand-alone rule and the fallback.

Platt scaling (Platt 1999) per intent, temperature scaling (Guo et al. 2017) for the mood.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.classifier.training.inference import Floats
from services.runtime.labels import FALLBACK_INTENT, INTENTS, STANDALONE_INTENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Numbers of calibration.json in the order of `INTENTS`."""

    scale: Floats
    bias: Floats
    threshold: Floats
    temperature: float
    conformal: Mapping[str, float]

    def intent_probabilities(self, logits: Floats) -> Floats:
        """Calibrated probability of each intent, `[N, 26]`."""
        return sigmoid(self.scale * logits + self.bias)

    def sentiment_probabilities(self, logits: Floats) -> Floats:
        """Calibrated probability of each mood, `[N, 3]`, summing to one."""
        return softmax(logits / self.temperature)

    def as_json(self) -> dict[str, Any]:
        """The content of calibration.json."""
        columns = zip(INTENTS, self.scale, self.bias, self.threshold, strict=True)
        intents = {
            name: {"scale": round(float(s), 6), "bias": round(float(b), 6), "threshold": round(float(t), 4)}
            for name, s, b, t in columns
        }
        temperature = {"temperature": round(self.temperature, 6)}
        return {"intents": intents, "sentiment": temperature, "conformal": dict(self.conformal)}


def load_calibration(folder: Path) -> Calibration:
    """The calibration of the artefact in `folder`. Raises KeyError when an intent is missing."""
    content = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    columns = {
        name: np.array([content["intents"][intent][name] for intent in INTENTS])
        for name in ("scale", "bias", "threshold")
    }
    temperature = float(content["sentiment"]["temperature"])
    return Calibration(**columns, temperature=temperature, conformal=content["conformal"])


def sigmoid(values: Floats) -> Floats:
    """The logistic function, without overflow."""
    positive = np.exp(-np.abs(values))
    return np.where(values >= 0, 1.0 / (1.0 + positive), positive / (1.0 + positive))


def softmax(values: Floats) -> Floats:
    """Softmax over the last axis, without overflow."""
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def decide(probabilities: Floats, threshold: Floats) -> list[frozenset[str]]:
    """The intents of each row of `probabilities` `[N, 26]`; the fallback alone when none reaches its threshold."""
    return [_decide_one(row, threshold) for row in probabilities]


def _decide_one(row: Floats, threshold: Floats) -> frozenset[str]:
    found = {intent: p for intent, p, limit in zip(INTENTS, row, threshold, strict=True) if p >= limit}
    if not found:
        return frozenset({FALLBACK_INTENT})
    alone = {intent: p for intent, p in found.items() if intent in STANDALONE_INTENTS}
    others = frozenset(found) - frozenset(alone)
    if not alone:
        return others
    best = max(alone, key=lambda intent: alone[intent])
    if others and max(found[intent] for intent in others) >= alone[best]:
        return others
    return frozenset({best})
