"""Measures an artefact of the label guide on the golden set and writes evaluation.json, reference, card and manifest.

Needs no PyTorch: what only the training run knows is read from the artefact's training.json.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.classifier.text.languages import load_languages
from services.classifier.training.agreement import agreement, read_second_pass
from services.classifier.training.card import write_guide_card, write_manifest
from services.classifier.training.conformal import (
    COVERAGE,
    conformal_quantile,
    conformity_scores,
    cross_fitted_coverage,
)
from services.classifier.training.corpus import GOLDEN, GOLDEN_SECOND_PASS, load_blind, load_golden
from services.classifier.training.decision import Decider
from services.classifier.training.evaluate import Evaluation, Predicted, predict, score
from services.classifier.training.inference import run
from services.classifier.training.patterns import patterns
from services.classifier.training.reference import write_guide_reference
from services.classifier.training.report import FILE, as_json, measured
from services.classifier.training.rows import Row
from services.classifier.training.scores import truth_matrix
from services.classifier.training.task import GUIDE

TRAINING: Final = "training.json"


def describe(folder: Path) -> Evaluation:
    """Golden scores and rater agreement of the artefact in `folder`, after writing them to its files."""
    golden, decider = load_golden(), Decider.load(folder)
    predicted = predict(run(folder, [row.text for row in golden]), decider)
    decider, covered = _with_sets(decider, golden, predicted)
    decider.save(folder)
    write_guide_reference(folder)
    scored = score(golden, predicted, decider)
    evaluation = replace(scored, summary={**scored.summary, "conformal_coverage": covered})
    raters = agreement(golden, read_second_pass(golden, GOLDEN_SECOND_PASS))
    found = patterns(golden, predicted.labels, load_languages())
    created = datetime.now(UTC)
    write_manifest(folder, GUIDE.name, created)
    blind = _scored(folder, load_blind(), decider)
    extra = {
        "blind": {"rows": blind.rows, **blind.summary},
        "agreement": {
            "kappa": raters.intents,
            "sentiment_kappa": raters.sentiments,
            "alpha": raters.alpha,
            "agreed_rows": raters.agreed_rows,
            "low": raters.low,
        },
    }
    text = as_json(evaluation, measured(folder, GOLDEN, created), found, extra)
    (folder / FILE).write_text(text, encoding="utf-8")
    training = json.loads((folder / TRAINING).read_text(encoding="utf-8"))
    write_guide_card(folder, evaluation, blind, raters, training)
    write_manifest(folder, GUIDE.name, created)
    return evaluation


def _scored(folder: Path, rows: Sequence[Row], decider: Decider) -> Evaluation:
    return score(rows, predict(run(folder, [row.text for row in rows]), decider), decider)


def _with_sets(decider: Decider, golden: Sequence[Row], predicted: Predicted) -> tuple[Decider, float]:
    """The decider with prediction sets fitted on the golden set, and their cross-fitted coverage."""
    truth = truth_matrix([row.intents or frozenset() for row in golden], decider.labels)
    scores = conformity_scores(predicted.probabilities, truth)
    quantile = round(conformal_quantile(scores), 6)
    return replace(decider, conformal={"coverage": COVERAGE, "quantile": quantile}), cross_fitted_coverage(scores)
