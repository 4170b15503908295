"""Labels of the caller's own, scored by the embedding alone: no training, only what name and description say. Pure.

A label is the normalised mean of its name's and description's embeddings; its probability is the softmax of cosines
(zero-shot by sentence embeddings, as in Yin et al. 2019 without an entailment model).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.logistic import Doubles

_TEMPERATURE: Final = 0.08
SURE: Final = 1.5
"""A candidate holds when it is this many times as probable as if all were equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLabel:
    """A label as its owner describes it."""

    name: str
    description: str

    @property
    def said(self) -> list[str]:
        """The texts that stand for it."""
        return [text for text in (self.name.replace("_", " "), self.description) if text.strip()]


def label_point(said: Doubles) -> Doubles:
    """`[size]`: one label's place, from the embeddings `[N, size]` of what is said of it."""
    mean = said.mean(axis=0)
    point: Doubles = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return point


def candidate_probabilities(texts: Doubles, points: Sequence[Doubles]) -> Doubles:
    """`[texts, candidates]`, each row summing to 1, for embeddings `[texts, size]`."""
    cosines = texts @ np.stack(points).T / _TEMPERATURE
    powers = np.exp(cosines - cosines.max(axis=1, keepdims=True))
    found: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return found


def holds(probability: float, count: int) -> bool:
    """Whether the most probable of `count` candidates stands out."""
    return probability * count >= SURE
