"""What the texts were like that a model was trained on: novelty of a text, and what drift is held against (C15, C30).

Distance to the nearest of a few hundred centres of the training embeddings (after Sun et al. 2022, "Out-of-distribution
detection with deep nearest neighbors", with centres in place of the messages), read on the distances of held-out
messages. Pure numpy; `training/reference.py` makes it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import numpy as np

from services.classifier.scoring.calibration import Floats

REFERENCE: Final = "reference.npz"
BINS: Final = 10
"""Of confidence and of novelty."""
_ARRAYS: Final = ("centres", "distances", "label_counts", "confidence_counts", "novelty_counts", "embedding_sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The content of reference.npz. Counts are those of the model's own answers to the held-out messages."""

    encoder_version: str
    texts: int
    """Held-out messages."""
    centres: Floats
    """`[centres, embedding_size]`, L2-normalised: where the training messages lie."""
    distances: Floats
    """Distances of held-out messages to their nearest centre, ascending, at evenly spaced quantiles from 0 to 1."""
    label_counts: Floats
    """`[labels]`, in the order of the model's outputs."""
    confidence_counts: Floats
    """`[BINS]`, of the highest probability."""
    novelty_counts: Floats
    """`[BINS]`."""
    embedding_sum: Floats
    """`[embedding_size]`."""

    @classmethod
    def load(cls, path: Path, *, encoder_version: str, labels: int) -> Self:
        """Reads reference.npz. Raises ValueError when it is none, or of another model; OSError."""
        # NpzFile reads lazily; a file that is replaced meanwhile would be read half.
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as content:
            try:
                arrays = {name: content[name].astype(np.float32) for name in _ARRAYS}
                found = cls(encoder_version=str(content["encoder_version"]), texts=int(content["texts"]), **arrays)
            except KeyError as error:
                raise ValueError(f"its {REFERENCE} lacks {error}") from error
        if found.encoder_version != encoder_version or len(found.label_counts) != labels:
            raise ValueError(f"its {REFERENCE} was made for another model; `describe` of the training makes it anew")
        return found

    def save(self, path: Path) -> None:
        """Writes reference.npz; the same content gives the same bytes."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        # Half precision moves a distance by less than a thousandth of what messages differ by.
        arrays["centres"] = self.centres.astype(np.float16)
        np.savez_compressed(path, encoder_version=np.array(self.encoder_version), texts=np.array(self.texts), **arrays)

    def novelty(self, embeddings: Floats) -> Floats:
        """`[texts]` in [0, 1] for `[texts, embedding_size]`: the share of held-out messages that lie nearer."""
        scale = np.linspace(0, 1, len(self.distances), dtype=np.float32)
        found: Floats = np.interp(nearest(embeddings, self.centres), self.distances, scale).astype(np.float32)
        return found


def encoder_version(sums: Mapping[str, str]) -> str:
    """The encoder's version, from the SHA-256 of each file: weights and tokenizer make an embedding."""
    return hashlib.sha256("".join(sums[name] for name in ("model.onnx", "tokenizer.json")).encode()).hexdigest()[:16]


def nearest(embeddings: Floats, centres: Floats) -> Floats:
    """`[texts]`: one minus the cosine to the nearest centre, of normalised rows."""
    found: Floats = 1 - (embeddings @ centres.T).max(axis=1)
    return found


def bin_of(value: float) -> int:
    """The bin of a number in [0, 1]."""
    return min(int(value * BINS), BINS - 1)
