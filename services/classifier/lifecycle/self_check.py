"""Whether int8 arithmetic may answer on this machine: only where it agrees with float32 and is faster (B1).

Both is looked at on texts that ship with Earshot, at every start, because neither is a property of the model alone
(microsoft/onnxruntime#5849, #6695). Time is the thread's own CPU time, so that a busy neighbour decides nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import structlog

from services.classifier.embedding import BACKGROUND_FILE
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.calibration import Floats
from services.classifier.scoring.engine import BatchScores, Compute, Device, Engine, TokenizedText

_logger = structlog.get_logger("earshot.classifier")

WantedCompute: TypeAlias = Literal["auto", "float32", "int8"]

_TEXTS: Final = 32
_BATCH: Final = 16
_ROUNDS: Final = 2
_MOST_DIFFERENCE: Final = 0.05
"""Of a probability."""
_LEAST_COSINE: Final = 0.999
"""Of a text's two embeddings."""
_LEAST_GAIN: Final = 1.1
"""How many times as fast int8 has to be; less is not worth other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """One engine's answers to the check's texts."""

    probabilities: Floats
    """`[texts, labels]`."""
    held: Floats
    """`[texts, labels]`, 1 where a label is given."""
    sentiments: Floats
    """`[texts, 3]`, or `[texts, 0]`."""
    embeddings: Floats
    """`[texts, embedding_size]`, or `[texts, 0]`."""


def open_engine(artefact: Artefact, *, device: Device = "auto", wanted: WantedCompute = "auto") -> Engine:
    """The engine of a model. Takes about a second longer with "auto". Raises ArtefactError."""
    if wanted != "auto":
        reason = f"EARSHOT_CLASSIFIER_COMPUTE is {wanted}."
        return Engine(artefact, device=device, compute=Compute(kind=wanted, reason=reason))
    reference = Engine(artefact, device=device)
    if artefact.stored_as != "int8" or reference.on_gpu:
        why = "it runs on a GPU" if reference.on_gpu else "its weights are not stored as int8"
        reference.compute = Compute(kind="float32", reason=f"There is no int8 arithmetic for this model: {why}.")
        return reference
    candidate = Engine(artefact, device="cpu", compute=Compute(kind="int8", reason=""))
    return chosen(reference, candidate, _sample_texts())


def _sample_texts() -> list[str]:
    lines = BACKGROUND_FILE.read_text(encoding="utf-8").splitlines()
    return lines[:: max(1, len(lines) // _TEXTS)]


def chosen(reference: Engine, candidate: Engine, texts: Sequence[str]) -> Engine:
    """`candidate` where it agrees with `reference` on the texts and is faster, else `reference`; each says why."""
    ordered = sorted(reference.tokenize(texts), key=lambda text: len(text.token_ids))
    batches = [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]
    problem = disagreement(_decisions(reference, batches), _decisions(candidate, batches))
    gain = 0.0 if problem else _gain(reference, candidate, batches)
    winner, reason = reference, problem
    if not problem:
        winner = candidate if gain >= _LEAST_GAIN else reference
        reason = f"On {len(texts)} texts int8 agrees with float32 and takes {1 / gain:.2f} of its time."
    winner.compute = Compute(kind=winner.compute.kind, reason=reason)
    _logger.info("arithmetic chosen", compute=winner.compute.kind, reason=reason)
    return winner


def _decisions(engine: Engine, batches: Sequence[Sequence[TokenizedText]]) -> Decisions:
    scores = [engine.score(batch) for batch in batches]
    probabilities = np.concatenate([score.intents for score in scores])
    reached = probabilities >= engine.artefact.calibration.threshold
    if not engine.artefact.multi_label:
        reached &= probabilities == probabilities.max(axis=1, keepdims=True)
    return Decisions(
        probabilities=probabilities,
        held=reached.astype(np.float32),
        sentiments=_joined(scores, "sentiments"),
        embeddings=_joined(scores, "embeddings"),
    )


def _joined(scores: Sequence[BatchScores], name: Literal["sentiments", "embeddings"]) -> Floats:
    found: Floats = np.concatenate([getattr(score, name) for score in scores])
    return found


def disagreement(expected: Decisions, found: Decisions) -> str:
    """Where two engines' answers differ by more than they may, as a sentence; empty when they agree."""
    texts = len(expected.held)
    if not np.isfinite(found.probabilities).all():
        return "int8 gives probabilities that are no numbers."
    changed = int((expected.held != found.held).any(axis=1).sum())
    if expected.sentiments.shape[1]:
        moods = expected.sentiments.argmax(axis=1) != found.sentiments.argmax(axis=1)
        changed += int(moods.sum())
    if changed:
        return f"int8 decides otherwise than float32 on {changed} of {texts} texts."
    difference = float(np.abs(expected.probabilities - found.probabilities).max())
    if difference > _MOST_DIFFERENCE:
        return f"int8 moves a probability by {difference:.3f}, more than {_MOST_DIFFERENCE}."
    cosine = float((expected.embeddings * found.embeddings).sum(axis=1).min()) if expected.embeddings.size else 1.0
    if cosine < _LEAST_COSINE:
        return f"int8 turns an embedding to a cosine of {cosine:.4f}, less than {_LEAST_COSINE}."
    return ""


def _gain(reference: Engine, candidate: Engine, batches: Sequence[Sequence[TokenizedText]]) -> float:
    """How many times as fast the candidate is; the best of a few rounds in turn."""
    seconds = [(_seconds(reference, batches), _seconds(candidate, batches)) for _ in range(_ROUNDS)]
    return min(first for first, _ in seconds) / min(second for _, second in seconds)


def _seconds(engine: Engine, batches: Sequence[Sequence[TokenizedText]]) -> float:
    start = time.thread_time()
    for batch in batches:
        engine.score(batch)
    return time.thread_time() - start
