"""One classification stream: reads ahead while there is room, hands out answers in the order they are ready."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from services.classifier.batching.batcher import Batcher
from services.classifier.batching.waiting_line import Outcome
from services.classifier.classification import LoadedModel
from services.classifier.embedding import answer_in_turn
from services.classifier.labelling.labeller import Labeller, Shown, Texts
from services.classifier.labelling.low_confidence import Labelled
from services.classifier.language_model.asking import Asking
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Answer
from services.runtime.errors import EarshotError, UnavailableError

_logger = structlog.get_logger("earshot.classifier")

_MAX_OPEN_TEXTS: Final = 256
"""Texts of one stream that are read and not yet written back; a client that does not read is not read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamText:
    """One text of a stream and how its caller wants the answer."""

    correlation_id: str
    wanted: Texts
    """Exactly one text."""
    shown: Shown

    @property
    def text(self) -> str:
        """The text."""
        return self.wanted.texts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadItem:
    """A request of a stream that cannot be labelled."""

    correlation_id: str
    error: EarshotError


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAnswer:
    """The outcome of one text of a stream."""

    item: StreamText
    outcome: Labelled | Exception
    artefact: Artefact
    """Of the model that labelled it."""


async def classify_stream(
    current_model: Callable[[], LoadedModel], labeller: Labeller, items: AsyncIterator[StreamText | BadItem]
) -> AsyncGenerator[StreamAnswer | BadItem]:
    """Answers for `items`, each once, by the model that serves when it comes.

    Raises what reading raises, and UnavailableError when the model is gone.
    """
    session = _Session(current_model, labeller)
    reader = asyncio.create_task(session.read(items))
    try:
        while (ready := await session.ready.get()) is not None:
            session.check(ready)
            yield ready
            session.places.release()
        await reader
    finally:
        reader.cancel()
        session.leave()
        with suppress(asyncio.CancelledError, Exception):
            await reader


class _Session:
    def __init__(self, current_model: Callable[[], LoadedModel], labeller: Labeller) -> None:
        self.ready: asyncio.Queue[StreamAnswer | BadItem | None] = asyncio.Queue()
        self.places = asyncio.Semaphore(_MAX_OPEN_TEXTS)
        self._current_model = current_model
        self._labeller = labeller
        self._asking = Asking()
        # Answers are delivered outside the call, whose deadline and trace hold for what they lead to all the same.
        self._context = copy_context()
        self._completing: set[asyncio.Task[None]] = set()
        self._handles: dict[int, tuple[Batcher, range]] = {}
        self._open = 0
        self._all_read = False

    async def read(self, items: AsyncIterator[StreamText | BadItem]) -> None:
        """Queues every item; afterwards, also after a failure, `ready` ends with None."""
        try:
            number = 0
            async for item in items:
                await self.places.acquire()
                number += 1
                if isinstance(item, BadItem):
                    self.ready.put_nowait(item)
                else:
                    await self._queue(number, item)
        except BaseException:
            self.ready.put_nowait(None)
            raise
        self._all_read = True
        self._end_if_done()

    def check(self, ready: StreamAnswer | BadItem) -> None:
        """Raises UnavailableError when the model is gone: that ends the stream, it is no fault of one item."""
        if isinstance(ready, StreamAnswer) and isinstance(ready.outcome, UnavailableError):
            raise ready.outcome

    def leave(self) -> None:
        """Ends what nobody waits for any more."""
        for batcher, handle in self._handles.values():
            batcher.withdraw(handle)
        for task in self._completing:
            task.cancel()

    async def _queue(self, number: int, item: StreamText) -> None:
        model = self._current_model()

        def deliver(outcome: Outcome) -> None:
            self._handles.pop(number, None)
            self._take(item, model, outcome)

        self._open += 1
        handle = await model.classify_next(item.text, deliver)
        if handle:
            self._handles[number] = model.batcher, handle

    def _take(self, item: StreamText, model: LoadedModel, outcome: Outcome) -> None:
        """Answers with the model's own labels, or sees to what else they take without holding up other items."""
        if isinstance(outcome, Exception):
            self._answer(item, model, outcome)
        elif (labelled := self._labeller.at_once(model.artefact, item.wanted, [outcome])) is not None:
            self._answer(item, model, labelled[0])
        else:
            task = asyncio.create_task(self._complete(item, model, outcome), context=self._context)
            self._completing.add(task)
            task.add_done_callback(self._completing.discard)

    async def _complete(self, item: StreamText, model: LoadedModel, own: Answer) -> None:
        run = partial(answer_in_turn, model)
        try:
            [labelled] = await self._labeller.completed(
                model.artefact, item.wanted, [own], run=run, asking=self._asking
            )
        except EarshotError as error:
            self._answer(item, model, error)
        except Exception as error:
            _logger.exception("a text of a stream failed")
            self._answer(item, model, error)
        else:
            self._answer(item, model, labelled)

    def _answer(self, item: StreamText, model: LoadedModel, outcome: Labelled | Exception) -> None:
        self._open -= 1
        self.ready.put_nowait(StreamAnswer(item=item, outcome=outcome, artefact=model.artefact))
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._all_read and not self._open:
            self.ready.put_nowait(None)
