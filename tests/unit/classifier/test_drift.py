"""Drift: an injected shift shows, unchanged messages stay within chance, and nothing is said on too little."""

import numpy as np
import pytest

from services.classifier.scoring.drift import DriftMonitor, stability_index
from services.classifier.scoring.prediction import Prediction

INTENTS = tuple(f"i{number}" for number in range(26))
SIZE = 16


def feed(monitor: DriftMonitor, texts: int, *, seed: int, favourite: int = 0, centre: float = 0.0) -> None:
    """Texts whose intent is `favourite` in four of ten, and whose embeddings lie around `centre`."""
    random = np.random.default_rng(seed)
    for _ in range(texts):
        column = favourite if random.random() < 0.4 else int(random.integers(26))
        probabilities = [0.01] * 26
        probabilities[column] = float(random.beta(8, 2))
        embedding = random.normal(np.linspace(centre, 1, SIZE), 0.3).astype(np.float32)
        monitor.see(
            "",
            Prediction(
                intents=((INTENTS[column], probabilities[column]),),
                abstained=False,
                sentiment=None,
                language="en",
                truncated=False,
                rules=(),
                probabilities=tuple(probabilities),
                embedding=embedding,
            ),
        )


@pytest.mark.parametrize("seed", range(5))
def test_unchanged_messages_stay_within_chance(seed: int) -> None:
    monitor = DriftMonitor(INTENTS, SIZE)
    feed(monitor, 3_000, seed=seed)
    drift = monitor.drift()
    assert max(drift.labels, drift.confidence) < 0.15
    assert drift.embedding < 0.01
    assert (drift.reference_texts, 500 <= drift.recent_texts <= 1_000) == (1_000, True)


def test_a_shift_of_labels_and_of_meaning_shows_and_passes_when_it_is_over() -> None:
    monitor = DriftMonitor(INTENTS, SIZE)
    feed(monitor, 1_000, seed=1)
    feed(monitor, 1_000, seed=2, favourite=7, centre=-2.0)
    shifted = monitor.drift()
    assert shifted.labels > 0.2
    assert shifted.embedding > 0.1
    feed(monitor, 1_000, seed=3)
    assert monitor.drift().labels < 0.2


def test_on_too_little_nothing_is_said() -> None:
    monitor = DriftMonitor(INTENTS, SIZE)
    feed(monitor, 1_499, seed=1)
    drift = monitor.drift()
    assert (drift.labels, drift.confidence, drift.embedding) == (0, 0, 0)


def test_the_index_of_equal_histograms_is_zero_and_an_empty_bin_is_no_infinity() -> None:
    counts = np.array([10, 0, 5], dtype=np.float32)
    assert stability_index(counts, counts) == 0
    assert 0 < stability_index(counts, counts[::-1]) < 10
