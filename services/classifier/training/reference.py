"""Makes reference.npz: where the training messages lie, and what the model says of messages like them (C15, C30).

Needs no PyTorch. Spherical k-means (Dhillon and Modha 2001): scikit-learn has it, for 100 MB more.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.scoring.calibration import Floats
from services.classifier.scoring.reference import BINS, REFERENCE, Reference, bin_of, encoder_version, nearest
from services.classifier.training.checksums import sha256
from services.classifier.training.corpus import load_measured, load_own, split_rows
from services.classifier.training.decision import Decider
from services.classifier.training.hyperparameters import GUIDE
from services.classifier.training.inference import run
from services.classifier.training.rows import Row

_CENTRES: Final = 256
"""64, 256 and 1,024 centres and all messages were tried: bench/README.md."""
_ROUNDS: Final = 15
_FEWEST_ROWS: Final = 40
"""With fewer held-out rows, quantiles say nothing."""
_MOST_ROWS: Final = 5_000
"""Training rows that are looked at; centres of more are the same."""
_QUANTILES: Final = np.linspace(0, 1, 101)


def write_guide_reference(folder: Path) -> None:
    """Write the reference of a model of the label guide, from the project's own corpus as it is split for training."""
    split = split_rows(load_own(), [], load_measured(), share=GUIDE.validation_share, seed=GUIDE.seed)
    write_reference(folder, split.train, split.validation)


def write_reference(folder: Path, train: Sequence[Row], held_out: Sequence[Row]) -> None:
    """Write reference.npz of the model in `folder`; none, and none that is left there, with too few rows held out."""
    path = folder / REFERENCE
    path.unlink(missing_ok=True)
    if len(held_out) < _FEWEST_ROWS:
        return
    seen = train[:: max(1, len(train) // _MOST_ROWS)]
    embeddings, outputs = run(folder, [row.text for row in seen]).embedding, run(folder, [r.text for r in held_out])
    if embeddings is None or outputs.embedding is None:
        return
    centres, decider = spherical_k_means(embeddings, _CENTRES), Decider.load(folder)
    probabilities = decider.probabilities(outputs.logits)
    decided = decider.decided(probabilities)
    distances = np.quantile(nearest(outputs.embedding, centres), _QUANTILES).astype(np.float32)
    reference = Reference(
        encoder_version=encoder_of(folder),
        texts=len(held_out),
        centres=centres,
        distances=distances,
        label_counts=_counts([decider.labels.index(name) for names in decided for name in names], len(decider.labels)),
        confidence_counts=_counts([bin_of(value) for value in probabilities.max(axis=1).tolist()], BINS),
        # Evenly spread by definition: novelty is the share of these very messages.
        novelty_counts=np.full(BINS, len(held_out) / BINS, dtype=np.float32),
        embedding_sum=outputs.embedding.sum(axis=0),
    )
    reference.save(path)


def encoder_of(folder: Path) -> str:
    """Version of the encoder in a model folder."""
    return encoder_version({name: sha256(folder / name) for name in ("model.onnx", "tokenizer.json")})


def _counts(indices: Sequence[int], size: int) -> Floats:
    return np.bincount(indices, minlength=size).astype(np.float32)


def spherical_k_means(rows: Floats, count: int) -> Floats:
    """`[centres, size]`, normalised, of normalised rows `[rows, size]`; the rows themselves when there are no more.

    The same rows give the same centres.
    """
    if len(rows) <= count:
        return rows
    random = np.random.default_rng(0)
    centres = rows[random.choice(len(rows), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest_centre = (rows @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest_centre, rows)
        empty = np.bincount(nearest_centre, minlength=count) == 0
        sums[empty] = rows[random.choice(len(rows), int(empty.sum()))]
        centres = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return centres
