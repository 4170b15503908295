"""Calibration on the validation rows: probabilities that mean what they say, thresholds, and a conformal quantile.

Few validation rows carry a rare intent, so every intent borrows strength from all: its Platt parameters are pulled
towards those of all intents together, and all share one threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from services.classifier.scoring.calibration import Calibration, Floats, softmax
from services.classifier.training.conformal import COVERAGE, conformal_quantile, conformity_scores
from services.classifier.training.decision import Decider, untouched
from services.classifier.training.inference import Outputs
from services.classifier.training.rows import Row
from services.classifier.training.scores import truth_matrix
from services.classifier.training.task import Task
from services.runtime.labels import SENTIMENTS

FEWEST_ROWS: Final = 40
"""With fewer validation rows, scores stay as the model gives them."""
_PRIOR_STRENGTH: Final = 16.0
_THRESHOLD: Final = 0.35
"""Cross-validated on the shipped model's validation rows, 0.780 are labelled exactly with it (0.45 0.777, 0.25 0.775),
0.771 with a threshold for each intent fitted on its own rows, 0.775 with one fitted on all (2026-11-22)."""


def platt(logits: Floats, truth: Floats, prior: tuple[float, float], strength: float) -> tuple[float, float]:
    """Scale and bias that minimise the log loss plus a quadratic pull towards `prior`."""

    def penalised(parameters: Floats) -> float:
        values = parameters[0] * logits + parameters[1]
        losses = np.logaddexp(0.0, values) - truth * values
        return float(losses.sum() + strength * ((parameters - np.array(prior)) ** 2).sum())

    found = minimize(penalised, np.array(prior), method="Nelder-Mead", options={"maxiter": 400})
    return max(float(found.x[0]), 0.05), float(found.x[1])


def temperature(logits: Floats, classes: Sequence[int]) -> float:
    """The temperature with the lowest log loss."""
    rows = np.arange(len(classes))

    def loss(value: float) -> float:
        return float(-np.log(softmax(logits / value)[rows, list(classes)] + 1e-12).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What calibration finds: a scale and bias for each label's logit, and everything decided on what they give."""

    decider: Decider

    @property
    def affine(self) -> tuple[Floats, Floats]:
        """Scale and bias of each logit, `[labels]` each, which an export may fold into its graph."""
        return self.decider.calibration.scale, self.decider.calibration.bias

    @property
    def folded(self) -> Decider:
        """The decider of a graph whose logits are already scaled."""
        calibration = self.decider.calibration
        plain = untouched(self.decider.labels)
        return replace(
            self.decider,
            calibration=replace(plain, threshold=calibration.threshold, temperature=calibration.temperature),
        )


def calibrate(task: Task, rows: Sequence[Row], outputs: Outputs) -> Fitted:
    """Calibration from fully labelled rows and the model's outputs for them; nothing is changed on too few rows."""
    enough = len(rows) >= FEWEST_ROWS
    truth = truth_matrix([row.intents or frozenset() for row in rows], task.labels)
    fit = _several if task.multi_label else _one
    found = fit(task, truth, outputs.logits) if enough else untouched(task.labels, 0.5 if task.multi_label else 0.0)
    decider = Decider(
        labels=task.labels,
        sentiments=task.sentiments,
        multi_label=task.multi_label,
        calibration=replace(found, temperature=_mood_temperature(rows, outputs)),
        conformal={},
    )
    return Fitted(decider=_with_sets(decider, outputs.logits, truth) if enough else decider)


def _mood_temperature(rows: Sequence[Row], outputs: Outputs) -> float:
    moods = [(index, SENTIMENTS.index(row.sentiment)) for index, row in enumerate(rows) if row.sentiment]
    if outputs.sentiment_logits is None or not moods:
        return 1.0
    return temperature(outputs.sentiment_logits[[i for i, _ in moods]], [mood for _, mood in moods])


def _with_sets(decider: Decider, logits: Floats, truth: Floats) -> Decider:
    """The decider with a quantile for prediction sets, and a single-label one with a threshold from it."""
    quantile = conformal_quantile(conformity_scores(decider.probabilities(logits), truth))
    decider = replace(decider, conformal={"coverage": COVERAGE, "quantile": round(quantile, 6)})
    if decider.multi_label:
        return decider
    # Where not even the best label enters its prediction set, the model is not sure of any.
    limit = min(0.99, max(0.0, 1.0 - quantile)) * np.ones(len(decider.labels), dtype=np.float32)
    return replace(decider, calibration=replace(decider.calibration, threshold=limit))


def _several(task: Task, truth: Floats, logits: Floats) -> Calibration:
    """Platt scaling of each label."""
    labels = range(len(task.labels))
    pooled = platt(logits.ravel(), truth.ravel(), (1.0, 0.0), 0.0)
    fitted = [platt(logits[:, i], truth[:, i], pooled, _PRIOR_STRENGTH) for i in labels]
    scale, bias = (np.array(column, dtype=np.float32) for column in zip(*fitted, strict=True))
    return Calibration(scale=scale, bias=bias, threshold=np.full_like(scale, _THRESHOLD), temperature=1.0)


def _one(task: Task, truth: Floats, logits: Floats) -> Calibration:
    """One temperature for all labels, written as the scale of each (Guo et al. 2017)."""
    found = untouched(task.labels)
    return replace(found, scale=found.scale / np.float32(temperature(logits, truth.argmax(axis=1).tolist())))
