"""A student of fewer layers: where it begins, what it learns, and that it is exported and served as any model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from services.classifier.training.batches import load_tokenizer
from services.classifier.training.card import MANIFEST
from services.classifier.training.checksums import sha256
from services.classifier.training.corpus import load_own
from services.classifier.training.distil import distil, kept_layers, lesson_loss, student_of
from services.classifier.training.encoder import bundled_weights
from services.classifier.training.finish import finish_stage
from services.classifier.training.hyperparameters import ANY_FILE, Hyperparameters
from services.classifier.training.inference import run
from services.classifier.training.labelled_files import Columns
from services.classifier.training.model import MultiTaskModel
from services.classifier.training.pipeline import distil_stage, fit_stage, load_fitted
from services.classifier.training.rows import Row
from services.classifier.training.sources import Source, file_source, guide_source

pytestmark = pytest.mark.timeout(1800)

SMALL = Hyperparameters(
    epochs=1, least_steps=1, public_rows=0, variants=0.0, joins=0.0, student_layers=3, student_epochs=1
)
COLOURS = ("red", "green", "blue")
UNLABELLED = [
    Row(text=f"parcel {number} never came", intents=None, sentiment=None, source="cfpb") for number in range(64)
]


def small_source() -> Source:
    source = guide_source(None, [], SMALL)
    return replace(source, split=replace(source.split, train=source.split.train[::20]))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    fit_stage(bundled_weights(), small_source(), folder, SMALL)
    return folder


def distance(student: MultiTaskModel, teacher: MultiTaskModel) -> float:
    """The lesson's loss on messages of the corpus."""
    tokenizer = load_tokenizer(bundled_weights() / "tokenizer.json", 160)
    found = []
    with torch.no_grad():
        for row in load_own()[:200:5]:
            ids = torch.tensor([tokenizer.encode(row.text).ids])
            mask = torch.ones_like(ids)
            loss = lesson_loss(student.view(ids, mask), teacher.view(ids, mask), mask, several=True)
            found.append(float(loss))
    return sum(found) / len(found)


def test_layers_are_kept_evenly() -> None:
    assert (kept_layers(3, 6), kept_layers(2, 6), kept_layers(1, 6)) == ([0, 2, 5], [0, 5], [0])
    assert kept_layers(6, 6) == [0, 1, 2, 3, 4, 5]


def test_a_student_of_all_layers_is_its_teacher(work: Path) -> None:
    teacher = load_fitted(work)
    assert distance(student_of(teacher, 6).eval(), teacher) == pytest.approx(0, abs=1e-4)


def test_a_lesson_brings_the_student_nearer(work: Path, tmp_path: Path) -> None:
    teacher = load_fitted(work)
    tokenizer = load_tokenizer(bundled_weights() / "tokenizer.json", SMALL.max_tokens)
    rows = small_source().split.train
    before = distance(student_of(teacher, 3).eval(), teacher)
    student = distil(teacher, tokenizer, [rows], SMALL, tmp_path / "checkpoint.pt")
    assert student.config.n_layers == 3
    assert distance(student, teacher) < 0.7 * before
    again = distil(teacher, tokenizer, [rows], SMALL, tmp_path / "checkpoint.pt")
    assert all(torch.equal(one, other) for one, other in zip(student.parameters(), again.parameters(), strict=True))
    with pytest.raises(ValueError, match="another run"):
        distil(teacher, tokenizer, [rows[1:]], SMALL, tmp_path / "checkpoint.pt")


def test_a_student_is_exported_and_its_card_says_what_it_is(work: Path, tmp_path: Path) -> None:
    folder = distil_stage(bundled_weights(), small_source(), UNLABELLED, work, SMALL)
    output = tmp_path / "model"
    finish_stage(bundled_weights(), folder, output)
    manifest = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"]["model.onnx"] == sha256(output / "model.onnx")
    assert run(output, ["my deposit failed"]).logits.shape == (1, 26)
    card = (output / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "DistilBERT, 3 layers" in card
    assert "It is a student: a model of 6 layers" in card
    assert "Consumer complaints (CFPB), texts alone (64, MIT)" in card


def test_a_file_of_ones_own_makes_a_student_too(tmp_path: Path) -> None:
    rows = [(number, COLOURS[number % 3]) for number in range(60)]
    lines = [f"customer {number} asks for the {colour} one please,{colour}" for number, colour in rows]
    data = tmp_path / "colours.csv"
    data.write_text("\n".join(["message,colour", *lines]) + "\n", encoding="utf-8")
    few = replace(ANY_FILE, epochs=1, least_steps=40, student_layers=2, student_epochs=12)
    source = file_source(data, Columns(text="message", labels=("colour",)), few)
    fit_stage(bundled_weights(), source, tmp_path / "work", few)
    folder = distil_stage(bundled_weights(), source, [], tmp_path / "work", few)
    output = tmp_path / "model"
    finish_stage(bundled_weights(), folder, output)
    labels = sorted(COLOURS)
    logits = run(output, [f"the {colour} one" for colour in labels]).logits
    assert logits.argmax(1).tolist() == [0, 1, 2]
    assert "DistilBERT, 2 layers" in (output / "MODEL_CARD.md").read_text(encoding="utf-8")
