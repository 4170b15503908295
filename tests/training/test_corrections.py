"""Corrections that people made improve the model: half of a made corpus is labelled wrongly, then corrected (C40)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.classifier.training.corpus import Split, corrected, load_golden, load_own, without_near
from services.classifier.training.decision import Decider, untouched
from services.classifier.training.encoder import bundled_weights
from services.classifier.training.evaluate import predict, score
from services.classifier.training.hyperparameters import ANY_FILE
from services.classifier.training.pipeline import fit_stage, load_fitted, torch_outputs
from services.classifier.training.rows import Row
from services.classifier.training.sources import Source, read_corrections
from services.classifier.training.task import Task, task_of

# A few minutes on a busy machine.
pytestmark = pytest.mark.timeout(1800)

INTENTS = ("deposit_failed", "withdrawal_delayed", "bonus_missing", "login_failed", "game_technical", "verification")
ROWS_EACH = 40
SETTINGS = replace(ANY_FILE, epochs=1, least_steps=40, threads=1)


def of_one_intent(rows: Sequence[Row], most: int) -> list[Row]:
    """The first `most` rows of each of the intents alone."""
    return [row for intent in INTENTS for row in [row for row in rows if row.intents == frozenset({intent})][:most]]


def mistaken(rows: Sequence[Row]) -> list[Row]:
    """The rows, every second under the next intent of the list."""
    after = dict(zip(INTENTS, [*INTENTS[1:], INTENTS[0]], strict=True))
    return [
        replace(row, intents=frozenset(after[intent] for intent in row.intents or ())) if index % 2 else row
        for index, row in enumerate(rows)
    ]


def exported(path: Path, rows: Sequence[Row]) -> Path:
    """Corrections as `earshot review corrections` writes them."""
    lines = [{"text": row.text, "intents": sorted(row.intents or ()), "sentiment": row.sentiment} for row in rows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def accuracy(work: Path, task: Task, train: Sequence[Row], unseen: Sequence[Row]) -> float:
    """Share of `unseen` rows that a model fitted on `train` labels rightly."""
    split = Split(train=train, validation=[], dropped={})
    fit_stage(bundled_weights(), Source(task=task, split=split, label_rows={}, rows={}), work, SETTINGS)
    decider = Decider(
        labels=task.labels, sentiments=(), multi_label=False, calibration=untouched(task.labels), conformal={}
    )
    found = predict(torch_outputs(load_fitted(work), bundled_weights(), [row.text for row in unseen]), decider)
    return score(unseen, found, decider).summary["accuracy"]


def test_corrected_labels_improve_on_the_golden_set(tmp_path: Path) -> None:
    golden = load_golden()
    right = of_one_intent(without_near(load_own(), golden), ROWS_EACH)
    unseen, wrong = of_one_intent(golden, len(golden)), mistaken(right)
    corrections = read_corrections(exported(tmp_path / "corrections.jsonl", right[1::2]))
    task = task_of(right, "corrected", multi_label=False)
    before = accuracy(tmp_path / "before", task, wrong, unseen)
    after = accuracy(tmp_path / "after", task, corrected(wrong, corrections), unseen)
    assert after >= before + 0.15
    assert after >= 0.85
