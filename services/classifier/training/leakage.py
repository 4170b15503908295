"""Near-duplicates between what is trained on and what is measured on, by n-grams and by meaning (C25).

By n-grams they are dropped before every training run. By the embedding, two texts can be near because they mean the
same, which is no leak; above the limit they are also worded alike, and are listed for a person to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.scoring.calibration import Floats
from services.classifier.training.corpus import without_near
from services.classifier.training.rows import Row
from services.classifier.training.similarity import jaccard, shingles

NEAR_MEANING: Final = 0.95
"""Cosine of two embeddings from which two texts are compared closer."""
_ALIKE: Final = 0.3
"""Shared character 5-grams (Jaccard) that make two texts of one meaning a leak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A training text and a golden text that are too near."""

    train: str
    golden: str
    cosine: float
    shared: float


def leaks(train: Sequence[Row], golden: Sequence[Row], train_embedding: Floats, golden_embedding: Floats) -> list[Leak]:
    """Pairs near in meaning and in wording, nearest first. Embeddings are `[rows, width]`, length one."""
    cosines = train_embedding @ golden_embedding.T
    found = []
    for i, j in np.argwhere(cosines >= NEAR_MEANING).tolist():
        shared = jaccard(shingles(train[i].text), shingles(golden[j].text))
        if shared >= _ALIKE:
            found.append(
                Leak(train=train[i].text, golden=golden[j].text, cosine=float(cosines[i, j]), shared=round(shared, 3))
            )
    return sorted(found, key=lambda leak: -leak.cosine)


def trained_on(own: Sequence[Row], golden: Sequence[Row]) -> list[Row]:
    """The own rows that a training run keeps."""
    return without_near(own, golden)
