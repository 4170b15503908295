"""Scores an artefact on any labelled TSV file, the way it is served: calibrated, thresholded, with the label rules."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.classifier.training.decision import Decider
from services.classifier.training.inference import Outputs, run
from services.classifier.training.rows import Row, parse_intents, read_rows
from services.classifier.training.scores import (
    LabelScore,
    LabelSets,
    calibration_error,
    cohen_kappa,
    exact_match,
    label_scores,
    macro_f1,
    micro_f1,
    truth_matrix,
)
from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT, INTENTS, SENTIMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Every score of one artefact on one file; ratios are 0 to 1."""

    rows: int
    intent_macro_f1: float
    intent_micro_f1: float
    category_macro_f1: float
    exact_match: float
    sentiment_macro_f1: float
    sentiment_accuracy: float
    calibration_error: float
    """Over all 26 probabilities of every text."""
    predicted_calibration_error: float
    """Over the probabilities of predicted intents only, a harder measure."""
    sentiment_calibration_error: float
    abstained: float
    conformal_coverage: float
    conformal_mean_size: float
    intents: dict[str, LabelScore]
    categories: dict[str, LabelScore]
    sentiments: dict[str, LabelScore]


def _categories(intents: LabelSets) -> list[frozenset[str]]:
    return [frozenset(CATEGORY_OF_INTENT[intent] for intent in one) for one in intents]


def predict(outputs: Outputs, decider: Decider) -> tuple[list[frozenset[str]], list[str]]:
    """Decided intents and mood of each text."""
    intents = decider.intents(decider.calibration.intent_probabilities(outputs.intent_logits))
    return intents, [SENTIMENTS[index] for index in outputs.sentiment_logits.argmax(axis=1)]


def score(rows: Sequence[Row], outputs: Outputs, decider: Decider) -> Evaluation:
    """Scores of `outputs` for fully labelled `rows`."""
    calibration = decider.calibration
    truth = [row.intents or frozenset() for row in rows]
    moods = [frozenset({row.sentiment or ""}) for row in rows]
    predicted, predicted_moods = predict(outputs, decider)
    probabilities, matrix = calibration.intent_probabilities(outputs.intent_logits), truth_matrix(truth, INTENTS)
    reached = probabilities >= calibration.threshold
    mood_sets = [frozenset({mood}) for mood in predicted_moods]
    mood_probabilities = calibration.sentiment_probabilities(outputs.sentiment_logits)
    mood_right = np.array([float(t == p) for t, p in zip(moods, mood_sets, strict=True)], dtype=np.float32)
    sets = probabilities >= 1.0 - decider.conformal["quantile"]
    intents = label_scores(truth, predicted, INTENTS)
    categories = label_scores(_categories(truth), _categories(predicted), CATEGORIES)
    sentiments = label_scores(moods, mood_sets, SENTIMENTS)
    return Evaluation(
        rows=len(rows),
        intent_macro_f1=macro_f1(intents),
        intent_micro_f1=micro_f1(truth, predicted),
        category_macro_f1=macro_f1(categories),
        exact_match=exact_match(truth, predicted),
        sentiment_macro_f1=macro_f1(sentiments),
        sentiment_accuracy=float(mood_right.mean()),
        calibration_error=calibration_error(probabilities, matrix),
        predicted_calibration_error=calibration_error(probabilities[reached], matrix[reached]),
        sentiment_calibration_error=calibration_error(mood_probabilities.max(axis=1), mood_right),
        abstained=float((~reached.any(axis=1)).mean()),
        conformal_coverage=float((sets | (matrix == 0)).all(axis=1).mean()),
        conformal_mean_size=float(sets.sum(axis=1).mean()),
        intents=intents,
        categories=categories,
        sentiments=sentiments,
    )


def evaluate(model: Path, data: Path) -> Evaluation:
    """Scores of the artefact in `model` on the labelled file `data`."""
    rows = read_rows(data)
    return score(rows, run(model, [row.text for row in rows]), Decider.load(model))


def disagreements(model: Path, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows the artefact labels otherwise than they are, with both labellings."""
    predicted, moods = predict(run(model, [row.text for row in rows]), Decider.load(model))
    return [
        {
            "text": row.text,
            "intents": sorted(row.intents or ()),
            "predicted": sorted(intents),
            "sentiment": row.sentiment,
            "predicted_sentiment": mood,
        }
        for row, intents, mood in zip(rows, predicted, moods, strict=True)
        if row.intents != intents or row.sentiment != mood
    ]


def read_second_pass(golden: Sequence[Row], path: Path) -> list[frozenset[str]]:
    """The intents each golden row got in a second labelling.

    The file has the columns `line` (1 is the first row), `intents` and `sentiment`.
    Raises ValueError when it does not cover every golden row.
    """
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    second = {int(number): parse_intents(cell) for number, cell, _ in (line.split("\t") for line in lines if line)}
    if sorted(second) != list(range(1, len(golden) + 1)):
        raise ValueError(f"{path.name} covers {len(second)} of {len(golden)} golden rows")
    return [second[number] for number in sorted(second)]


def agreement(golden: Sequence[Row], second: LabelSets) -> dict[str, float]:
    """Cohen's kappa of each intent between two labellings of the same rows."""
    pairs = [(row.intents or frozenset(), other) for row, other in zip(golden, second, strict=True)]
    return {intent: cohen_kappa([intent in a for a, _ in pairs], [intent in b for _, b in pairs]) for intent in INTENTS}


def as_json(evaluation: Evaluation) -> str:
    """The evaluation as indented JSON, ratios rounded to four digits."""
    content = json.loads(json.dumps(asdict(evaluation)), parse_float=lambda digits: round(float(digits), 4))
    return json.dumps(content, indent=2) + "\n"


def as_text(evaluation: Evaluation) -> str:
    """The evaluation as a table for a terminal."""
    ratios = {name: value for name, value in asdict(evaluation).items() if isinstance(value, float)}
    lines = [f"rows {evaluation.rows}", *(f"{name:30} {value:.4f}" for name, value in ratios.items())]
    for title in ("categories", "intents", "sentiments"):
        lines += ["", f"{title:24} precision  recall      f1  support"]
        lines += [_line(name, one) for name, one in getattr(evaluation, title).items()]
    return "\n".join(lines)


def _line(name: str, one: LabelScore) -> str:
    return f"{name:24} {one.precision:9.3f} {one.recall:7.3f} {one.f1:7.3f} {one.support:8d}"
