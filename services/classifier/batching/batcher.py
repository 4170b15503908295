"""Batching without timers: permit → waiting line → one batch per worker, made of what queued while all were busy.

The event loop admits texts and hands out answers; worker threads take batches by `batch_policy` and run the model. A
batch that fails is run again text by text, so a bad text harms no other. A worker that dies takes the batcher down with
it: everybody waiting is told, and `check` fails from then on.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeAlias

import structlog

from services.classifier.batching.answer_cache import VersionCache
from services.classifier.batching.batch_policy import BatchLimits, QueuedText, rank_of
from services.classifier.batching.permits import Permits
from services.classifier.batching.waiting_line import Entry, Outcome, WaitingLine
from services.classifier.batching.workers import Finished, Predict, WorkerPool
from services.classifier.metrics import ClassifierMetrics
from services.classifier.scoring.engine import TokenizedText
from services.classifier.scoring.prediction import Answer, Prediction
from services.runtime.errors import ErrorReason, UnavailableError

_logger = structlog.get_logger("earshot.classifier")

Observer: TypeAlias = Callable[[str, Prediction], None]

_SMOOTHING: Final = 0.1
_FIRST_GUESS_SECONDS_PER_TEXT: Final = 0.005


class Batcher:
    """Shares model runs among all callers. Every method is for the event loop it was made in."""

    def __init__(
        self,
        predict: Predict,
        *,
        limits: BatchLimits,
        worker_count: int,
        capacity: int,
        cache: VersionCache,
        metrics: ClassifierMetrics,
    ) -> None:
        """`capacity` is the number of texts admitted at a time, `worker_count` the number of model runs at a time."""
        self._loop = asyncio.get_running_loop()
        self._line = WaitingLine(limits)
        self._permits = Permits(capacity, on_change=metrics.admitted_texts.set)
        self._cache = cache
        self._metrics = metrics
        self._sequence = 0
        self._seconds_per_text = _FIRST_GUESS_SECONDS_PER_TEXT
        self._failure: UnavailableError | None = None
        self._wake_is_due = False
        self._observers: list[Observer] = []
        self._full_line = limits.max_texts * worker_count
        self._worker_count = worker_count
        self._workers = WorkerPool(
            self._line,
            predict,
            count=worker_count,
            on_finished=lambda finished: self._in_loop(self._finish, finished),
            on_death=lambda error, in_hand: self._in_loop(self._die, error, in_hand),
        )

    @property
    def admitted(self) -> int:
        """Texts waiting or running."""
        return self._permits.taken

    def observe(self, observer: "Observer") -> None:
        """Tells `observer` each live text that the model has labelled, after its caller."""
        self._observers.append(observer)

    def forget(self, observer: "Observer") -> None:
        """Tells `observer` nothing more."""
        self._observers.remove(observer)

    def start(self) -> None:
        """Starts the workers."""
        self._workers.start()

    async def close(self) -> None:
        """Fails whoever still waits and ends the workers after the batches they have."""
        self._stop(UnavailableError("The server is shutting down.", reason=ErrorReason.SHUTTING_DOWN), in_hand=())
        await asyncio.to_thread(self._workers.join)

    def check(self) -> None:
        """Raises UnavailableError when there are no workers any more."""
        if self._failure is not None:
            # The same error many times over: without this it would collect the traceback of each.
            raise self._failure.with_traceback(None)

    def admit(self, count: int) -> None:
        """Takes `count` permits. Raises LimitExceededError (QUEUE_FULL) or UnavailableError."""
        self.check()
        self._permits.admit(count, seconds_per_text=self._seconds_per_text / self._worker_count)

    async def admit_when_room(self) -> None:
        """Takes one permit for a stream's text as soon as there is room. Raises UnavailableError."""
        self.check()
        await self._permits.admit_when_room()
        self._check_or_release(1)

    def release(self, count: int) -> None:
        """Gives back permits that no `submit` followed."""
        self._permits.release(count)

    def submit(
        self,
        texts: Sequence[TokenizedText],
        deliver: Callable[[int, Outcome], None],
        *,
        deadline: float | None = None,
        live: bool = True,
    ) -> range:
        """Queues admitted texts as one request; `deliver` gets each one's index and outcome, in any order.

        `deadline` is a monotonic time; observers hear of `live` texts only. Returns the handle for `withdraw`. Raises
        UnavailableError, permits given back.
        """
        self._check_or_release(len(texts))
        first, now = self._sequence, time.monotonic()
        self._sequence += len(texts)
        self._line.put(
            Entry(
                queued=QueuedText(
                    sequence=first + index,
                    rank=rank_of(admitted=first, index=index),
                    tokens=len(text.token_ids),
                    deadline=deadline,
                ),
                text=text,
                since=now,
                deliver=lambda outcome, index=index: deliver(index, outcome),  # type: ignore[misc]  # binds the index
                live=live,
            )
            for index, text in enumerate(texts)
        )
        if not self._wake_is_due:
            self._wake_is_due = True
            self._loop.call_soon(self._wake_when_quiet, self._sequence)
        return range(first, self._sequence)

    def withdraw(self, handle: Collection[int]) -> None:
        """The caller has left: what still waits leaves the line; what runs is delivered and may be ignored."""
        withdrawn = self._line.withdraw(handle)
        self._permits.release(withdrawn)
        self._metrics.dropped_texts.labels("cancelled").inc(withdrawn)

    def _check_or_release(self, count: int) -> None:
        if self._failure is not None:
            self._permits.release(count)
            self.check()

    def _wake_when_quiet(self, sequence: int) -> None:
        """Wakes idle workers as soon as one turn of the loop brought no new text, so that a burst shares its runs.

        Each turn that puts it off adds a text; busy workers do not wait for it.
        """
        if self._sequence != sequence and len(self._line) < self._full_line:
            self._loop.call_soon(self._wake_when_quiet, self._sequence)
            return
        self._wake_is_due = False
        self._line.wake()

    def _in_loop(self, callback: Callable[..., None], *args: object) -> None:
        self._loop.call_soon_threadsafe(callback, *args)

    def _finish(self, finished: Finished) -> None:
        self._permits.release(len(finished.outcomes) + len(finished.expired))
        for entry, outcome in (*finished.outcomes, *finished.expired):
            if isinstance(outcome, Answer):
                self._cache.put(entry.text.text, outcome.prediction)
            entry.deliver(outcome)
        # After those who have waited for it.
        self._loop.call_soon(self._note, finished)

    def _note(self, finished: Finished) -> None:
        self._metrics.dropped_texts.labels("expired").inc(len(finished.expired))
        self._observe(finished.outcomes)
        for entry, outcome in finished.outcomes:
            if entry.live and isinstance(outcome, Answer):
                for observer in self._observers:
                    observer(entry.text.text, outcome.prediction)

    def _observe(self, outcomes: Sequence[tuple[Entry, Outcome]]) -> None:
        answers = [outcome for _, outcome in outcomes if isinstance(outcome, Answer)]
        if not answers:
            return
        seconds = answers[0].timing.inference_seconds
        self._seconds_per_text += _SMOOTHING * (seconds / len(answers) - self._seconds_per_text)
        lengths = [entry.queued.tokens for entry, _ in outcomes]
        self._metrics.batch_texts.observe(len(lengths))
        self._metrics.tokens.inc(sum(lengths))
        self._metrics.padding_tokens.inc(max(lengths) * len(lengths) - sum(lengths))
        self._metrics.abstained_texts.inc(sum(answer.prediction.abstained for answer in answers))
        self._metrics.inference_seconds.observe(seconds)
        self._metrics.queue_seconds.observe(max(answer.timing.queue_seconds for answer in answers))

    def _die(self, error: BaseException, in_hand: Sequence[Entry]) -> None:
        _logger.critical("a model worker died, this process must be restarted", exc_info=error)
        failure = UnavailableError(
            "The classifier's worker died; its process must be restarted.", reason=ErrorReason.MODEL_NOT_READY
        )
        failure.__cause__ = error
        self._stop(failure, in_hand=in_hand)

    def _stop(self, failure: UnavailableError, *, in_hand: Sequence[Entry]) -> None:
        self._failure = self._failure or failure
        waiting = [*in_hand, *self._line.close()]
        self._permits.release(len(waiting))
        self._permits.wake()
        for entry in waiting:
            entry.deliver(failure)
