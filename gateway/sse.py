"""Server-sent events: replies of the chat, progress of imports, and what happens live."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from earshot_client.earshot.chat.v1 import ChatEvent
from gateway.clients.streams import closing
from gateway.connections import CLIENT_SOCKET
from gateway.shapes.chat import TERMINAL_EVENTS, event_json
from gateway.shapes.fields import Json
from services.runtime.errors import EarshotError, UnavailableError
from services.runtime.status import grpc_code, public_message

SEND_TIMEOUT_SECONDS: Final = 5
UNACKNOWLEDGED_SECONDS: Final = 9
"""How long a client's machine may leave an event or ping unacknowledged. Without it the kernel would go on sending for
a quarter of an hour to one that vanished without a word; with a ping every 15 s it is noticed within 25.
"""
LINES: Final = "application/x-ndjson"
RETRY_SECONDS: Final = 1.0
"""Pause before a watched service that is away is asked again."""


class Placed(Protocol):
    """A request or response of a watching RPC: it names a place that watching goes on from."""

    cursor: str


LastWord: TypeAlias = Callable[[], ServerSentEvent]
"""What a stream says where the server stops before it has come to its end."""

RequestT = TypeVar("RequestT", bound=Placed)
ResponseT = TypeVar("ResponseT", bound=Placed)


def event(name: str, data: Json, *, seq: int | None = None, event_id: str = "") -> ServerSentEvent:
    """One event; `id` is the seq, or `event_id` where places have names, so that `Last-Event-ID` resumes after it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return ServerSentEvent(data=text, event=name, id=event_id or (None if seq is None else str(seq)))


class EventStream(EventSourceResponse):
    """A stream that ends when its reader's machine has vanished, and not only when it says goodbye; where the server
    stops, it ends in order.
    """

    def __init__(
        self,
        events: AsyncIterator[ServerSentEvent],
        *,
        last_word: LastWord | None,
        **options: Any,  # noqa: ANN401 - sse-starlette's own
    ) -> None:
        super().__init__(events, send_timeout=SEND_TIMEOUT_SECONDS, **options)
        self._last_word = last_word

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        with _acknowledging(scope.get("state", {}).get(CLIENT_SOCKET)):
            await super().__call__(scope, receive, send)
            # Neither its events nor its reader have ended it.
            if self.active and scope["method"] != "HEAD":
                await self._leave(send)

    async def _leave(self, send: Send) -> None:
        body = b"" if self._last_word is None else self._last_word().encode()
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await send({"type": "http.response.body", "body": body, "more_body": False})


class Line(ServerSentEvent):
    """The same event as a line of JSON: its name, then its data."""

    @classmethod
    def of(cls, item: ServerSentEvent) -> "Line":
        """The line of an event."""
        return cls(item.data, event=item.event)

    def encode(self) -> bytes:
        """The bytes on the wire."""
        fields = str(self.data)[1:]
        return f'{{"event":{json.dumps(self.event)}{"" if fields == "}" else ","}{fields}\n'.encode()


@contextmanager
def _acknowledging(client: socket.socket | None) -> Iterator[None]:
    """For the length of the block what was sent must be acknowledged in time (RFC 5482; Linux has the option).

    Not beyond it: whoever downloads a file over the connection may pause.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if client is None or option is None:
        yield
        return
    _set_option(client, option, UNACKNOWLEDGED_SECONDS * 1000)
    try:
        yield
    finally:
        _set_option(client, option, 0)


def _set_option(client: socket.socket, option: int, milliseconds: int) -> None:
    """Of one that may be closed by now, which asyncio and uvloop say in ways of their own."""
    with suppress(OSError, ValueError):
        client.setsockopt(socket.IPPROTO_TCP, option, milliseconds)


def event_stream(
    events: AsyncIterator[ServerSentEvent],
    *,
    ping_seconds: int,
    grace_seconds: float = 0,
    last_word: LastWord | None = None,
) -> EventSourceResponse:
    """The answer that carries them; pings keep proxies from closing a silent one.

    Where the server stops they may go on for `grace_seconds`; what has not come to its end by then says its last word.
    """
    return EventStream(events, last_word=last_word, ping=ping_seconds, shutdown_grace_period=grace_seconds)


def line_stream(
    events: AsyncIterator[ServerSentEvent], *, ping_seconds: int, grace_seconds: float, last_word: LastWord
) -> EventSourceResponse:
    """The same as lines of JSON; a ping is an event."""
    return EventStream(
        _lines(events),
        last_word=lambda: Line.of(last_word()),
        media_type=LINES,
        # Said by itself, or the lines would wait until there are enough of them to compress.
        headers={"Content-Encoding": "identity"},
        ping=ping_seconds,
        ping_message_factory=lambda: Line("{}", event="ping"),
        shutdown_grace_period=grace_seconds,
    )


async def _lines(events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    async with closing(events) as coming:
        async for item in coming:
            yield Line.of(item)


async def watched_events(
    watch: Callable[[RequestT], AsyncIterator[ResponseT]],
    request: RequestT,
    responses: AsyncIterator[ResponseT],
    shown: Callable[[ResponseT], Iterable[ServerSentEvent]],
    still_allowed: Callable[[], object],
) -> AsyncIterator[ServerSentEvent]:
    """Events from `responses` on, as long as the caller's token is good: what comes later is shown to who begins anew
    with another one. While the service is away it waits, and goes on where it was. `still_allowed` raises EarshotError.
    """
    while True:
        try:
            async with closing(responses) as arriving:
                async for response in arriving:
                    still_allowed()
                    for item in shown(response):
                        yield item
                    request.cursor = response.cursor
        except UnavailableError:
            await asyncio.sleep(RETRY_SECONDS)
        except EarshotError as error:
            yield event("failed", failure_json(error))
            return
        responses = watch(request)


async def reply_events(first: ChatEvent, rest: AsyncIterator[ChatEvent]) -> AsyncIterator[ServerSentEvent]:
    """A reply's events up to its terminal one; a stream that breaks before it ends with `failed`, never in silence."""
    seq = first.seq
    async with closing(rest) as events:
        name, data = event_json(first)
        yield event(name, data, seq=seq)
        try:
            async for item in events:
                name, data = event_json(item)
                seq = item.seq
                yield event(name, data, seq=seq)
        except EarshotError as error:
            name, data = "failed", _failure(error, first.reply_id)
            yield event(name, data)
        if name not in TERMINAL_EVENTS:
            yield cut(first.reply_id)


def _failure(error: EarshotError, reply_id: str) -> Json:
    return {"reply_id": reply_id, **failure_json(error), "retryable": True}


def failure_json(error: EarshotError) -> Json:
    """What ended a stream."""
    return {
        "code": grpc_code(error).name,
        "reason": str(error.reason),
        "message": public_message(error),
    }


def cut(reply_id: str) -> ServerSentEvent:
    """What ends a reply's stream before the reply has ended."""
    told: Json = {
        "reply_id": reply_id,
        "code": "UNAVAILABLE",
        "reason": "STREAM_CUT",
        "message": "The stream ended early. Resume it with GET /api/v1/replies/{id}/events and Last-Event-ID.",
        "retryable": True,
    }
    return event("failed", told)
