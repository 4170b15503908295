"""Whole training runs in small, on the real encoder: fit, resume, calibrate, export, evaluate, card, manifest."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from services.classifier.training.card import MANIFEST
from services.classifier.training.checksums import sha256
from services.classifier.training.corpus import load_own, split_rows
from services.classifier.training.decision import Decider
from services.classifier.training.encoder import MAX_DIFFERENCE, bundled_weights, load_encoder
from services.classifier.training.evaluate import evaluate, predict
from services.classifier.training.finish import finish_stage
from services.classifier.training.hyperparameters import ANY_FILE, Hyperparameters
from services.classifier.training.inference import run
from services.classifier.training.labelled_files import Columns
from services.classifier.training.pipeline import fit_stage, load_fitted, torch_outputs
from services.classifier.training.public import load_public
from services.classifier.training.rows import Row
from services.classifier.training.sources import Source, file_source, guide_source

# A whole epoch on two cores, which a busy machine may take minutes for.
pytestmark = pytest.mark.timeout(1800)

SMALL = Hyperparameters(epochs=1, least_steps=1, public_rows=0, variants=0.0, joins=0.1)
FEW = replace(ANY_FILE, epochs=1, least_steps=40, validation_share=0.3)
COLOURS = ("red", "green", "blue")


def small_source(settings: Hyperparameters) -> Source:
    """A fifth of the corpus is enough to go through every stage."""
    source = guide_source(None, [], settings)
    return replace(source, split=replace(source.split, train=source.split.train[::5]))


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("work")
    fit_stage(bundled_weights(), small_source(SMALL), work, SMALL)
    finish_stage(bundled_weights(), work, work / "model")
    return work


def table(path: Path, *, several: bool) -> Path:
    """Sentences about colours; with `several`, some name two."""
    lines = ["message,colours" if several else "message,colour"]
    for number in range(60):
        first, second = COLOURS[number % 3], COLOURS[(number + 1) % 3]
        if several and number % 2:
            lines.append(f"number {number} wants {first} as well as {second},{first}|{second}")
        else:
            lines.append(f"customer {number} asks for the {first} one please,{first}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def trained(folder: Path, data: Path, columns: Columns) -> Path:
    fit_stage(bundled_weights(), file_source(data, columns, FEW), folder / "work", FEW)
    finish_stage(bundled_weights(), folder / "work", folder / "model")
    return folder / "model"


def test_the_encoder_is_mapped_exactly() -> None:
    # load_encoder compares hidden states with the original and refuses a larger difference.
    assert MAX_DIFFERENCE == 1e-5
    assert load_encoder(bundled_weights()).config.n_layers == 6


def test_the_artefact_is_complete(artefact: Path) -> None:
    folder = artefact / "model"
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"] == {path.name: sha256(path) for path in folder.iterdir() if path.name != MANIFEST}
    expected = {"model.onnx", "tokenizer.json", "config.json", "calibration.json", "reference.npz", "MODEL_CARD.md"}
    assert expected <= set(manifest["files"])
    assert "What is synthetic" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_exported_model_answers_as_pytorch_does(artefact: Path) -> None:
    rows = [Row(text=text, intents=None, sentiment=None) for text in ("deposit failed", "thank you so much!", "вывод")]
    fitted = torch_outputs(load_fitted(artefact), bundled_weights(), [row.text for row in rows])
    served = run(artefact / "model", [row.text for row in rows])
    # int8 storage moves weights by at most half a step of 1/127 of their row's largest.
    np.testing.assert_allclose(served.logits, fitted.logits, atol=0.25)
    assert served.embedding is not None
    assert fitted.embedding is not None
    assert ((served.embedding * fitted.embedding).sum(axis=1) > 0.995).all()


def test_a_finished_run_is_taken_up_again_and_another_is_not(artefact: Path) -> None:
    before = torch.load(artefact / "fitted.pt", weights_only=True)
    fit_stage(bundled_weights(), small_source(SMALL), artefact, SMALL)
    again = torch.load(artefact / "fitted.pt", weights_only=True)
    assert all(torch.equal(before[name], again[name]) for name in before)
    other = replace(SMALL, seed=SMALL.seed + 1)
    with pytest.raises(ValueError, match="another run"):
        fit_stage(bundled_weights(), small_source(other), artefact, other)


def test_any_single_label_file_becomes_a_model(tmp_path: Path) -> None:
    data = table(tmp_path / "colours.csv", several=False)
    model = trained(tmp_path, data, Columns(labels=("colour",)))
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    assert (config["problem_type"], config["id2label"]["0"]) == ("single_label_classification", "blue")
    assert evaluate(model, data, Columns(labels=("colour",))).summary["accuracy"] > 0.9
    logits = run(model, ["the green one"]).logits
    # Calibration is in the graph: what calibration.json adds to it is nothing but the threshold.
    probabilities = Decider.load(model).probabilities(logits)
    np.testing.assert_allclose(probabilities, np.exp(logits) / np.exp(logits).sum(), rtol=1e-4)


def test_any_multi_label_file_becomes_a_model(tmp_path: Path) -> None:
    data = table(tmp_path / "colours.csv", several=True)
    columns = Columns(labels=("colours",), separator="|")
    model = trained(tmp_path, data, columns)
    decider = Decider.load(model)
    assert decider.multi_label
    assert evaluate(model, data, columns).summary["label_micro_f1"] > 0.7
    assert predict(run(model, ["x"]), decider).probabilities.max() <= 1


def test_corrections_replace_the_rows_they_correct(tmp_path: Path) -> None:
    [first, *_] = load_own()
    path = tmp_path / "corrections.jsonl"
    lines = [
        {"text": first.text.upper(), "intents": ["smalltalk"], "sentiment": "neutral"},
        {"text": "a thing nobody wrote before 4711", "intents": ["login_failed"], "sentiment": "negative"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    source = guide_source(None, [path], replace(SMALL, validation_share=0.0))
    found = {row.text: row.intents for row in source.split.train}
    assert first.text not in found
    assert found[first.text.upper()] == frozenset({"smalltalk"})
    assert source.rows["corrections"] == 2


def test_public_rows_come_by_the_mapping_only(tmp_path: Path) -> None:
    folder = tmp_path / "banking77"
    folder.mkdir()
    lines = ["text,category", "My top up failed,top_up_failed", "Where is my card?,lost_or_stolen_card"]
    (folder / "train.csv").write_text("\n".join(lines), encoding="utf-8")
    [row] = load_public(tmp_path, seed=1)
    assert (row.text, row.intents, row.sentiment) == ("My top up failed", frozenset({"deposit_failed"}), None)
    assert load_public(tmp_path, seed=1) == [row]


def test_every_intent_must_have_rows() -> None:
    with pytest.raises(ValueError, match="no row for"):
        split_rows([row for row in load_own() if "praise" not in (row.intents or ())], [], [], share=0.1, seed=1)
