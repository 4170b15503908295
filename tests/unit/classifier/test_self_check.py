"""int8 arithmetic answers only where it agrees with float32 and is faster (B1): a perturbed model falls back."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.classifier.lifecycle.self_check import Decisions, chosen, disagreement, open_engine
from services.classifier.scoring.artefact import load_artefact
from services.classifier.scoring.engine import Compute, Engine
from services.classifier.settings import DEFAULT_MODEL

TEXTS = ["my deposit of 50 euro was declined", "where is my bonus", "hi", "i cannot log in, the code never comes"]
INT8 = Compute(kind="int8", reason="")

AGREED = Decisions(
    probabilities=np.array([[0.9, 0.1], [0.2, 0.3]], dtype=np.float32),
    held=np.array([[1, 0], [0, 0]], dtype=np.float32),
    sentiments=np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], dtype=np.float32),
    embeddings=np.array([[1, 0], [0, 1]], dtype=np.float32),
)


@pytest.fixture(scope="module")
def int8_engine() -> Engine:
    """The shipped model in int8 arithmetic."""
    return Engine(load_artefact(DEFAULT_MODEL), device="cpu", compute=INT8)


@pytest.fixture
def perturbed(copied_model: Path) -> Engine:
    """A model that passes for int8 arithmetic and computes something else."""
    content = bytearray((DEFAULT_MODEL / "model.onnx").read_bytes())
    # The last megabytes are the upper layers' int8 weights.
    middle = len(content) * 3 // 4
    content[middle : middle + 400_000] = np.random.default_rng(0).bytes(400_000)
    (copied_model / "model.onnx").unlink()
    (copied_model / "model.onnx").write_bytes(content)
    manifest = json.loads((DEFAULT_MODEL / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["model.onnx"] = hashlib.sha256(content).hexdigest()
    manifest["files"].pop("reference.npz", None)
    (copied_model / "manifest.json").unlink()
    (copied_model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Engine(load_artefact(copied_model), device="cpu", compute=INT8)


def test_a_perturbed_model_falls_back(engine: Engine, perturbed: Engine) -> None:
    winner = chosen(engine, perturbed, TEXTS)
    assert winner is engine
    assert winner.compute.kind == "float32"
    assert "int8" in winner.compute.reason


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"held": np.array([[1, 1], [0, 0]])}, "decides otherwise than float32 on 1 of 2 texts"),
        ({"sentiments": AGREED.sentiments[::-1]}, "decides otherwise than float32 on 2 of 2 texts"),
        ({"probabilities": AGREED.probabilities - 0.06}, "moves a probability by 0.060"),
        ({"probabilities": AGREED.probabilities * np.nan}, "no numbers"),
        ({"embeddings": AGREED.embeddings * 0.99}, "cosine of 0.9900"),
    ],
)
def test_what_differs_is_named(changed: dict[str, np.ndarray], said: str) -> None:
    found = disagreement(AGREED, replace(AGREED, **changed))
    assert said in found
    assert bool(found) == bool(changed)


def test_int8_arithmetic_is_near_alone_and_beside_other_texts(engine: Engine, int8_engine: Engine) -> None:
    assert int8_engine.artefact.quantization == "int8 weights, int8 compute"
    tokenized = engine.tokenize(TEXTS)
    together, exact = int8_engine.score(tokenized), engine.score(tokenized)
    # Nearer than one bit of the activations would be, and not the same: it is int8 indeed.
    assert 0 < np.abs(together.intents - exact.intents).max() < 0.1
    for index, text in enumerate(tokenized):
        # Sums in another order move an activation over a rounding step now and then: 0.03 among 120 golden messages.
        assert np.abs(int8_engine.score([text]).intents[0] - together.intents[index]).max() < 0.05


def test_the_start_chooses_by_itself_and_says_why() -> None:
    found = open_engine(load_artefact(DEFAULT_MODEL), device="cpu")
    assert found.compute.kind in {"float32", "int8"}
    assert "int8" in found.compute.reason
    assert found.artefact.quantization == f"int8 weights, {found.compute.kind} compute"


@pytest.mark.parametrize("wanted", ["float32", "int8"])
def test_a_setting_overrules_the_check(wanted: str) -> None:
    found = open_engine(load_artefact(DEFAULT_MODEL), device="cpu", wanted=wanted)  # type: ignore[arg-type]
    assert found.compute == Compute(kind=wanted, reason=f"EARSHOT_CLASSIFIER_COMPUTE is {wanted}.")  # type: ignore[arg-type]
