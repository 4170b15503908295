"""Measures an artefact of the label guide on the golden set and writes evaluation.json, card and manifest.

Needs no PyTorch: what only the training run knows is read from the artefact's training.json.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.classifier.languages import load_languages
from services.classifier.training.agreement import agreement, read_second_pass
from services.classifier.training.card import write_guide_card, write_manifest
from services.classifier.training.corpus import GOLDEN, GOLDEN_SECOND_PASS, load_golden
from services.classifier.training.decision import Decider
from services.classifier.training.evaluate import Evaluation, predict, score
from services.classifier.training.inference import run
from services.classifier.training.patterns import patterns
from services.classifier.training.report import FILE, as_json, measured
from services.classifier.training.task import GUIDE

TRAINING: Final = "training.json"


def describe(folder: Path) -> Evaluation:
    """Golden scores and rater agreement of the artefact in `folder`, after writing them to its files."""
    golden, decider = load_golden(), Decider.load(folder)
    predicted = predict(run(folder, [row.text for row in golden]), decider)
    evaluation = score(golden, predicted, decider)
    raters = agreement(golden, read_second_pass(golden, GOLDEN_SECOND_PASS))
    found = patterns(golden, predicted.labels, load_languages())
    created = datetime.now(UTC)
    write_manifest(folder, GUIDE.name, created)
    extra = {
        "agreement": {
            "kappa": raters.intents,
            "sentiment_kappa": raters.sentiments,
            "alpha": raters.alpha,
            "agreed_rows": raters.agreed_rows,
            "low": raters.low,
        }
    }
    text = as_json(evaluation, measured(folder, GOLDEN, created), found, extra)
    (folder / FILE).write_text(text, encoding="utf-8")
    training = json.loads((folder / TRAINING).read_text(encoding="utf-8"))
    write_guide_card(folder, evaluation, raters, training)
    write_manifest(folder, GUIDE.name, created)
    return evaluation
