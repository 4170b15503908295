"""Whether the messages have changed since the model began to serve: labels, confidence, embeddings (C30). Pure.

The first texts that a model labels are its reference; the latest ones are held against it. Population stability index
(Siddiqi 2006: below 0.1 stable, above 0.2 shifted) for labels and confidence, one minus the cosine of the mean
embeddings for meaning. Chance alone gives an index of about labels × (1/reference + 1/recent): 0.05 for these windows.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from services.classifier.calibration import Floats
from services.classifier.prediction import Prediction

REFERENCE_TEXTS: Final = 1_000
RECENT_TEXTS: Final = 1_000
"""The latest texts compared: 500 to this many, in two halves that follow one another."""
_BINS: Final = 10


@dataclass(slots=True)
class _Window:
    """Counts over some texts."""

    labels: int
    size: int
    texts: int = 0
    label_counts: Floats = field(init=False)
    confidence_counts: Floats = field(init=False)
    embedding_sum: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.label_counts = np.zeros(self.labels, dtype=np.float32)
        self.confidence_counts = np.zeros(_BINS, dtype=np.float32)
        self.embedding_sum = np.zeros(self.size, dtype=np.float32)

    def add(self, columns: list[int], confidence: float, embedding: Floats) -> None:
        self.texts += 1
        self.label_counts[columns] += 1
        self.confidence_counts[min(int(confidence * _BINS), _BINS - 1)] += 1
        self.embedding_sum += embedding

    def __add__(self, other: "_Window") -> "_Window":
        both = _Window(self.labels, self.size, self.texts + other.texts)
        both.label_counts = self.label_counts + other.label_counts
        both.confidence_counts = self.confidence_counts + other.confidence_counts
        both.embedding_sum = self.embedding_sum + other.embedding_sum
        return both


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the latest texts are from the reference; the three are 0 until there are enough of both."""

    reference_texts: int
    recent_texts: int
    labels: float
    """Population stability index of the labels."""
    confidence: float
    """The same of the highest probability, in ten bins."""
    embedding: float
    """One minus the cosine of the mean embeddings."""


def stability_index(reference: Floats, recent: Floats) -> float:
    """Population stability index of two histograms; half a text is added to each bin, so that an empty one counts."""
    before, now = (counts + 0.5 for counts in (reference, recent))
    before, now = before / before.sum(), now / now.sum()
    return float(((now - before) * np.log(now / before)).sum())


class DriftMonitor:
    """Follows the texts of one model. For one event loop."""

    def __init__(self, intents: tuple[str, ...], embedding_size: int) -> None:
        self._columns = {intent: column for column, intent in enumerate(intents)}
        self._new = partial(_Window, len(intents), embedding_size)
        self._reference, self._last, self._current = self._new(), self._new(), self._new()

    def see(self, _: str, prediction: Prediction) -> None:
        """Counts one labelled text."""
        window = self._reference if self._reference.texts < REFERENCE_TEXTS else self._current
        columns = [self._columns[name] for name, _ in prediction.intents]
        window.add(columns, max(prediction.probabilities), prediction.embedding)
        if self._current.texts >= RECENT_TEXTS // 2:
            self._last, self._current = self._current, self._new()

    def drift(self) -> Drift:
        """What the windows say now."""
        before, now = self._reference, self._last + self._current
        enough = before.texts >= REFERENCE_TEXTS and now.texts >= RECENT_TEXTS // 2
        return Drift(
            reference_texts=before.texts,
            recent_texts=now.texts,
            labels=stability_index(before.label_counts, now.label_counts) if enough else 0.0,
            confidence=stability_index(before.confidence_counts, now.confidence_counts) if enough else 0.0,
            embedding=_distance(before.embedding_sum, now.embedding_sum) if enough else 0.0,
        )


def _distance(before: Floats, now: Floats) -> float:
    lengths = float(np.linalg.norm(before) * np.linalg.norm(now))
    return 1 - float(before @ now) / lengths if lengths else 0.0
