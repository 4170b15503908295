"""Scores a model on labelled rows, the way it is served: calibrated, thresholded, with the label rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.scoring.calibration import Floats
from services.classifier.training.decision import Decider
from services.classifier.training.inference import Outputs, run
from services.classifier.training.labelled_files import Columns, read_labelled
from services.classifier.training.rows import Row
from services.classifier.training.scores import (
    Bin,
    LabelScore,
    LabelSets,
    calibration_curve,
    calibration_error,
    exact_match,
    label_scores,
    macro_f1,
    micro_f1,
    truth_matrix,
)
from services.runtime.labels import DEFAULT_SCHEME, SCHEMES

GUIDE_NAME: Final = "intent"
OTHER_NAME: Final = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a model says of N texts."""

    probabilities: Floats
    """`[N, labels]`."""
    labels: Sequence[frozenset[str]]
    moods: Sequence[str] | None
    mood_probabilities: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Every score of one model on one set of rows; ratios are 0 to 1."""

    rows: int
    summary: Mapping[str, float]
    """Name → ratio; `conformal_mean_size` alone counts labels."""
    labels: Mapping[str, LabelScore]
    categories: Mapping[str, LabelScore]
    """Empty for labels that are not the label guide's."""
    sentiments: Mapping[str, LabelScore]
    """Empty where model or rows say nothing of the mood."""
    curve: Sequence[Bin]


def predict(outputs: Outputs, decider: Decider) -> Predicted:
    """Decided labels and mood of each text."""
    probabilities = decider.probabilities(outputs.logits)
    labels = decider.decided(probabilities)
    if outputs.sentiment_logits is None or not decider.sentiments:
        return Predicted(probabilities=probabilities, labels=labels, moods=None, mood_probabilities=None)
    moods = decider.calibration.sentiment_probabilities(outputs.sentiment_logits)
    names = [decider.sentiments[index] for index in moods.argmax(axis=1)]
    return Predicted(probabilities=probabilities, labels=labels, moods=names, mood_probabilities=moods)


def score(rows: Sequence[Row], predicted: Predicted, decider: Decider) -> Evaluation:
    """Scores of a prediction for fully labelled `rows`. Labels the model does not know count as missed."""
    truth = [row.intents or frozenset() for row in rows]
    unknown = sorted({label for one in truth for label in one}.difference(decider.labels))
    labels = label_scores(truth, predicted.labels, [*decider.labels, *unknown])
    schemes = {name: _scheme_scores(name, truth, predicted.labels) for name in SCHEMES} if decider.by_guide else {}
    moods, mood_summary = _mood_scores(rows, predicted, decider)
    confidence, right = _confidences(truth, predicted, decider)
    name = GUIDE_NAME if decider.by_guide else OTHER_NAME
    summary = {
        f"{name}_macro_f1": macro_f1(labels),
        f"{name}_micro_f1": micro_f1(truth, predicted.labels),
        **{f"{scheme}_macro_f1": macro_f1(scores) for scheme, scores in schemes.items()},
        "exact_match" if decider.multi_label else "accuracy": exact_match(truth, predicted.labels),
        "calibration_error": calibration_error(confidence, right),
        **_doubt(truth, predicted, decider),
        **mood_summary,
    }
    return Evaluation(
        rows=len(rows),
        summary=summary,
        labels=labels,
        categories=schemes.get(DEFAULT_SCHEME, {}),
        sentiments=moods,
        curve=calibration_curve(confidence, right),
    )


def _scheme_scores(scheme: str, truth: LabelSets, predicted: LabelSets) -> Mapping[str, LabelScore]:
    """Scores of a roll-up's labels; intents that the guide does not have are in none."""
    table = SCHEMES[scheme]
    labels = list(dict.fromkeys(table.values()))
    return label_scores(_rolled_up(truth, table), _rolled_up(predicted, table), labels)


def _rolled_up(intents: LabelSets, table: Mapping[str, str]) -> list[frozenset[str]]:
    return [frozenset(table[intent] for intent in one if intent in table) for one in intents]


def _confidences(truth: LabelSets, predicted: Predicted, decider: Decider) -> tuple[Floats, Floats]:
    """Probabilities, and 1.0 where they were right: all of a multi-label model, the highest of a single-label one."""
    matrix = truth_matrix(truth, decider.labels)
    if decider.multi_label:
        return predicted.probabilities.ravel(), matrix.ravel()
    best = predicted.probabilities.argmax(axis=1)
    rows = np.arange(len(best))
    return predicted.probabilities[rows, best], matrix[rows, best]


def _doubt(truth: LabelSets, predicted: Predicted, decider: Decider) -> dict[str, float]:
    """How often the model is unsure, and what its prediction sets hold."""
    probabilities, matrix = predicted.probabilities, truth_matrix(truth, decider.labels)
    reached = probabilities >= decider.calibration.threshold
    found = {"abstained": float((~reached.any(axis=1)).mean())}
    if decider.multi_label:
        found["predicted_calibration_error"] = calibration_error(probabilities[reached], matrix[reached])
    if decider.conformal:
        sets = probabilities >= 1.0 - decider.conformal["quantile"]
        # A label that the model does not know is in no set.
        known = np.array([one <= set(decider.labels) for one in truth])
        found["conformal_coverage"] = float(((sets | (matrix == 0)).all(axis=1) & known).mean())
        found["conformal_mean_size"] = float(sets.sum(axis=1).mean())
    return found


def _mood_scores(
    rows: Sequence[Row], predicted: Predicted, decider: Decider
) -> tuple[dict[str, LabelScore], dict[str, float]]:
    known = [index for index, row in enumerate(rows) if row.sentiment]
    if predicted.moods is None or predicted.mood_probabilities is None or not known:
        return {}, {}
    truth = [frozenset({rows[index].sentiment or ""}) for index in known]
    found = [frozenset({predicted.moods[index]}) for index in known]
    right = np.array([float(t == p) for t, p in zip(truth, found, strict=True)], dtype=np.float32)
    scores = label_scores(truth, found, decider.sentiments)
    error = calibration_error(predicted.mood_probabilities[known].max(axis=1), right)
    summary = {"macro_f1": macro_f1(scores), "accuracy": float(right.mean()), "calibration_error": error}
    return scores, {f"sentiment_{name}": value for name, value in summary.items()}


def evaluate(model: Path, data: Path, columns: Columns = Columns()) -> Evaluation:  # noqa: B008 # a frozen value
    """Scores of the model folder `model` on the labelled file `data`."""
    rows, decider = read_labelled(data, columns).rows, Decider.load(model)
    return score(rows, predict(run(model, [row.text for row in rows]), decider), decider)
