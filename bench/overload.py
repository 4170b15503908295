"""What becomes of a system that is asked for more than it can do (T25, T26).

`python -m bench.overload` prints one JSON line; `--seconds` is the length of each phase. Classifier and chat get three
times as many calls a second as they answer at most, in an open loop, on a stack with default settings; the chat's
language model is `bench.chat_upstream`. Then one tenant floods the gateway from a process of its own while another one
goes on as before. Callers and services share the machine. Recovery ends with the last second of which half of the calls
took longer than 99 % did under a normal load.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import sys
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Final

import grpc

from bench.chat_sides import GrpcSide
from bench.chat_upstream import MODELS, SHORT, upstream_process
from bench.gateway import STATS, fill, new_text, request_bytes
from bench.open_loop import Ask, Outcome, closed_loop, open_loop
from bench.stack import bench_stack, conditions
from bench.tenant import Tenant
from deploy.local.home import WORKSPACE
from deploy.local.stack import Stack
from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.ids import new_id
from services.runtime.service_token import ServiceToken

CALLERS: Final = 32
PEOPLE: Final = 16
OVERLOAD: Final = 3
NORMAL: Final = 0.5
"""The load that is normal, as a part of the most that is answered."""

QUIET_PER_SECOND: Final = 10
"""Requests of the tenant beside the flood: within its own rate limit."""

TARGETS: Final = {
    "goodput_to_peak": 0.8,
    "refused_p99_ms": 100,
    "accepted_p99_to_normal": 2,
    "recovered_seconds": 10,
    "others_p99_to_before": 1.5,
}


async def overloaded(ask: Ask, seconds: float) -> dict[str, object]:
    """The most that is answered, then a normal load, three times the most, and a normal load again."""
    peak = (await closed_loop(ask, callers=CALLERS, seconds=seconds)).goodput
    normal = await open_loop(ask, per_second=NORMAL * peak, seconds=seconds)
    async with asyncio.TaskGroup() as group:
        overload = group.create_task(open_loop(ask, per_second=OVERLOAD * peak, seconds=seconds))
        # What is still waiting then is answered beside the normal load.
        await asyncio.sleep(seconds)
        after = await open_loop(ask, per_second=NORMAL * peak, seconds=seconds)
    over, usual = overload.result(), normal.p99(Outcome.ANSWERED)
    return {
        "goodput_to_peak": _ratio(over.goodput, peak),
        "refused_p99_ms": _milliseconds(over.p99(Outcome.REFUSED)),
        "accepted_p99_to_normal": _ratio(over.p99(Outcome.ANSWERED), usual),
        "recovered_seconds": after.disturbed_until(usual),
        "peak_per_second": round(peak, 1),
        "normal_p99_ms": _milliseconds(usual),
        "calls": over.counts(),
    }


async def flooded(stack: Stack, signer: TokenSigner, seconds: float) -> dict[str, object]:
    """One tenant's requests before a flood by another one and during it."""
    request = request_bytes(stack.url, _token(signer, WORKSPACE), "POST", "/api/v1/stats", STATS)
    async with Tenant.at(stack.url, request) as quiet:
        before = await open_loop(quiet.ask, per_second=QUIET_PER_SECOND, seconds=seconds)
        async with _flood(stack.url, _token(signer, "flooding"), seconds) as counts:
            during = await open_loop(quiet.ask, per_second=QUIET_PER_SECOND, seconds=seconds)
    return {
        "others_p99_to_before": _ratio(during.p99(Outcome.ANSWERED), before.p99(Outcome.ANSWERED)),
        "others_p99_ms": _milliseconds(during.p99(Outcome.ANSWERED)),
        "others": during.counts(),
        "flood": counts,
    }


@contextlib.asynccontextmanager
async def _flood(url: str, token: str, seconds: float) -> AsyncIterator[dict[str, int]]:
    counts: dict[str, int] = {}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.tenant", url, token, str(seconds), stdout=asyncio.subprocess.PIPE
    )
    yield counts
    told, _ = await process.communicate()
    counts.update(json.loads(told))


def classifying(channel: CallingChannel) -> Ask:
    """Asks for the labels of one new text."""
    stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
    return lambda: _outcome(stub.Classify(classifier_pb2.ClassifyRequest(texts=[new_text()])))


def chatting(sides: Sequence[GrpcSide]) -> Ask:
    """Asks for a short answer in a session of its own, in the name of each person in turn."""
    people = itertools.cycle(sides)
    return lambda: _outcome(next(people).read(SHORT))


async def _outcome(call: Awaitable[object]) -> Outcome:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return Outcome.REFUSED if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED else Outcome.FAILED
    except RuntimeError:  # a reply that failed after it had begun
        return Outcome.FAILED
    return Outcome.ANSWERED


def _token(signer: TokenSigner, workspace_id: str) -> str:
    person = Identity(user_id=new_id(), workspace_id=workspace_id, role=Role.ADMIN, name="bench")
    return signer.sign(person, lifetime_seconds=86_400)


def _ratio(value: float, base: float) -> float | None:
    return None if math.isnan(value) or math.isnan(base) or not base else round(value / base, 2)


def _milliseconds(seconds: float) -> float | None:
    return None if math.isnan(seconds) else round(seconds * 1000, 1)


async def main(arguments: Sequence[str]) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload")
    parser.add_argument("--seconds", type=float, default=60, help="length of each phase")
    seconds = parser.parse_args(arguments).seconds
    async with contextlib.AsyncExitStack() as exits:
        upstream = await exits.enter_async_context(upstream_process())
        stack, token = await exits.enter_async_context(bench_stack(_environment(upstream)))
        signer = TokenSigner.from_file(stack.home.private_key)
        await fill(stack.addresses["store"], token)

        async def channel(service: str, token: str) -> CallingChannel:
            opened = open_channel(stack.addresses[service], service_token=ServiceToken(value=token))
            return await exits.enter_async_context(opened)

        people = [GrpcSide(await channel("chat", _token(signer, WORKSPACE))) for _ in range(PEOPLE)]
        measured = {
            "classifier": await overloaded(classifying(await channel("classifier", token)), seconds),
            "chat": await overloaded(chatting(people), seconds),
            "gateway": await flooded(stack, signer, seconds),
        }
    told = {"bench": "overload", **measured, "targets": TARGETS, "seconds": seconds, **conditions()}
    sys.stdout.write(json.dumps(told) + "\n")


def _environment(upstream: str) -> dict[str, str]:
    return {
        "EARSHOT_LLM_BASE_URL": upstream,
        "EARSHOT_LLM_API_KEY": "key",
        "EARSHOT_LLM_MODEL": SHORT,
        "EARSHOT_LLM_MODELS": MODELS,
    }


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
