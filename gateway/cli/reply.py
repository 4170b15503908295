"""One streamed reply, followed to its end: a broken connection is resumed after the last event seen."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.cli.client import GatewayClient, StreamCall
from gateway.cli.outcomes import ConnectionBrokenError, NotReachableError, RefusedError
from gateway.cli.server_events import Json, ServerEvent
from services.runtime.ids import new_id

TERMINAL: Final = frozenset({"completed", "cancelled", "failed"})
RESUME_SECONDS: Final = (0.3, 1.0, 3.0, 5.0)
"""Pauses before each attempt to resume; the gateway may be starting again."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """What has come of a reply so far."""

    request_id: str = field(default_factory=new_id)
    """Names the message: in the server's log, and when it has to be sent again, which then asks nothing twice."""
    reply_id: str = ""
    session_id: str = ""
    text: str = ""
    interpretation: Json | None = None
    queries: list[Json] = field(default_factory=list)
    ended: ServerEvent | None = None
    last_seq: str = ""

    @property
    def resumable(self) -> bool:
        """Whether it began and has not ended."""
        return bool(self.reply_id) and self.ended is None

    def take(self, event: ServerEvent) -> None:
        """Adds one event."""
        self.last_seq = event.id or self.last_seq
        self.reply_id = str(event.data.get("reply_id", self.reply_id))
        if event.name == "started":
            self.session_id = str(event.data.get("session_id", ""))
            self.interpretation = event.data.get("interpretation")
        elif event.name == "delta":
            self.text += str(event.data["text"])
        elif event.name == "query" and event.data.get("stats"):
            self.queries.append(event.data["stats"])
        elif event.name in TERMINAL:
            self.ended = event


async def follow(
    gateway: GatewayClient, path: str, body: Json, *, reply: Reply | None = None
) -> AsyncGenerator[tuple[Reply, ServerEvent], None]:
    """Sends a message and yields what the reply has become with every event, up to its terminal one.

    Raises what the gateway refused, or ConnectionBrokenError where the reply could not be resumed.
    """
    state = reply or Reply()
    named = {**body, "request_id": state.request_id}
    send = StreamCall(method="POST", path=path, body=named, headers={"X-Request-Id": state.request_id})
    call = send
    pauses = iter(RESUME_SECONDS)
    while state.ended is None:
        try:
            async with gateway.stream(call) as events:
                async for event in events:
                    if event.name == "failed" and not event.id:
                        break  # the gateway's own word that it lost the reply, which may well go on
                    state.take(event)
                    pauses = iter(RESUME_SECONDS)
                    yield state, event
        except (NotReachableError, RefusedError) as error:
            if not _worth_resuming(state, error):
                raise
        if state.ended is None:
            await _pause(pauses)
            call = _resumption(state) if state.reply_id else send


def _resumption(state: Reply) -> StreamCall:
    headers = {"Last-Event-ID": state.last_seq} if state.last_seq else {}
    return StreamCall(method="GET", path=f"/api/v1/replies/{state.reply_id}/events", headers=headers)


def _worth_resuming(state: Reply, error: NotReachableError | RefusedError) -> bool:
    if not state.resumable:
        return isinstance(error, ConnectionBrokenError)  # sent, perhaps, and perhaps answered
    return isinstance(error, NotReachableError) or error.status >= 500


async def _pause(pauses: Iterator[float]) -> None:
    seconds = next(pauses, None)
    if seconds is None:
        raise ConnectionBrokenError("The reply broke off and could not be taken up again.", hint="Ask again.")
    await asyncio.sleep(seconds)


async def cancel(gateway: GatewayClient, reply_id: str) -> None:
    """Stops a reply; what it said so far is kept."""
    await gateway.post(f"/api/v1/replies/{reply_id}:cancel")
