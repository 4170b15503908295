"""Too much of anything is refused, and the connection lives on (T29)."""

from pathlib import Path

import grpc
import pytest

from services.runtime.channel import open_channel
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from tests.support.probe import Handlers, ProbeStub, running_probe, text

LIMIT = 1_000_000
BOMB = 100_000_000
"""Zeros, which gzip makes a hundred kilobytes of."""


async def refused(call: object) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call  # type: ignore[misc]  # a call of grpc.aio
    from_rpc_error(caught.value)
    return caught.value.code()


async def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(), max_message_bytes=LIMIT) as rig:
        token = ServiceToken(value=rig.token())
        async with open_channel(rig.target, service_token=token, max_message_bytes=2 * BOMB) as channel:
            stub, bomb = ProbeStub(channel), text("\0" * BOMB)
            code = await refused(stub.read(bomb, compression=grpc.Compression.Gzip))
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert (await stub.read(text("alive"))).value == "alive"


async def test_metadata_has_a_limit(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        stub = rig.stub()
        code = await refused(stub.read(text("x"), metadata=(("x-long", "a" * 65_536),)))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await stub.read(text("alive"))).value == "alive"
