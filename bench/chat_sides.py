"""The ways on which `bench.chat` reads one answer: by the openai SDK alone, through the chat by gRPC, and through the
gateway as server-sent events. Each says when the first and the last piece of text came.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import openai

from bench.chat_upstream import deltas
from earshot.chat.v1 import chat_pb2
from earshot.chat.v1.chat_pb2_grpc import ChatServiceStub
from services.runtime.channel import CallingChannel

if TYPE_CHECKING:  # the generated async stubs exist for the type checker only
    from earshot.chat.v1.chat_pb2_grpc import ChatServiceAsyncStub


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An answer that was read: seconds from the question to its first and to its last piece."""

    first_seconds: float
    seconds: float


class Reading:
    """Collects the pieces of an answer and looks at the clock."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._first = 0.0
        self._last = 0.0
        self._pieces: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether a piece has come."""
        return bool(self._pieces)

    def take(self, piece: str) -> None:
        """The next piece of text."""
        self._last = time.perf_counter() - self._began
        self._first = self._first or self._last
        self._pieces.append(piece)

    def done(self, model: str, *, checked: bool = True) -> Read:
        """What was measured. RuntimeError when the text is not the model's; an analyst's is checked by nobody."""
        if checked and "".join(self._pieces) != "".join(deltas(model)):
            raise RuntimeError("the answer is not what the upstream sent")
        return Read(first_seconds=self._first, seconds=self._last)


Side = Callable[[str], Awaitable[Read]]
"""Reads one answer of a model."""


def sdk_side(client: openai.AsyncOpenAI) -> Side:
    """The openai SDK as its documentation shows it."""

    async def read(model: str) -> Read:
        reading = Reading()
        answer = await client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "go"}], stream=True
        )
        async with answer as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    reading.take(chunk.choices[0].delta.content)
        return reading.done(model)

    return read


class GrpcSide:
    """The chat, called directly."""

    def __init__(self, channel: CallingChannel) -> None:
        self._stub: ChatServiceAsyncStub = ChatServiceStub(channel)

    async def session(self, mode: "chat_pb2.Mode.ValueType") -> str:
        """The id of a new session."""
        made = await self._stub.CreateSession(chat_pb2.CreateSessionRequest(mode=mode))
        return made.session.id

    async def read(
        self,
        model: str,
        *,
        mode: "chat_pb2.Mode.ValueType" = chat_pb2.MODE_ASSISTANT,
        session_id: str = "",
        tell: Callable[[], None] | None = None,
    ) -> Read:
        """An answer; `tell` is called at its first and at its last piece."""
        reading = Reading()
        request = chat_pb2.SendMessageRequest(
            text="How many messages were there in the last 30 days?", model=model, mode=mode, session_id=session_id
        )
        began = False
        async for event in self._stub.SendMessage(request):
            kind = event.WhichOneof("event")
            if kind == "delta":
                if tell and not began:
                    tell()
                began = True
                reading.take(event.delta.text)
            elif kind == "usage" and tell:
                tell()
            elif kind in {"failed", "cancelled"}:
                raise RuntimeError(f"the reply did not complete: {event.failed.reason}")
        return reading.done(model, checked=mode == chat_pb2.MODE_ASSISTANT)


async def read_sse(
    client: httpx.AsyncClient, model: str, session_id: str = "", *, first: Callable[[], None] | None = None
) -> Read:
    """The same through the gateway; `first` is called at the first piece."""
    reading = Reading()
    body = {"text": "go", "mode": "assistant", "model": model, **({"session_id": session_id} if session_id else {})}
    async with client.stream("POST", "/api/v1/chat/stream", json=body) as answer:
        answer.raise_for_status()
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event == "delta":
                if first and not reading.begun:
                    first()
                reading.take(json.loads(line[6:])["text"])
            elif line.startswith("data: ") and event in {"failed", "cancelled"}:
                raise RuntimeError(f"the reply did not complete: {line[6:]}")
    return reading.done(model)
