"""A scripted upstream: a real HTTP server that speaks OpenAI's streaming protocol, truthfully or badly.

It reads requests with h11 and writes raw bytes, so that every misbehaviour of real upstreams can be played on the wire.
It counts calls, open sockets and bytes, and keeps the request bodies.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import h11

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How to answer one call. The parts happen in the order of the fields."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    deltas: tuple[str, ...] = ()
    tool_call: tuple[str, str] | None = None
    """(function name, arguments JSON), sent in fragments before the deltas."""
    delay_seconds: float = 0.0
    """Pause before each delta."""
    stall_after: int | None = None
    """Fall silent for ever after that many deltas; 0 before an answer that is not streamed as well."""
    die_after: int | None = None
    """Close the socket without an end after that many deltas."""
    error_in_band_after: int | None = None
    """Send an `error` object in a 200 stream after that many deltas."""
    raw: bytes | None = None
    """Sent as the whole body instead of anything else."""
    split_utf8: bool = False
    """Cut the wire bytes into pieces that split characters."""
    usage: bool = True
    choices_null: bool = False
    """The usage chunk carries `choices: null`, as some servers send it."""
    finish_reason: str = "stop"
    done: bool = True
    """End with `[DONE]`."""


def _chunk(delta: Body, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event({**_ENVELOPE, "choices": [choice]})


def _event(payload: Body) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


_ENVELOPE: Body = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}


@dataclass(slots=True)
class ScriptedUpstream:
    """The running server: what it was asked and how its sockets fare."""

    respond: Callable[[Body], Script]
    port: int = 0
    requests: list[Body] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    open_sockets: int = 0
    bytes_sent: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        """What a client takes as its OpenAI base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def wait_for(self, condition: Callable[["ScriptedUpstream"], bool], timeout_seconds: float = 10.0) -> None:
        """Waits until `condition` holds; raises TimeoutError otherwise."""
        async with asyncio.timeout(timeout_seconds), self.changed:
            await self.changed.wait_for(lambda: condition(self))

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        # A task that is cancelled before it has begun closes nothing by itself.
        task.add_done_callback(lambda _: writer.close())

    async def close(self) -> None:
        """Drops every connection."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_sockets += 1
        await self._notify()
        try:
            while await self._one_call(reader, writer):
                pass
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            self.open_sockets -= 1
            writer.close()
            await self._notify()

    async def _one_call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Reads one request and plays its script; True when the connection may be used again."""
        request, body = await _read_request(reader)
        if request is None:
            return False
        if request.method == b"GET":
            await self._write(
                writer, _simple(200, json.dumps({"object": "list", "data": [{"id": "scripted"}]}).encode())
            )
            return True
        self.requests.append(json.loads(body))
        self.authorizations.append(dict(request.headers).get(b"authorization", b"").decode())
        await self._notify()
        script = self.respond(self.requests[-1])
        if script.status != 200 or script.raw is not None:
            payload = script.raw if script.raw is not None else json.dumps({"error": {"message": "scripted"}}).encode()
            await self._write(writer, _simple(script.status, payload, script.headers))
            return True
        if not self.requests[-1].get("stream"):
            if script.stall_after == 0:
                await reader.read(1)  # until the client has enough of it
                return False
            await self._write(writer, _simple(200, json.dumps(_completion(script)).encode()))
            return True
        return await self._stream(reader, writer, script, self.requests[-1])

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Script, request: Body
    ) -> bool:
        await self._write(writer, _HEAD)
        gone = asyncio.ensure_future(reader.read(1))
        try:
            play = asyncio.ensure_future(self._play(writer, script, request))
            await asyncio.wait({gone, play}, return_when=asyncio.FIRST_COMPLETED)
            if not play.done():
                play.cancel()
                await asyncio.gather(play, return_exceptions=True)
                return False
            return play.result() and not gone.done()
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _play(self, writer: asyncio.StreamWriter, script: Script, request: Body) -> bool:
        for wire in _frames(script.tool_call):
            await self._send(writer, wire, script)
        for index, delta in enumerate(script.deltas):
            if await self._misbehaves(writer, script, index):
                return False
            if script.delay_seconds:
                await asyncio.sleep(script.delay_seconds)
            await self._send(writer, _chunk({"content": delta}), script)
        if await self._misbehaves(writer, script, len(script.deltas)):
            return False
        await self._finish(writer, script, request)
        return True

    async def _misbehaves(self, writer: asyncio.StreamWriter, script: Script, index: int) -> bool:
        if script.stall_after == index:
            await asyncio.Event().wait()
        if script.error_in_band_after == index:
            await self._send(writer, _event({"error": {"message": "scripted failure", "code": 500}}), script)
        return index in {script.die_after, script.error_in_band_after}

    async def _finish(self, writer: asyncio.StreamWriter, script: Script, request: Body) -> None:
        reason = "tool_calls" if script.tool_call else script.finish_reason
        await self._send(writer, _chunk({}, reason), script)
        if script.usage and request.get("stream_options", {}).get("include_usage"):
            tokens = {
                "prompt_tokens": 11,
                "completion_tokens": len(script.deltas),
                "total_tokens": 11 + len(script.deltas),
            }
            choices: list[Body] | None = None if script.choices_null else []
            await self._send(writer, _event({**_ENVELOPE, "choices": choices, "usage": tokens}), script)
        if script.done:
            await self._send(writer, b"data: [DONE]\n\n", script)
        await self._write(writer, b"0\r\n\r\n")

    async def _send(self, writer: asyncio.StreamWriter, wire: bytes, script: Script) -> None:
        pieces = [wire[at : at + 7] for at in range(0, len(wire), 7)] if script.split_utf8 else [wire]
        for piece in pieces:
            await self._write(writer, b"%x\r\n%b\r\n" % (len(piece), piece))

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        self.bytes_sent += len(data)
        await writer.drain()


_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _frames(tool_call: tuple[str, str] | None) -> Sequence[bytes]:
    if tool_call is None:
        return []
    name, arguments = tool_call
    head = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    parts = [arguments[at : at + 5] for at in range(0, len(arguments), 5)]
    tail = [{"index": 0, "function": {"arguments": part}} for part in parts]
    return [_chunk({"tool_calls": [call]}) for call in (head, *tail)]


def _completion(script: Script) -> Body:
    message: Body = {"role": "assistant", "content": "".join(script.deltas) or None}
    if script.tool_call:
        function = {"name": script.tool_call[0], "arguments": script.tool_call[1]}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    reason = "tool_calls" if script.tool_call else script.finish_reason
    choice = {"index": 0, "message": message, "finish_reason": reason}
    usage = {"prompt_tokens": 11, "completion_tokens": len(script.deltas), "total_tokens": 11 + len(script.deltas)}
    return {**_ENVELOPE, "object": "chat.completion", "choices": [choice], "usage": usage}


def _simple(status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


async def _read_request(reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes]:
    """One request and its body; (None, b"") when the client closed."""
    connection = h11.Connection(h11.SERVER)
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        elif isinstance(event, h11.ConnectionClosed):
            return None, b""


@asynccontextmanager
async def scripted_upstream(
    *scripts: Script, respond: Callable[[Body], Script] | None = None
) -> AsyncIterator[ScriptedUpstream]:
    """Runs the server on a free port; answers by `respond`, or by `scripts` in turn, the last one for ever."""
    left = list(scripts)

    def in_turn(_: Body) -> Script:
        return left.pop(0) if len(left) > 1 else left[0]

    upstream = ScriptedUpstream(respond=respond or in_turn)
    server = await asyncio.start_server(upstream._accept, "127.0.0.1", 0)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        await upstream.close()
        await server.wait_closed()
