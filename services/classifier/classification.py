"""Use cases of the classifier over one loaded model: label a request's texts together, or a stream's one by one."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.classifier.batching.answer_cache import VersionCache
from services.classifier.batching.batcher import Batcher
from services.classifier.batching.waiting_line import Outcome
from services.classifier.metrics import ClassifierMetrics
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.drift import DriftMonitor
from services.classifier.scoring.engine import Engine, TokenizedText
from services.classifier.scoring.prediction import Answer, Timing
from services.runtime.call_context import remaining_seconds

# More characters than this are tokenised in a thread, so that the event loop stays free for others.
_INLINE_CHARACTERS: Final = 2_000
_FROM_CACHE: Final = Timing(queue_seconds=0, tokenize_seconds=0, inference_seconds=0, batch_texts=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model that serves, with everything a call needs."""

    engine: Engine
    batcher: Batcher
    cache: VersionCache
    metrics: ClassifierMetrics
    drift: DriftMonitor

    @property
    def artefact(self) -> Artefact:
        """What is known of the model."""
        return self.engine.artefact

    async def classify(self, texts: Sequence[str], *, live: bool = True) -> list[Answer]:
        """An answer per text, in order, or the first failure for all. Leaving early withdraws what still waits.

        Texts that are no messages, but made on the way to an answer, are not `live`: drift and shadow leave them out.
        """
        answers = [self._cached(text) for text in texts]
        missing = [index for index, answer in enumerate(answers) if answer is None]
        if missing:
            fresh = await self._run([texts[index] for index in missing], live=live)
            for index, answer in zip(missing, fresh, strict=True):
                answers[index] = answer
        return [answer for answer in answers if answer is not None]

    async def classify_next(self, text: str, deliver: Callable[[Outcome], None], *, live: bool = True) -> range:
        """Waits for room in the queue, then queues a stream's text; `deliver` is called once, perhaps at once.

        Returns the handle for `Batcher.withdraw`. Raises UnavailableError.
        """
        if (cached := self._cached(text)) is not None:
            deliver(cached)
            return range(0)
        await self.batcher.admit_when_room()
        tokenized = await self._tokenized([text])
        return self.batcher.submit(tokenized, lambda _, outcome: deliver(outcome), deadline=_deadline(), live=live)

    async def _run(self, texts: Sequence[str], *, live: bool) -> list[Answer]:
        self.batcher.admit(len(texts))
        gathering = _Gathering(len(texts))
        tokenized = await self._tokenized(texts)
        handle = self.batcher.submit(tokenized, gathering.deliver, deadline=_deadline(), live=live)
        try:
            return await gathering.complete
        finally:
            if not gathering.is_complete:
                self.batcher.withdraw(handle)

    def _cached(self, text: str) -> Answer | None:
        prediction = self.cache.get(text)
        if prediction is None:
            return None
        self.metrics.cached_texts.inc()
        return Answer(prediction=prediction, timing=_FROM_CACHE)

    async def _tokenized(self, texts: Sequence[str]) -> list[TokenizedText]:
        """The tokens of admitted texts; gives their permits back when it fails."""
        try:
            if sum(map(len, texts)) <= _INLINE_CHARACTERS:
                return self.engine.tokenize(texts)
            return await asyncio.to_thread(self.engine.tokenize, texts)
        except BaseException:
            self.batcher.release(len(texts))
            raise


class _Gathering:
    """The outcomes of one request: complete with all of them, or with the first failure."""

    def __init__(self, count: int) -> None:
        self.complete: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._answers: list[Answer | None] = [None] * count
        self._missing = count

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it waits or runs any more."""
        return self._missing == 0

    def deliver(self, index: int, outcome: Outcome) -> None:
        self._missing -= 1
        if self.complete.done():
            return
        if isinstance(outcome, Exception):
            self.complete.set_exception(outcome)
            return
        self._answers[index] = outcome
        if not self._missing:
            self.complete.set_result([answer for answer in self._answers if answer is not None])


def _deadline() -> float | None:
    seconds = remaining_seconds()
    return None if seconds is None else time.monotonic() + seconds
