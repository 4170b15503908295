"""A whole training run in small, on the real encoder: fit, resume, export, calibrate, evaluate, card, manifest."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from services.classifier.training.card import MANIFEST, sha256
from services.classifier.training.corpus import load_own, split_rows
from services.classifier.training.encoder import MAX_DIFFERENCE, bundled_weights, load_encoder
from services.classifier.training.finish import finish_stage
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.inference import run
from services.classifier.training.pipeline import fit_stage, load_fitted, torch_outputs
from services.classifier.training.public import load_public
from services.classifier.training.rows import Row

# A whole epoch on two cores, which a busy machine may take minutes for.
pytestmark = pytest.mark.timeout(1800)

SMALL = Hyperparameters(epochs=1, public_rows=0, variants=0.0, joins=0.1)


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("work")
    fit_stage(bundled_weights(), None, work, SMALL)
    finish_stage(bundled_weights(), work, work / "model")
    return work


def test_the_encoder_is_mapped_exactly() -> None:
    # load_encoder compares hidden states with the original and refuses a larger difference.
    assert MAX_DIFFERENCE == 1e-5
    assert load_encoder(bundled_weights()).config.n_layers == 6


def test_the_artefact_is_complete(artefact: Path) -> None:
    folder = artefact / "model"
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"] == {path.name: sha256(path) for path in folder.iterdir() if path.name != MANIFEST}
    assert {"model.onnx", "tokenizer.json", "config.json", "calibration.json", "MODEL_CARD.md"} <= set(
        manifest["files"]
    )
    assert "What is synthetic" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_exported_model_answers_as_pytorch_does(artefact: Path) -> None:
    rows = [Row(text=text, intents=None, sentiment=None) for text in ("deposit failed", "thank you so much!", "вывод")]
    fitted = torch_outputs(load_fitted(artefact), bundled_weights(), rows)
    served = run(artefact / "model", [row.text for row in rows])
    # int8 storage moves weights by at most half a step of 1/127 of their row's largest.
    np.testing.assert_allclose(served.intent_logits, fitted.intent_logits, atol=0.25)
    assert ((served.embedding * fitted.embedding).sum(axis=1) > 0.995).all()


def test_a_finished_run_is_taken_up_again_and_another_is_not(artefact: Path) -> None:
    before = torch.load(artefact / "fitted.pt", weights_only=True)
    fit_stage(bundled_weights(), None, artefact, SMALL)
    again = torch.load(artefact / "fitted.pt", weights_only=True)
    assert all(torch.equal(before[name], again[name]) for name in before)
    with pytest.raises(ValueError, match="another run"):
        fit_stage(bundled_weights(), None, artefact, replace(SMALL, seed=SMALL.seed + 1))


def test_public_rows_come_by_the_mapping_only(tmp_path: Path) -> None:
    folder = tmp_path / "banking77"
    folder.mkdir()
    lines = ["text,category", "My top up failed,top_up_failed", "Where is my card?,lost_or_stolen_card"]
    (folder / "train.csv").write_text("\n".join(lines), encoding="utf-8")
    [row] = load_public(tmp_path, seed=1)
    assert (row.text, row.intents, row.sentiment) == ("My top up failed", frozenset({"deposit_failed"}), None)


def test_every_intent_must_have_rows() -> None:
    with pytest.raises(ValueError, match="no row for"):
        split_rows([row for row in load_own() if "praise" not in (row.intents or ())], [], [], share=0.1, seed=1)
