"""What a model makes of texts about other things, beside what it makes of its own (C15).

Both are measured at one operating point, as by Larson et al. 2019 (CLINC150): a text counts as out of scope from a
novelty on, and a text of the model's own that reaches it counts as wrong.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.scoring.calibration import Floats
from services.classifier.scoring.reference import REFERENCE, Reference
from services.classifier.training.decision import Decider
from services.classifier.training.evaluate import Predicted, predict
from services.classifier.training.inference import Outputs, run
from services.classifier.training.reference import encoder_of
from services.classifier.training.rows import Row
from services.classifier.training.scores import auroc
from services.runtime.labels import FALLBACK_INTENT

NOVEL_FROM: Final = 0.95
"""Reached by one ordinary message in twenty."""


def scope_scores(
    model: Path, rows: Sequence[Row], outputs: Outputs, strange: Sequence[str], novel_from: float
) -> Mapping[str, float]:
    """Scores by name, 0 to 1, of `rows` with their `outputs` and of texts about other things.

    Raises ValueError when the model in `model` has no reference, which novelty is read on, or no text is strange.
    """
    if not strange:
        raise ValueError("there is no text out of scope")
    decider, reference = Decider.load(model), _reference(model)
    others = run(model, strange)
    own, far = _novelty(reference, outputs), _novelty(reference, others)
    truth = [row.intents or frozenset() for row in rows]
    right = np.array([a == b for a, b in zip(truth, predict(outputs, decider).labels, strict=True)])
    return {
        "in_scope_accuracy": float((right & (own < novel_from)).mean()),
        "in_scope_novel": float((own >= novel_from).mean()),
        "out_of_scope_recall": float((far >= novel_from).mean()),
        "out_of_scope_unlabelled": float(_unlabelled(predict(others, decider), decider).mean()),
        "novelty_auroc": auroc(own, far),
    }


def _reference(model: Path) -> Reference:
    if not (model / REFERENCE).exists():
        raise ValueError(f"the model in {model} has no {REFERENCE}: it cannot say how novel a text is")
    labels = len(Decider.load(model).labels)
    return Reference.load(model / REFERENCE, encoder_version=encoder_of(model), labels=labels)


def _novelty(reference: Reference, outputs: Outputs) -> Floats:
    if outputs.embedding is None:
        raise ValueError("the model has no embedding")
    return reference.novelty(outputs.embedding)


def _unlabelled(predicted: Predicted, decider: Decider) -> Floats:
    """1.0 where no label reached its threshold, or the label guide's fallback alone holds."""
    reached = (predicted.probabilities >= decider.calibration.threshold).any(axis=1)
    fallback = [decider.by_guide and labels == {FALLBACK_INTENT} for labels in predicted.labels]
    return (~reached | np.array(fallback)).astype(np.float32)
