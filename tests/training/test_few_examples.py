"""`earshot train --data` of few examples a label: better than untouched, its own version, the same twice (C21, C33).

`dental_desk.tsv` was written for this test: five queues of a dentist's front desk, ten examples and six other messages
each.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.classifier.labelling.candidates import CandidateLabel, candidate_probabilities, label_point
from services.classifier.training.__main__ import main
from services.classifier.training.card import MANIFEST
from services.classifier.training.decision import Decider
from services.classifier.training.inference import run
from services.classifier.training.labelled_files import read_labelled
from services.classifier.training.options import MODEL
from services.classifier.training.report import FILE
from services.classifier.training.rows import Row

# A few minutes on a busy machine.
pytestmark = pytest.mark.timeout(1800)

DESK = Path(__file__).with_name("dental_desk.tsv")
SAME = 0.01
"""How far any score of two runs on the same file with the same settings may differ (training/README.md)."""


def part(folder: Path, name: str, most: int) -> Path:
    """The first `most` messages a label of a part of the desk's."""
    header, *lines = DESK.read_text(encoding="utf-8").splitlines()
    labels = dict.fromkeys(line.split("\t")[1] for line in lines)
    chosen = [[line for line in lines if line.startswith(f"{name}\t{label}\t")][:most] for label in labels]
    path = folder / f"{name}{most}.tsv"
    path.write_text("\n".join([header, *(line for group in chosen for line in group)]) + "\n", encoding="utf-8")
    return path


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """`earshot …` as its own process runs it."""
    monkeypatch.setattr(sys, "argv", ["earshot", *map(str, arguments)])
    return main()


def trained(monkeypatch: pytest.MonkeyPatch, folder: Path, data: Path, *, steps: int, threads: int = 1) -> Path:
    options = ["--epochs", 1, "--least-steps", steps, "--validation-share", 0, "--threads", threads]
    assert not command(
        monkeypatch, "train", "--data", data, "--output", folder / "model", "--work", folder / "work", *options
    )
    return folder / "model"


def scores(monkeypatch: pytest.MonkeyPatch, model: Path, data: Path, results: Path) -> dict[str, Any]:
    assert not command(monkeypatch, "evaluate", "--model", model, "--data", data, "--results", results)
    [found] = results.glob(f"*/*/{FILE}")
    content: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return content


def by_names_alone(rows: Sequence[Row], labels: tuple[str, ...]) -> float:
    """Accuracy of the model that ships, which is told the labels' names and nothing else."""
    candidates = [CandidateLabel(name=label, description="") for label in labels]
    points = [label_point(_embedded(list(one.said))) for one in candidates]
    best = candidate_probabilities(_embedded([row.text for row in rows]), points).argmax(axis=1)
    return float(np.mean([row.intents == frozenset({labels[index]}) for row, index in zip(rows, best, strict=True)]))


def _embedded(texts: list[str]) -> Any:
    embedding = run(MODEL, texts).embedding
    assert embedding is not None
    return embedding.astype(np.float64)


def version(model: Path) -> str:
    return str(json.loads((model / MANIFEST).read_text(encoding="utf-8"))["version"])


@pytest.mark.parametrize("examples", [5, 10])
def test_few_examples_a_label_make_a_better_model_of_its_own_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    # An eighth of the steps that a small file gets by default is enough to tell.
    model = trained(monkeypatch, tmp_path, part(tmp_path, "train", examples), steps=40)
    unseen = part(tmp_path, "unseen", 6)
    names = Decider.load(model).labels
    untouched = by_names_alone(read_labelled(unseen).rows, names)
    adapted = scores(monkeypatch, model, unseen, tmp_path / "results")
    assert adapted["accuracy"] >= max(untouched, 1 / len(names)) + 0.1
    assert adapted["version"] == version(model) != version(MODEL)


def test_the_same_file_settings_and_seed_give_the_same_scores_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, unseen = part(tmp_path, "train", 5), part(tmp_path, "unseen", 6)
    found, probabilities = [], []
    for threads in (1, 2):  # sums differ in order
        folder = tmp_path / str(threads)
        model = trained(monkeypatch, folder, data, steps=16, threads=threads)
        found.append(scores(monkeypatch, model, unseen, folder / "results"))
        texts = [row.text for row in read_labelled(unseen).rows]
        probabilities.append(Decider.load(model).probabilities(run(model, texts).logits))
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=SAME)
    numbers = [{name: value for name, value in one.items() if isinstance(value, float)} for one in found]
    assert numbers[0] == pytest.approx(numbers[1], abs=SAME)
    assert found[0]["labels"] == found[1]["labels"]
