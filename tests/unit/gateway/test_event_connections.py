"""The socket beneath an event stream: watched as long as the stream lasts, and closed at any time, on either loop."""

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest
import uvloop
from sse_starlette.event import ServerSentEvent
from starlette.types import Message

from gateway import sse
from gateway.connections import CLIENT_SOCKET

LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop, uvloop.new_event_loop]


async def _streamed(*, closed: bool) -> tuple[list[int], list[Message]]:
    """The option while a stream runs and after it, and what was sent."""
    accepted: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()

    class Server(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            accepted.set_result(transport)

    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    transport = await accepted
    client, seen, sent = transport.get_extra_info("socket"), list[int](), list[Message]()

    async def events() -> Any:
        seen.append(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        yield ServerSentEvent(data="{}", event="started")
        if closed:
            transport.abort()
            await asyncio.sleep(0)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "state": {CLIENT_SOCKET: client}}
    try:
        await sse.event_stream(events(), ping_seconds=15)(scope, receive, send)
        if not closed:
            seen.append(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
    finally:
        writer.close()
        transport.abort()
        server.close()
        await asyncio.sleep(0)
    return seen, sent


@pytest.mark.skipif(sys.platform != "linux", reason="the option is Linux's")
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("make", LOOPS)
def test_a_stream_watches_its_socket_and_ends_well(make: Callable[[], asyncio.AbstractEventLoop], closed: bool) -> None:
    with asyncio.Runner(loop_factory=make) as runner:
        seen, sent = runner.run(_streamed(closed=closed))
    assert seen == ([sse.UNACKNOWLEDGED_SECONDS * 1000] if closed else [sse.UNACKNOWLEDGED_SECONDS * 1000, 0])
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
