"""Bytes that no client would send, to every RPC of every service: refused with a status of ours; all live on (T49).

And which services those are (T45).
"""

import asyncio
import importlib
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.ids import new_id
from tests.support.stack import StackRig

ROOT = Path(__file__).parents[2] / "protos"
CASES: Final = 12
AT_ONCE: Final = 4
SECONDS: Final = 0.5
"""After which a stream that was taken for a sound request has said enough."""
OURS: Final = set(grpc.StatusCode) - {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNIMPLEMENTED,
}


def methods(area: str) -> Iterator[MethodDescriptor]:
    """Every RPC of a service's contracts."""
    for source in sorted((ROOT / "earshot" / area / "v1").glob("*.proto")):
        module = importlib.import_module(f"earshot.{area}.v1.{source.stem}_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def nonsense(chance: random.Random, method: MethodDescriptor) -> bytes:
    """Random bytes, or fields that the request has with contents that it does not expect."""
    if chance.random() < 0.3:
        return chance.randbytes(chance.randint(1, 64))
    fields: list[FieldDescriptor] = list(method.input_type.fields)
    made = b""
    for field in chance.choices(fields, k=chance.randint(1, 4)) if fields else ():
        content = chance.randbytes(chance.randint(0, 12))
        kind = chance.choice((0, 2, 2, 2))
        tag = _varint(field.number << 3 | kind)
        made += tag + (_varint(chance.getrandbits(63)) if kind == 0 else _varint(len(content)) + content)
    return made


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])


async def status_of(channel: grpc.aio.Channel, method: MethodDescriptor, raw: bytes, token: str) -> grpc.StatusCode:
    """How the call ends."""

    async def once() -> AsyncIterator[bytes]:
        yield raw

    path = f"/{method.containing_service.full_name}/{method.name}"
    many, streams = method.client_streaming, method.server_streaming
    kind = f"{'stream' if many else 'unary'}_{'stream' if streams else 'unary'}"
    given: dict[str, Any] = {"metadata": (("authorization", f"Bearer {token}"),), "timeout": SECONDS if streams else 30}
    call = getattr(channel, kind)(path)(once() if many else raw, **given)
    try:
        if streams:
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


OTHERS: Final = {
    "classifier": {"inference.GRPCInferenceService"},
    "store": set[str](),
    "chat": set[str](),
}
"""What a process serves beside its own contracts, health and reflection."""


@pytest.mark.parametrize("area", OTHERS)
async def test_a_process_serves_what_its_contracts_say_and_nothing_else(stack: StackRig, area: str) -> None:
    """T45: each service, and no RPC that is not documented."""
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async with grpc.aio.insecure_channel(stack.stack.addresses[area]) as channel:
        asking = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
        listed = {item.name async for answer in asking for item in answer.list_services_response.service}
    documented = {method.containing_service.full_name for method in methods(area)}
    assert listed == documented | OTHERS[area] | {"grpc.health.v1.Health", reflection.SERVICE_NAME}


@pytest.mark.parametrize("area", OTHERS)
async def test_no_bytes_break_an_rpc(stack: StackRig, area: str) -> None:
    chance, turns = random.Random(49), asyncio.Semaphore(AT_ONCE)
    # Of a workspace of its own, in which whatever happens to be sound does no harm.
    identity = Identity(user_id=new_id(), workspace_id="nonsense", role=Role.ADMIN, name="Fuzz")
    token = TokenSigner.from_file(stack.stack.home.private_key).sign(identity)
    async with grpc.aio.insecure_channel(stack.stack.addresses[area]) as channel:

        async def one(method: MethodDescriptor, raw: bytes) -> tuple[str, str, grpc.StatusCode]:
            async with turns:
                return method.full_name, raw.hex(), await status_of(channel, method, raw, token)

        asked = [one(method, nonsense(chance, method)) for method in methods(area) for _ in range(CASES)]
        ended = await asyncio.gather(*asked)
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert len(ended) >= 10 * CASES
    assert [case for case in ended if case[2] not in OURS] == []
    assert health.status == health_pb2.HealthCheckResponse.SERVING
