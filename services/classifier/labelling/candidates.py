"""Labels of the caller's own, scored by the embedding alone: no training, only what name and description say. Pure.

A label is the normalised mean of its name's and description's embeddings; its probability is the softmax of cosines
(zero-shot by sentence embeddings, as in Yin et al. 2019 without an entailment model). Whether one holds is asked with
"none of them" among them, as a label of a cosine that unrelated texts rarely reach: a softmax over the labels alone
always has a winner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.categories.logistic import Doubles

_TEMPERATURE: Final = 0.08
_NONE_COSINE: Final = 0.25
_SURE: Final = 0.4
# Both chosen on seven labelled sets and their out-of-scope texts; the README of the service says what came of it.


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
    return _softmax(texts @ np.stack(points).T)


def surest(texts: Doubles, points: Sequence[Doubles]) -> list[int | None]:
    """The candidate that holds for each text, None where none of them does."""
    cosines = texts @ np.stack(points).T
    none = np.full((len(texts), 1), _NONE_COSINE)
    shares = _softmax(np.hstack([cosines, none]))[:, :-1]
    best = shares.argmax(axis=1).tolist()
    return [index if row[index] >= _SURE else None for index, row in zip(best, shares.tolist(), strict=True)]


def _softmax(cosines: Doubles) -> Doubles:
    powers = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / _TEMPERATURE)
    found: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return found
