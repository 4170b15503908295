"""The wire between two services cut inside a message, or fed in single bytes: whole values or an error (T38)."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.runtime.channel import open_channel
from services.runtime.service_token import ServiceToken
from tests.support.probe import Context, Handlers, ProbeStub, running_probe, text

VALUE = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(64))
"""Four thousand characters, none like another part: what is missing would be seen."""


async def tell(_request: StringValue, _context: Context) -> StringValue:
    return text(VALUE)


async def tell_each(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
    for _ in range(3):
        yield text(VALUE)


@asynccontextmanager
async def narrow_wire(target: int, *, step: int, limit: int | None = None) -> AsyncIterator[int]:
    """A port before `target` that passes answers on in pieces of `step` bytes and ends after `limit` of them."""

    served: list[asyncio.Task[None]] = []
    ends: list[asyncio.StreamWriter] = []

    async def serve(accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        ends.append(writer)
        there, back = await asyncio.open_connection("127.0.0.1", target)
        ends.append(back)
        asking = asyncio.create_task(_copy(reader, back, step=65536, limit=None))
        await _copy(there, writer, step=step, limit=limit)
        for end in (writer, back):
            end.transport.abort()
        await asking

    async def accept_until_told() -> None:
        while True:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
            if closing.is_set():
                accepted.close()
                return
            accepted.setblocking(False)
            served.append(asyncio.create_task(serve(accepted)))

    closing = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        accepting = asyncio.create_task(accept_until_told())
        try:
            yield port
        finally:
            # Told by a last connection: nothing is cancelled, because what is cancelled while it opens stays open.
            closing.set()
            socket.create_connection(("127.0.0.1", port)).close()
            await accepting
            while pending := [task for task in served if not task.done()]:
                for end in ends:
                    end.transport.abort()
                await asyncio.wait(pending, timeout=0.05)
            await asyncio.gather(*served, return_exceptions=True)
            for end in ends:
                end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, step: int, limit: int | None) -> None:
    passed = 0
    try:
        while piece := await reader.read(step):
            writer.write(piece if limit is None else piece[: limit - passed])
            await writer.drain()
            passed += len(piece)
            if limit is not None and passed >= limit:
                return
    except ConnectionError:
        return


async def heard(port: int, token: str) -> tuple[list[str], grpc.StatusCode]:
    """What one unary call and one stream brought, and how the stream ended."""
    values: list[str] = []
    async with open_channel(f"127.0.0.1:{port}", service_token=ServiceToken(value=token)) as channel:
        stub = ProbeStub(channel)
        try:
            values.append((await stub.write(text(""), timeout=10)).value)
            async for answer in stub.stream(text(""), timeout=10):
                values.append(answer.value)  # noqa: PERF401  # those before the error are kept
        except grpc.aio.AioRpcError as error:
            return values, error.code()
    return values, grpc.StatusCode.OK


async def test_single_bytes_make_whole_values(tmp_path: Path) -> None:
    async with (
        running_probe(tmp_path, Handlers(write=tell, stream=tell_each)) as rig,
        narrow_wire(rig.server.port, step=1) as port,
    ):
        assert await heard(port, rig.token()) == ([VALUE] * 4, grpc.StatusCode.OK)


@pytest.mark.parametrize("limit", [0, 9, 100, 700, 3000, 4500, 6000, 9000, 12000, 15000])
async def test_a_cut_is_an_error_and_what_came_before_it_is_whole(tmp_path: Path, limit: int) -> None:
    async with (
        running_probe(tmp_path, Handlers(write=tell, stream=tell_each)) as rig,
        narrow_wire(rig.server.port, step=512, limit=limit) as port,
    ):
        values, code = await heard(port, rig.token())
        assert code is grpc.StatusCode.UNAVAILABLE
        assert set(values) <= {VALUE}
        assert len(values) < 4
