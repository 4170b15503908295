"""Load on a cluster by clients that do what ours do: try again elsewhere under the same key, resume a cut stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from uuid import uuid4

import httpx

from gateway.cli.server_events import ServerEvent, read_events

ROWS = 5
TERMINAL = {"completed", "cancelled", "failed"}
_ROW = {"source": "load", "user_id": "u-1", "timestamp": datetime.now(UTC).isoformat()}
SEND_EVERY_SECONDS = 0.25
"""Between two requests of a sender: a load beside which processes can start, not one that fills the machine."""
PAUSE_SECONDS = 0.1
"""Between two tries, so that a replica that is away is not asked a thousand times."""


@dataclass(slots=True)
class Load:
    """What clients sent, and what they were told."""

    gateways: Sequence[httpx.AsyncClient]
    name: str = field(default_factory=lambda: uuid4().hex)
    """External ids of its messages begin with it."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: list[str] = field(default_factory=list)
    replies: list[list[ServerEvent]] = field(default_factory=list)
    resumed: int = 0
    most_tries: int = 0
    """Of the request that had to be sent most often until somebody acknowledged it."""

    async def answered(self, count: int) -> None:
        """Returns when so many replies have been read to their ends."""
        while len(self.replies) < count:  # noqa: ASYNC110  # how far others have come
            await asyncio.sleep(0.05)

    async def send(self) -> None:
        """Posts messages until told to stop; a request that failed is repeated until somebody acknowledges it."""
        while not self.stop.is_set():
            ids = [f"{self.name}-{uuid4()}" for _ in range(ROWS)]
            rows = [{**_ROW, "text": f"my deposit {key} failed", "external_id": key} for key in ids]
            answer = await self._anywhere(partial(_post, {"messages": rows}))
            told = answer.json()
            assert told["created"] + told["existing"] == ROWS, told
            self.acknowledged += ids
            await asyncio.sleep(SEND_EVERY_SECONDS)

    async def ask(self) -> None:
        """Asks questions until told to stop and reads every reply to its end."""
        while not self.stop.is_set():
            self.replies.append([event async for event in self._reply()])

    async def _anywhere(self, call: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]) -> httpx.Response:
        for tries, http in enumerate(cycle(self.gateways), start=1):
            self.most_tries = max(self.most_tries, tries)
            try:
                answer = await call(http)
            except httpx.TransportError:
                answer = None
            if answer is not None and not answer.is_server_error:
                assert answer.is_success, answer.text
                return answer
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("there is no gateway")

    async def _reply(self) -> AsyncIterator[ServerEvent]:
        body, key = {"text": "how many messages came in today?"}, {"Idempotency-Key": str(uuid4())}
        last: ServerEvent | None = None
        for http in cycle(self.gateways):
            request = (
                http.build_request("POST", "/api/v1/chat/stream", json=body, headers=key)
                if last is None
                else http.build_request(
                    "GET", f"/api/v1/replies/{last.data['reply_id']}/events", headers={"Last-Event-ID": last.id}
                )
            )
            self.resumed += last is not None
            async for event in self._stream(http, request):
                last = event
                yield event
            if last is not None and last.name in TERMINAL:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _stream(self, http: httpx.AsyncClient, request: httpx.Request) -> AsyncIterator[ServerEvent]:
        """What comes before the connection ends, however it ends."""
        try:
            answer = await http.send(request, stream=True)
            try:
                assert answer.is_success or answer.is_server_error, await answer.aread()
                if answer.is_success:
                    async for event in read_events(answer.aiter_bytes()):
                        if not event.id:  # the gateway's own word that it lost the chat: not of the reply
                            return
                        yield event
            finally:
                await answer.aclose()
        except httpx.TransportError:
            return


async def _post(body: object, http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/api/v1/messages", json=body)
