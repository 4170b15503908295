"""Novelty and the reference of drift: what lies far is novel, the file keeps what it holds and belongs to one model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.classifier.scoring.calibration import Floats
from services.classifier.scoring.drift import DriftMonitor
from services.classifier.scoring.prediction import Prediction
from services.classifier.scoring.reference import BINS, REFERENCE, Reference, bin_of, nearest
from services.classifier.training.reference import spherical_k_means

SIZE = 32
LABELS = tuple(f"i{number}" for number in range(26))


def points(count: int, *, seed: int, centre: float = 0.0) -> Floats:
    """Normalised points around one direction."""
    random = np.random.default_rng(seed)
    rows = random.normal(np.linspace(centre, 1, SIZE), 0.3, (count, SIZE)).astype(np.float32)
    normalised: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normalised


@pytest.fixture(scope="module")
def reference() -> Reference:
    """Two thousand points to train on and five hundred held out."""
    centres, held_out = spherical_k_means(points(2_000, seed=1), 64), points(500, seed=2)
    return Reference(
        encoder_version="e",
        texts=500,
        centres=centres,
        distances=np.quantile(nearest(held_out, centres), np.linspace(0, 1, 101)).astype(np.float32),
        label_counts=np.full(26, 20, dtype=np.float32),
        confidence_counts=np.bincount([bin_of(value) for value in _confidences(500, 7)], minlength=BINS).astype("f4"),
        novelty_counts=np.full(BINS, 50, dtype=np.float32),
        embedding_sum=held_out.sum(axis=0),
    )


def _confidences(count: int, seed: int) -> list[float]:
    found: list[float] = np.random.default_rng(seed).beta(8, 2, count).tolist()
    return found


def test_novelty_of_messages_like_those_trained_on_is_evenly_spread(reference: Reference) -> None:
    found = reference.novelty(points(4_000, seed=3))
    assert ((found >= 0) & (found <= 1)).all()
    for share in (0.1, 0.5, 0.9):
        assert (found <= share).mean() == pytest.approx(share, abs=0.06)


def test_what_lies_elsewhere_is_novel(reference: Reference) -> None:
    assert reference.novelty(points(200, seed=4, centre=-4.0)).min() >= 0.99
    assert reference.novelty(np.zeros((0, SIZE), dtype=np.float32)).shape == (0,)


def test_the_file_keeps_it_and_the_same_content_gives_the_same_bytes(reference: Reference, tmp_path: Path) -> None:
    reference.save(tmp_path / REFERENCE)
    again = Reference.load(tmp_path / REFERENCE, encoder_version="e", labels=26)
    np.testing.assert_allclose(again.centres, reference.centres, atol=1e-3)
    assert np.array_equal(again.embedding_sum, reference.embedding_sum)
    assert again.texts == 500
    again.save(tmp_path / "other.npz")
    assert (tmp_path / "other.npz").read_bytes() == (tmp_path / REFERENCE).read_bytes()


@pytest.mark.parametrize("wrong", [{"encoder_version": "f", "labels": 26}, {"encoder_version": "e", "labels": 7}])
def test_the_file_of_another_model_is_refused(reference: Reference, tmp_path: Path, wrong: dict[str, str]) -> None:
    reference.save(tmp_path / REFERENCE)
    with pytest.raises(ValueError, match="made for another model"):
        Reference.load(tmp_path / REFERENCE, **wrong)  # type: ignore[arg-type]  # both fields of one call


def test_centres_are_the_rows_where_there_are_few_and_unit_vectors_where_there_are_many() -> None:
    few = points(10, seed=1)
    assert np.array_equal(spherical_k_means(few, 64), few)
    same = np.repeat(few, 30, axis=0)
    many = spherical_k_means(same, 64)
    np.testing.assert_allclose(np.linalg.norm(many, axis=1), 1, atol=1e-5)
    assert nearest(few, many).max() < 1e-5


def feed(monitor: DriftMonitor, reference: Reference, rows: Floats, *, labels: int = 26) -> None:
    """Texts at these points, labelled evenly by the first `labels` intents."""
    random = np.random.default_rng(5)
    for row, confidence, novelty in zip(rows, _confidences(len(rows), 6), reference.novelty(rows), strict=True):
        name = LABELS[int(random.integers(labels))]
        monitor.see(
            "",
            Prediction(
                intents=((name, confidence),),
                abstained=False,
                sentiment=None,
                language="en",
                truncated=False,
                rules=(),
                probabilities=(confidence, *[0.01] * 25),
                embedding=row,
                novelty=float(novelty),
            ),
        )


def test_messages_are_held_against_training_from_the_first_window_on(reference: Reference) -> None:
    monitor = DriftMonitor(LABELS, SIZE, reference)
    feed(monitor, reference, points(600, seed=8))
    drift = monitor.drift()
    assert (drift.from_training, drift.reference_texts, drift.recent_texts) == (True, 500, 600)
    assert max(drift.labels, drift.confidence, drift.novelty) < 0.2
    assert drift.embedding < 0.01


def test_messages_about_other_things_show_in_novelty_though_labels_are_the_same(reference: Reference) -> None:
    monitor = DriftMonitor(LABELS, SIZE, reference)
    feed(monitor, reference, np.concatenate([points(400, seed=9), points(200, seed=10, centre=-4.0)]))
    assert monitor.drift().novelty > 0.2
    assert monitor.drift().labels < 0.2
    shifted = DriftMonitor(LABELS, SIZE, replace(reference, texts=400))
    feed(shifted, reference, points(600, seed=11), labels=4)
    assert shifted.drift().labels > 0.2
    assert shifted.drift().novelty < 0.2
