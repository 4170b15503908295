"""Why a label holds: variants of a text with parts left out, judged together by the model that serves.

The smallest deletion that turns a label around is a counterfactual (Martens and Provost 2014, "Explaining data-driven
document classifications"); it was judged by the model itself, so applying it does turn the label around.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from services.classifier.classification import LoadedModel
from services.classifier.embedding import answer_in_turn
from services.classifier.explaining.deletions import (
    FEW,
    MAX_PIECES,
    MAX_STEPS,
    Deletion,
    Piece,
    first_round,
    longest_run,
    next_round,
    second_round,
    split_pieces,
    without,
)
from services.classifier.scoring.prediction import Prediction
from services.runtime.call_context import remaining_seconds

_ROUND_TOKENS: Final = 8_192
"""Work of one round, in tokens: a second or two on two cores."""
_ROUND_SHARE: Final = 0.4
"""Share of the time that is left which one round may take."""
_SURE: Final = 1e-7
"""Nearer to 0 or 1, a probability in float32 says nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A deletion that turns a label around."""

    pieces: Deletion
    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentExplanation:
    """What carries one intent."""

    intent: str
    probability: float
    threshold: float
    holds: bool
    weights: tuple[float, ...]
    """How far the probability falls without each piece."""
    flip: Flip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What carries the labels of a text."""

    pieces: tuple[Piece, ...]
    intents: tuple[IntentExplanation, ...]
    complete: bool
    variants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A variant and what the model said of it."""

    deletion: Deletion
    text: str
    prediction: Prediction


async def explain(model: LoadedModel, text: str, intents: Sequence[str]) -> Explanation:
    """Explains `intents`, or those that hold. Raises what the model raises; the call's deadline bounds the work."""
    start = time.monotonic()
    whole = (await answer_in_turn(model, [text]))[0].prediction
    affordable, hurried = _affordable_variants(model, text, time.monotonic() - start)
    run = longest_run(len(text.split()), affordable)
    pieces = split_pieces(text, at_most=affordable // run, end=model.engine.read_end(text))
    judged = await _judge(model, text, pieces, first_round(len(pieces), run))
    order = model.artefact.intents
    wanted = intents or _explained_by_default(whole, order)
    found = [_explanation(model, intent, whole, judged, len(pieces)) for intent in wanted]
    in_time = _time_for(2 * (time.monotonic() - start))
    more = _missing_deletions(found, [item.deletion for item in judged])[: affordable if in_time else 0]
    judged += await _judge(model, text, pieces, more)
    at_most = len(judged) + affordable
    for one, length in product(found, range(2, MAX_STEPS + 1)):
        step = _next_step(order.index(one.intent), one, judged, length)
        in_time = in_time and _time_for(time.monotonic() - start)
        if in_time and len(judged) + len(step) <= at_most:
            judged += await _judge(model, text, pieces, step)
    return Explanation(
        pieces=tuple(pieces),
        intents=tuple(
            replace(one, flip=_smallest_flip(order.index(one.intent), one.intent, one.holds, judged)) for one in found
        ),
        complete=in_time and not hurried,
        variants=len(judged) + 1,
    )


def _time_for(seconds: float) -> bool:
    """Whether the call's deadline leaves more than that."""
    remaining = remaining_seconds()
    return remaining is None or remaining > seconds


def _affordable_variants(model: LoadedModel, text: str, seconds: float) -> tuple[int, bool]:
    """How many variants a round may have, when one took `seconds`; and whether it is the deadline that limits them."""
    tokens = max(1, len(model.engine.tokenize([text])[0].token_ids))
    by_work, remaining = _ROUND_TOKENS // tokens, remaining_seconds()
    by_time = by_work if remaining is None else int(remaining * _ROUND_SHARE / max(seconds, 1e-3))
    words = len(text.split())
    wanted = min(words, MAX_PIECES) * longest_run(words, by_work)
    return min(by_work, by_time), by_time < min(by_work, wanted)


async def _judge(
    model: LoadedModel, text: str, pieces: Sequence[Piece], deletions: Sequence[Deletion]
) -> list[_Judged]:
    texts = [without(text, pieces, deletion) for deletion in deletions]
    answers = await answer_in_turn(model, texts)
    return [
        _Judged(deletion=deletion, text=left, prediction=answer.prediction)
        for deletion, left, answer in zip(deletions, texts, answers, strict=True)
    ]


def _explained_by_default(prediction: Prediction, order: Sequence[str]) -> list[str]:
    if not prediction.abstained:
        return [name for name, _ in prediction.intents]
    return [order[prediction.probabilities.index(max(prediction.probabilities))]]


def _holds(intent: str, prediction: Prediction) -> bool:
    return not prediction.abstained and intent in {name for name, _ in prediction.intents}


def _explanation(
    model: LoadedModel, intent: str, whole: Prediction, judged: Sequence[_Judged], count: int
) -> IntentExplanation:
    column = model.artefact.intents.index(intent)
    probability = whole.probabilities[column]
    alone = {item.deletion: item.prediction.probabilities[column] for item in judged if len(item.deletion) == 1}
    return IntentExplanation(
        intent=intent,
        probability=probability,
        threshold=float(model.artefact.calibration.threshold[column]),
        holds=_holds(intent, whole),
        weights=tuple(probability - alone[(index,)] for index in range(count)),
        flip=None,
    )


def _missing_deletions(found: Sequence[IntentExplanation], known: Sequence[Deletion]) -> list[Deletion]:
    """The second round of every intent together, each deletion once."""
    wanted: dict[Deletion, None] = {}
    for one in found:
        drops = one.weights if one.holds else [-weight for weight in one.weights]
        wanted.update(dict.fromkeys(second_round(drops)))
    return [deletion for deletion in wanted if deletion not in set(known)]


def _next_step(column: int, one: IntentExplanation, judged: Sequence[_Judged], length: int) -> list[Deletion]:
    """Deletions of `length` pieces that may turn the label around, where none of fewer is known; without known ones.

    They go on from the deletion of one piece less that went furthest.
    """
    flip = _smallest_flip(column, one.intent, one.holds, judged)
    if flip is not None and len(flip.pieces) <= max(FEW, length - 1):
        return []
    direction = 1 if one.holds else -1
    left = {item.deletion: direction * _log_odds(item.prediction.probabilities[column]) for item in judged}
    weights = [-left[(index,)] for index in range(len(one.weights))]
    before = min((deletion for deletion in left if len(deletion) == length - 1), key=left.__getitem__, default=None)
    return [] if before is None else [deletion for deletion in next_round(before, weights) if deletion not in left]


def _log_odds(probability: float) -> float:
    """Tells apart what a sure label's probabilities hide: 0.9999 from 0.999999."""
    bounded = min(max(probability, _SURE), 1 - _SURE)
    return math.log(bounded / (1 - bounded))


def _smallest_flip(column: int, intent: str, holds: bool, judged: Sequence[_Judged]) -> Flip | None:  # noqa: FBT001
    """The flip that leaves out the fewest pieces; of several, the one that goes furthest."""
    flips = [item for item in judged if item.text and _holds(intent, item.prediction) is not holds]
    if not flips:
        return None
    direction = 1 if holds else -1
    best = min(flips, key=lambda item: (len(item.deletion), direction * item.prediction.probabilities[column]))
    return Flip(pieces=best.deletion, text=best.text, probability=best.prediction.probabilities[column])
