"""A reply that runs in this process: its events in memory, and whoever follows them.

The caller who asked reads from here, so that no delta waits for Redis; the log writer reads from here as well. All of
it lives on one event loop: between looking for events and waiting for the next there is no await, so none is missed.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from earshot.chat.v1 import chat_pb2, memory_pb2
from services.chat.recording.flight import Flight
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import ReplyStart
from services.chat.stream_law import EventKind, Position
from services.chat.upstream.answer import TokenUsage
from services.runtime.errors import EarshotError

Canceller = Literal["user", "disconnect", "interrupt", "shutdown"]


def canceller(name: str) -> Canceller:
    """Who asked another process to stop a reply: the user, or a message that interrupts it."""
    return "interrupt" if name == "interrupt" else "user"


@dataclass(slots=True, kw_only=True)
class RunningReply:
    """One reply on its way. `closing` is set when it only has to be archived and ended."""

    owner: Owner
    start: ReplyStart
    cancel_on_disconnect: bool = False
    serialized: list[bytes] = field(default_factory=list)
    """Its events; as messages they would take nine times the memory."""
    characters: int = 0
    begun_at: float = field(default_factory=time.monotonic)
    first_text_seconds: float | None = None
    """Time from the question to the first words."""
    fenced: bool = False
    context: memory_pb2.ContextReport | None = None
    """What the model was sent, where one was asked."""
    flight: Flight = field(default_factory=Flight)
    """What it takes to run it again."""
    refusal: EarshotError | None = None
    """Why it never began."""
    cancelled_by: Canceller | None = None
    task: asyncio.Task[None] | None = None
    working: bool = False
    """Whether the task has taken its first step; one that is cancelled before would never end what it began."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the very end: the last event is in the list, or `refusal` says that none will come."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _position: Position = field(default_factory=Position)
    _meters: list[Callable[[], TokenUsage]] = field(default_factory=list)

    @property
    def reply_id(self) -> str:
        """Its id, also that of the turn."""
        return self.start.reply_id

    @property
    def has_begun(self) -> bool:
        """Whether `started` is out."""
        return bool(self.serialized)

    @property
    def was_cancelled(self) -> bool:
        """Whether it ended by being stopped, after `started` or before it."""
        return not self.serialized or chat_pb2.ChatEvent.FromString(self.serialized[-1]).HasField("cancelled")

    @property
    def events(self) -> Iterator[chat_pb2.ChatEvent]:
        """Everything that was handed on."""
        return map(chat_pb2.ChatEvent.FromString, self.serialized)

    @property
    def usage(self) -> TokenUsage:
        """Tokens spent so far."""
        return sum((meter() for meter in self._meters), TokenUsage())

    def meter(self, read: Callable[[], TokenUsage]) -> None:
        """Counts an upstream call towards `usage`, for as long as it runs."""
        self._meters.append(read)

    def next_event(self) -> chat_pb2.ChatEvent:
        """An empty event with the number that comes next."""
        return chat_pb2.ChatEvent(seq=len(self.serialized), reply_id=self.start.reply_id)

    def add(self, event: chat_pb2.ChatEvent) -> None:
        """Hands an event to everybody. StreamLawViolation when it may not come here."""
        kind = EventKind(event.WhichOneof("event") or "")
        self._position = self._position.after(kind, event.seq)
        self.serialized.append(event.SerializeToString())
        self._changed.set()

    def add_text(self, text: str) -> None:
        """Hands on a piece of the answer; none for an empty one."""
        if text:
            self.characters += len(text)
            if self.first_text_seconds is None:
                self.first_text_seconds = time.monotonic() - self.begun_at
            event = self.next_event()
            event.delta.text = text
            self.add(event)

    def add_notice(self, kind: str, message: str) -> None:
        """Hands on something the reader should know."""
        event = self.next_event()
        event.notice.kind, event.notice.message = kind, message
        self.add(event)

    def add_usage(self) -> None:
        """Hands on what was spent, just before the end."""
        event, spent = self.next_event(), self.usage
        event.usage.prompt_tokens, event.usage.completion_tokens = spent.prompt_tokens, spent.completion_tokens
        event.usage.estimated, event.usage.cached_prompt_tokens = spent.estimated, spent.cached_prompt_tokens
        event.usage.SetInParent()
        self.add(event)

    def close(self) -> None:
        """From here on it is only archived and ended; it cannot be cancelled any more."""
        self.closing.set()
        self._changed.set()

    def finish(self) -> None:
        """Nothing comes any more."""
        self.ended.set()
        self._changed.set()

    def cancel(self, by: Canceller) -> bool:
        """Stops the reply; True when this call did. Whoever waits for the upstream is woken at once."""
        if self.task is None or self.closing.is_set() or self.cancelled_by is not None:
            return False
        self.cancelled_by = by
        if self.working:
            self.task.cancel()
        return True

    def work(self) -> None:
        """The task takes its first step. Who cancelled the reply before is heard as soon as it waits."""
        self.working = True
        if self.task is not None and self.cancelled_by is not None:
            self.task.cancel()

    def fence(self) -> None:
        """Another process took this one for dead and ended the reply; it stops without touching anything."""
        self.fenced = True
        if self.task is not None and not self.closing.is_set():
            self.task.cancel()

    async def changed(self, position: int, timeout_seconds: float) -> bool:
        """Waits until there are more than `position` events or the reply closes; False when neither came in time."""
        if len(self.serialized) > position or self.closing.is_set():
            return True
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def pause(self, seconds: float) -> None:
        """Waits that long, or until the reply closes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closing.wait()

    async def begun(self) -> None:
        """Returns when `started` is out; raises what kept it from beginning."""
        while not self.serialized and not self.ended.is_set():
            self._changed.clear()
            await self._changed.wait()
        if not self.serialized and self.refusal is not None:
            raise self.refusal

    async def follow(self, after_seq: int = -1) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        """The events after `after_seq`, as they come, until the last one."""
        position = after_seq + 1
        while True:
            while position < len(self.serialized):
                yield chat_pb2.ChatEvent.FromString(self.serialized[position])
                position += 1
            if self.ended.is_set():
                return
            self._changed.clear()
            await self._changed.wait()

    @contextmanager
    def caller(self) -> Iterator[None]:
        """The block in which the caller who asked listens; leaving it early may stop the reply."""
        try:
            yield
        finally:
            if self.cancel_on_disconnect and not self.ended.is_set():
                self.cancel("disconnect")
