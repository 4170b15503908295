"""Whether the messages differ from those a model was trained on: labels, confidence, novelty, embeddings (C30). Pure.

The reference is what the model says of messages held out from training, which its artefact keeps; without that, the
first texts it labels here. The latest texts are held against it. Population stability index (Siddiqi 2006: below 0.1
stable, above 0.2 shifted) for labels, confidence and novelty, one minus the cosine of the mean embeddings for meaning.
Chance alone gives an index of about labels × (1/reference + 1/recent): 0.09 for 26 labels, 488 and 750 texts.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from services.classifier.scoring.calibration import Floats
from services.classifier.scoring.prediction import Prediction
from services.classifier.scoring.reference import BINS, Reference, bin_of

REFERENCE_TEXTS: Final = 1_000
"""The first texts, where the artefact has no reference."""
RECENT_TEXTS: Final = 1_000
"""The latest texts compared: 500 to this many, in two halves that follow one another."""


@dataclass(slots=True)
class _Window:
    """Counts over some texts."""

    labels: int
    size: int
    texts: int = 0
    label_counts: Floats = field(init=False)
    confidence_counts: Floats = field(init=False)
    novelty_counts: Floats = field(init=False)
    embedding_sum: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.label_counts = np.zeros(self.labels, dtype=np.float32)
        self.confidence_counts = np.zeros(BINS, dtype=np.float32)
        self.novelty_counts = np.zeros(BINS, dtype=np.float32)
        self.embedding_sum = np.zeros(self.size, dtype=np.float32)

    def add(self, columns: list[int], prediction: Prediction) -> None:
        self.texts += 1
        self.label_counts[columns] += 1
        self.confidence_counts[bin_of(max(prediction.probabilities))] += 1
        if prediction.novelty is not None:
            self.novelty_counts[bin_of(prediction.novelty)] += 1
        self.embedding_sum += prediction.embedding

    def __add__(self, other: "_Window") -> "_Window":
        both = _Window(self.labels, self.size, self.texts + other.texts)
        both.label_counts = self.label_counts + other.label_counts
        both.confidence_counts = self.confidence_counts + other.confidence_counts
        both.novelty_counts = self.novelty_counts + other.novelty_counts
        both.embedding_sum = self.embedding_sum + other.embedding_sum
        return both


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the latest texts are from the reference; the four are 0 until there are enough of both."""

    from_training: bool
    """The reference is the artefact's own; else the first texts labelled here."""
    reference_texts: int
    recent_texts: int
    labels: float
    """Population stability index of the labels."""
    confidence: float
    """The same of the highest probability, in ten bins."""
    novelty: float
    """The same of novelty; 0 without an artefact's reference."""
    embedding: float
    """One minus the cosine of the mean embeddings."""


def stability_index(reference: Floats, recent: Floats) -> float:
    """Population stability index of two histograms; half a text is added to each bin, so that an empty one counts."""
    before, now = (counts + 0.5 for counts in (reference, recent))
    before, now = before / before.sum(), now / now.sum()
    return float(((now - before) * np.log(now / before)).sum())


class DriftMonitor:
    """Follows the texts of one model. For one event loop."""

    def __init__(self, intents: tuple[str, ...], embedding_size: int, reference: Reference | None = None) -> None:
        """`reference` is what the artefact knows of the messages it was trained on."""
        self._columns = {intent: column for column, intent in enumerate(intents)}
        self._new = partial(_Window, len(intents), embedding_size)
        self._last, self._current = self._new(), self._new()
        self._from_training = reference is not None
        self._reference = self._new() if reference is None else _window_of(reference)

    def see(self, _: str, prediction: Prediction) -> None:
        """Counts one labelled text."""
        window = self._current if self._has_reference else self._reference
        window.add([self._columns[name] for name, _ in prediction.intents], prediction)
        if self._current.texts >= RECENT_TEXTS // 2:
            self._last, self._current = self._current, self._new()

    @property
    def _has_reference(self) -> bool:
        return self._from_training or self._reference.texts >= REFERENCE_TEXTS

    def drift(self) -> Drift:
        """What the windows say now."""
        before, now = self._reference, self._last + self._current
        enough = self._has_reference and now.texts >= RECENT_TEXTS // 2
        return Drift(
            from_training=self._from_training,
            reference_texts=before.texts,
            recent_texts=now.texts,
            labels=stability_index(before.label_counts, now.label_counts) if enough else 0.0,
            confidence=stability_index(before.confidence_counts, now.confidence_counts) if enough else 0.0,
            novelty=stability_index(before.novelty_counts, now.novelty_counts) if enough else 0.0,
            embedding=_distance(before.embedding_sum, now.embedding_sum) if enough else 0.0,
        )


def _window_of(reference: Reference) -> _Window:
    window = _Window(len(reference.label_counts), len(reference.embedding_sum), reference.texts)
    window.label_counts, window.confidence_counts = reference.label_counts, reference.confidence_counts
    window.novelty_counts, window.embedding_sum = reference.novelty_counts, reference.embedding_sum
    return window


def _distance(before: Floats, now: Floats) -> float:
    lengths = float(np.linalg.norm(before) * np.linalg.norm(now))
    return 1 - float(before @ now) / lengths if lengths else 0.0
