"""Worker threads: each takes a batch from the waiting line, runs the model, and reports to the event loop."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from services.classifier.batching.waiting_line import Entry, Outcome, WaitingLine
from services.classifier.scoring.engine import TokenizedText
from services.classifier.scoring.prediction import Answer, Prediction, Timing
from services.runtime.errors import DeadlineExceededError, ErrorReason, InternalError

_logger = structlog.get_logger("earshot.classifier")

_NICENESS: Final = 10
"""Two threads of the model leave a third one, of the event loop, half a core: 32 callers then got a sixth less."""

Predict: TypeAlias = Callable[[Sequence[TokenizedText]], tuple[list[Prediction], float]]
"""One model run: a prediction per text, in order, and the seconds of the forward pass. Called from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A batch that was run: each entry with its outcome. Entries that expired before the run follow separately."""

    outcomes: list[tuple[Entry, Outcome]]
    expired: list[tuple[Entry, Outcome]]


class WorkerPool:
    """Runs until the line is closed. Both callbacks are called from worker threads."""

    def __init__(
        self,
        line: WaitingLine,
        predict: Predict,
        *,
        count: int,
        on_finished: Callable[[Finished], None],
        on_death: Callable[[BaseException, Sequence[Entry]], None],
    ) -> None:
        """`on_death` gets the error that ended a worker and the entries it had in hand."""
        self._line = line
        self._predict = predict
        self._on_finished = on_finished
        self._on_death = on_death
        self._threads = [threading.Thread(target=self._run, name=f"model-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Waits for the threads, each of which finishes the batch it has."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        in_hand: list[Entry] = []
        _step_back()
        try:
            while (taken := self._line.take()) is not None:
                in_hand = taken.batch
                expired: list[tuple[Entry, Outcome]] = [(entry, DeadlineExceededError()) for entry in taken.expired]
                self._on_finished(Finished(outcomes=self._outcomes(taken.batch), expired=expired))
                in_hand = []
        except BaseException as error:  # noqa: BLE001 - whatever ends a worker must reach those who wait for it
            self._on_death(error, in_hand)

    def _outcomes(self, batch: list[Entry]) -> list[tuple[Entry, Outcome]]:
        if not batch:
            return []
        try:
            return self._answers(batch)
        except Exception as error:
            _logger.warning("batch failed, trying its texts one by one", texts=len(batch), exc_info=error)
            return [self._alone(entry) for entry in batch]

    def _alone(self, entry: Entry) -> tuple[Entry, Outcome]:
        try:
            return self._answers([entry])[0]
        except Exception as error:  # noqa: BLE001
            failure = InternalError("the model failed on a text", reason=ErrorReason.MODEL_FAILED)
            failure.__cause__ = error
            return entry, failure

    def _answers(self, batch: list[Entry]) -> list[tuple[Entry, Outcome]]:
        start = time.monotonic()
        predictions, seconds = self._predict([entry.text for entry in batch])
        return [
            (entry, Answer(prediction=prediction, timing=_timing(entry, start, seconds, len(batch))))
            for entry, prediction in zip(batch, predictions, strict=True)
        ]


def _timing(entry: Entry, start: float, inference_seconds: float, batch_texts: int) -> Timing:
    return Timing(
        queue_seconds=start - entry.since,
        tokenize_seconds=entry.text.tokenize_seconds,
        inference_seconds=inference_seconds,
        batch_texts=batch_texts,
    )


def _step_back() -> None:
    """Lets the event loop, which feeds the workers and answers callers, come before this thread on a busy core."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        with suppress(OSError):  # a sandbox may not know the call
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
