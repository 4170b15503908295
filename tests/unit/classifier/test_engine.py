"""The engine on the real model, and what it says of artefacts it cannot serve."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from services.classifier.scoring.artefact import ArtefactError, load_artefact
from services.classifier.scoring.engine import Engine
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.labels import INTENTS, SENTIMENTS

TEXTS = [
    "where is my money",
    "ok",
    "my deposit of 50 euro has not arrived and the live chat does not answer " * 6,
    "👍",
]


def replace(path: Path, content: str) -> None:
    """Puts a file in place of a link to the shipped one."""
    path.unlink()
    path.write_text(content, encoding="utf-8")


def change_json(folder: Path, name: str, **changed: object) -> None:
    """Changes a file of a copied artefact and signs it in the manifest, as a wrong training run would."""
    path = folder / name
    content = json.dumps(json.loads(path.read_text(encoding="utf-8")) | changed)
    replace(path, content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(content.encode()).hexdigest()
    replace(folder / "manifest.json", json.dumps(manifest))


def test_the_shipped_artefact_is_described() -> None:
    artefact = load_artefact(DEFAULT_MODEL)
    assert set(artefact.intents) == set(INTENTS)
    assert artefact.sentiments == SENTIMENTS
    assert artefact.max_tokens == 512
    assert artefact.embedding_size == 384
    assert artefact.quantization == "int8 weights, float32 compute"
    assert artefact.architecture == "distilbert, 6 layers, hidden size 384"
    assert artefact.created.tzinfo is not None
    assert "intent_macro_f1" in artefact.metrics


def test_a_text_scores_the_same_alone_and_in_any_batch(engine: Engine) -> None:
    tokenized = engine.tokenize(TEXTS)
    together = engine.score(tokenized)
    for index, text in enumerate(tokenized):
        alone = engine.score([text])
        assert np.allclose(alone.intents[0], together.intents[index], atol=1e-4)
        assert np.allclose(alone.sentiments[0], together.sentiments[index], atol=1e-4)
        assert np.allclose(alone.embeddings[0], together.embeddings[index], atol=1e-4)


def test_scores_are_probabilities_and_embeddings_are_unit_vectors(engine: Engine) -> None:
    scores = engine.score(engine.tokenize([*TEXTS, "", "\x00", "\u202eמה עם הכסף", "a" * 20_000]))
    for values in (scores.intents, scores.sentiments):
        assert np.isfinite(values).all()
        assert ((values >= 0) & (values <= 1)).all()
    assert np.allclose(scores.sentiments.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(scores.embeddings, axis=1), 1, atol=1e-3)


def test_a_long_text_is_cut_and_says_so(engine: Engine) -> None:
    exact, long = engine.tokenize(["word " * 510, "word " * 511])
    assert (len(exact.token_ids), exact.truncated) == (512, False)
    assert (len(long.token_ids), long.truncated) == (512, True)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json", "calibration.json", "manifest.json"])
def test_a_missing_file_is_named_with_the_way_to_mend_it(copied_model: Path, name: str) -> None:
    (copied_model / name).unlink()
    with pytest.raises(ArtefactError, match=f"{name} is missing.*EARSHOT_CLASSIFIER_MODEL"):
        load_artefact(copied_model)


def test_an_altered_file_is_named(copied_model: Path) -> None:
    content = (copied_model / "calibration.json").read_text(encoding="utf-8")
    replace(copied_model / "calibration.json", content + " ")
    with pytest.raises(ArtefactError, match=r"calibration.json is not the file of this model.*SHA-256"):
        load_artefact(copied_model)


def test_the_shipped_model_is_mended_by_git_or_by_training(monkeypatch: pytest.MonkeyPatch, copied_model: Path) -> None:
    monkeypatch.setattr("services.classifier.scoring.artefact.DEFAULT_MODEL", copied_model)
    (copied_model / "model.onnx").unlink()
    with pytest.raises(ArtefactError, match=r"git checkout -- services/classifier/model.*make train"):
        load_artefact(copied_model)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"files": []}', "\x00"])
def test_a_broken_manifest_is_named(copied_model: Path, content: str) -> None:
    replace(copied_model / "manifest.json", content)
    with pytest.raises(ArtefactError, match=r"manifest\.json"):
        load_artefact(copied_model)


def test_a_label_that_the_guide_does_not_know_is_refused(copied_model: Path) -> None:
    labels = {str(index): intent for index, intent in enumerate(INTENTS)} | {"3": "deposit_lost"}
    change_json(copied_model, "config.json", id2label=labels)
    with pytest.raises(ArtefactError, match=r"not those of the label guide \(deposit_failed, deposit_lost\)"):
        load_artefact(copied_model)


def test_labels_follow_the_models_own_order(copied_model: Path, engine: Engine) -> None:
    config = json.loads((copied_model / "config.json").read_text(encoding="utf-8"))
    labels = [config["id2label"][str(index)] for index in range(len(INTENTS))]
    change_json(copied_model, "config.json", id2label={str(n): name for n, name in enumerate(reversed(labels))})
    assert load_artefact(copied_model).intents == tuple(reversed(engine.artefact.intents))


def test_a_calibration_without_an_intent_is_refused(copied_model: Path) -> None:
    change_json(copied_model, "calibration.json", intents={})
    with pytest.raises(ArtefactError, match="the calibration lacks"):
        load_artefact(copied_model)


def test_a_model_of_another_shape_is_refused(copied_model: Path) -> None:
    change_json(copied_model, "config.json", embedding_size=768)
    with pytest.raises(ArtefactError, match="outputs"):
        Engine(load_artefact(copied_model))


def test_a_file_that_is_no_model_is_refused(copied_model: Path) -> None:
    change_json(copied_model, "tokenizer.json", model={"type": "none"})
    manifest = json.loads((copied_model / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["reference.npz"]  # it belongs to the other tokenizer
    replace(copied_model / "manifest.json", json.dumps(manifest))
    with pytest.raises(ArtefactError, match="cannot be loaded"):
        Engine(load_artefact(copied_model))
