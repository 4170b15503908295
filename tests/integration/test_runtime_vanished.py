"""A caller that vanishes without closing its connection: its call is cancelled at the server (T16)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.runtime import grpc_server
from services.runtime.channel import open_channel
from services.runtime.service_token import ServiceToken
from tests.support.probe import Context, Handlers, ProbeStub, running_probe, text
from tests.support.tcp_proxy import Wire, tcp_proxy


async def test_the_call_of_a_vanished_caller_is_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpc_server, "_KEEPALIVE_TIME_MS", 300)
    monkeypatch.setattr(grpc_server, "_KEEPALIVE_TIMEOUT_MS", 300)
    closed = asyncio.Event()

    async def silent(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        try:
            yield text("first")
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with running_probe(tmp_path, Handlers(stream=silent)) as rig, tcp_proxy(rig.server.port) as proxy:
        token = ServiceToken(value=rig.token())
        async with open_channel(f"127.0.0.1:{proxy.port}", service_token=token) as channel:
            assert (await ProbeStub(channel).stream(text("x")).read()).value == "first"
            proxy.become(Wire.BLACKHOLE)
            async with asyncio.timeout(10):
                await closed.wait()
        assert rig.metric("earshot_rpcs_in_flight") == 0
