"""One classification stream: reads ahead while there is room, hands out answers in the order they are ready."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.classifier.batcher import Batcher
from services.classifier.classification import LoadedModel
from services.classifier.waiting_line import Outcome
from services.runtime.errors import EarshotError, UnavailableError

_MAX_OPEN_TEXTS: Final = 256
"""Texts of one stream that are read and not yet written back; a client that does not read is not read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamText:
    """One text of a stream and how its caller wants the answer."""

    correlation_id: str
    text: str
    scheme: str
    include_embedding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BadItem:
    """A request of a stream that cannot be labelled."""

    correlation_id: str
    error: EarshotError


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAnswer:
    """The outcome of one text of a stream."""

    item: StreamText
    outcome: Outcome


async def classify_stream(
    current_model: Callable[[], LoadedModel], items: AsyncIterator[StreamText | BadItem]
) -> AsyncGenerator[StreamAnswer | BadItem]:
    """Answers for `items`, each once, by the model that serves when it comes.

    Raises what reading raises, and UnavailableError when the model is gone.
    """
    session = _Session(current_model)
    reader = asyncio.create_task(session.read(items))
    try:
        while (ready := await session.ready.get()) is not None:
            session.check(ready)
            yield ready
            session.places.release()
        await reader
    finally:
        reader.cancel()
        session.withdraw()
        with suppress(asyncio.CancelledError, Exception):
            await reader


class _Session:
    def __init__(self, current_model: Callable[[], LoadedModel]) -> None:
        self.ready: asyncio.Queue[StreamAnswer | BadItem | None] = asyncio.Queue()
        self.places = asyncio.Semaphore(_MAX_OPEN_TEXTS)
        self._current_model = current_model
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

    def withdraw(self) -> None:
        """Takes out of the queue what nobody waits for any more."""
        for batcher, handle in self._handles.values():
            batcher.withdraw(handle)

    async def _queue(self, number: int, item: StreamText) -> None:
        def deliver(outcome: Outcome) -> None:
            self._open -= 1
            self._handles.pop(number, None)
            self.ready.put_nowait(StreamAnswer(item=item, outcome=outcome))
            self._end_if_done()

        self._open += 1
        model = self._current_model()
        handle = await model.classify_next(item.text, deliver)
        if handle:
            self._handles[number] = model.batcher, handle

    def _end_if_done(self) -> None:
        if self._all_read and not self._open:
            self.ready.put_nowait(None)
