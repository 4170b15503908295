"""Answers and embeddings for those who need many texts at once and can wait; the background of custom categories."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.batching.waiting_line import Outcome
from services.classifier.categories.logistic import Doubles
from services.classifier.classification import LoadedModel
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Answer
from services.runtime.call_context import detached_context
from services.runtime.errors import ErrorReason, FailedPreconditionError

BACKGROUND_FILE: Final = Path(__file__).with_name("background.txt")
"""Ordinary support messages, one a line: what custom categories are contrasted with when the caller has nothing."""


def require_embedding(artefact: Artefact) -> None:
    """Raises FailedPreconditionError (MODEL_LACKS_OUTPUT) when the model gives no embedding."""
    if not artefact.embedding_size:
        raise FailedPreconditionError(
            f"The model {artefact.name} gives no embedding.",
            reason=ErrorReason.MODEL_LACKS_OUTPUT,
            hint="Serve a model that does, for example the one that ships with Earshot.",
        )


async def embed_in_turn(model: LoadedModel, texts: Sequence[str]) -> Doubles:
    """`[texts, embedding_size]` by `answer_in_turn`."""
    answers = await answer_in_turn(model, texts)
    rows = np.array([answer.prediction.embedding for answer in answers], dtype=np.float64)
    return rows.reshape(len(texts), model.artefact.embedding_size)


async def answer_in_turn(model: LoadedModel, texts: Sequence[str]) -> list[Answer]:
    """An answer per text, however many and none of them live: each waits for room instead of being refused.

    Raises the first failure. Leaving early withdraws what still waits.
    """
    loop = asyncio.get_running_loop()
    answers: list[asyncio.Future[Answer]] = [loop.create_future() for _ in texts]
    handles: list[range] = []
    try:
        for text, answer in zip(texts, answers, strict=True):
            handles.append(await model.classify_next(text, partial(_settle, answer), live=False))
        return await asyncio.gather(*answers)
    finally:
        for handle, answer in zip(handles, answers, strict=False):
            answer.cancel()
            model.batcher.withdraw(handle)


def _settle(answer: "asyncio.Future[Answer]", outcome: Outcome) -> None:
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


class Background:
    """The embeddings of the shipped background by the model that serves, made when first asked for and then kept."""

    def __init__(self) -> None:
        self._made: tuple[LoadedModel, asyncio.Task[Doubles]] | None = None

    async def embeddings(self, model: LoadedModel) -> Doubles:
        """`[messages, embedding_size]`. Takes about a second the first time; callers share the work."""
        if self._made is None or self._made[0] is not model or _failed(self._made[1]):
            work = asyncio.create_task(_background(model), name="embed-background", context=detached_context())
            self._made = (model, work)
        return await asyncio.shield(self._made[1])


def _failed(task: "asyncio.Task[Doubles]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _background(model: LoadedModel) -> Doubles:
    texts = await asyncio.to_thread(BACKGROUND_FILE.read_text, encoding="utf-8")
    return await embed_in_turn(model, texts.splitlines())
