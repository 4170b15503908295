"""What the chat and the gateway cost between an upstream and its reader.

`python -m bench.chat` prints one JSON line; `--peers` adds LiteLLM's proxy, installed into an environment of its own.
The upstream is a process that sends as fast as it is read. The sides take turns, so that a busy machine disturbs all
alike; ratios are medians over rounds.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai

from bench.chat_crowd import crowd_report
from bench.chat_peers import litellm_proxy
from bench.chat_sides import GrpcSide, Read, Side, read_sse, sdk_side
from bench.chat_upstream import CHUNKS, CROWD, FAST, MODELS, SHORT, upstream_process
from bench.rounds import in_turn
from bench.stack import bench_stack, conditions
from deploy.local.stack import Stack
from earshot.chat.v1 import chat_pb2
from services.runtime.channel import open_channel
from services.runtime.service_token import ServiceToken

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
FIRST_TOKEN_ROUNDS = 40
TARGETS = {
    "grpc_to_sdk": 0.8,
    "sse_to_sdk": 0.6,
    "sse_to_litellm": 4,
    "added_first_token_ms": 5,
    "memory_per_stream_kb": 100,
    "ledger_share": 0.1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that is asked: the stack and the ways through it."""

    stack: Stack
    sdk: Side
    grpc: GrpcSide
    http: httpx.AsyncClient

    async def sse(self, model: str) -> Read:
        """Through the gateway, in a session of its own."""
        return await read_sse(self.http, model)

    def cpu_seconds(self) -> float:
        """What the chat's threads have used of a core so far; to the nanosecond, where `stat` counts in ticks."""
        threads = Path(f"/proc/{self.stack.processes['chat'].pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


async def throughput(bench: Bench, peer: Side | None) -> dict[str, object]:
    """Chunks per second of each side, and each as a part of the SDK's."""
    sides: dict[str, Side] = {"sdk": bench.sdk, "grpc": bench.grpc.read, "sse": bench.sse}
    if peer is not None:
        sides["litellm"] = peer
    rounds: list[dict[str, float]] = []
    for number in range(ROUNDS + 1):
        spent = {name: (await side(FAST)).seconds for name, side in in_turn(sides, number)}
        if number:  # the first one warms all of them up
            rounds.append(spent)
    ratios = {f"{name}_to_sdk": _ratio(rounds, "sdk", name) for name in sides if name != "sdk"}
    against_peer = {"sse_to_litellm": _ratio(rounds, "litellm", "sse")} if peer is not None else {}
    rates = {name: round(CHUNKS[FAST] / statistics.median(spent[name] for spent in rounds)) for name in sides}
    return {**ratios, **against_peer, "chunks_per_second": rates}


def _ratio(rounds: Sequence[dict[str, float]], slower: str, faster: str) -> float:
    return round(statistics.median(spent[slower] / spent[faster] for spent in rounds), 3)


async def first_token(bench: Bench) -> dict[str, object]:
    """What the chat adds to the wait for the first token, in running conversations, at p50, in milliseconds."""
    added = []
    sessions = [await bench.grpc.session(chat_pb2.MODE_ASSISTANT) for _ in range(2 * FIRST_TOKEN_ROUNDS)]
    for session_id in sessions:
        await bench.grpc.read(SHORT, session_id=session_id)
    for by_grpc, by_sse in zip(sessions[::2], sessions[1::2], strict=True):
        alone = (await bench.sdk(SHORT)).first_seconds
        through = (await bench.grpc.read(SHORT, session_id=by_grpc)).first_seconds
        gateway = (await read_sse(bench.http, SHORT, by_sse)).first_seconds
        added.append((through - alone, gateway - alone))
    return {
        "added_first_token_ms": round(statistics.median(through for through, _ in added) * 1000, 1),
        "added_first_token_by_sse_ms": round(statistics.median(gateway for _, gateway in added) * 1000, 1),
    }


async def ledger_share(bench: Bench) -> dict[str, object]:
    """The part of the chat's processor time that the ledger takes, from the first piece of an answer to the last.

    The same words go through an assistant's session, which has no ledger, and through an analyst's.
    """
    rounds = [[await _streaming_cpu(bench, mode) for mode in _MODES] for _ in range(2 * ROUNDS)]
    without, with_ledger = (statistics.median(spent) for spent in zip(*rounds, strict=True))
    return {
        "ledger_share": round(max(0.0, 1 - without / with_ledger), 3),
        "streaming_cpu_ms": {"without": round(without * 1000), "with_ledger": round(with_ledger * 1000)},
    }


_MODES = (chat_pb2.MODE_ASSISTANT, chat_pb2.MODE_ANALYST)


async def _streaming_cpu(bench: Bench, mode: "chat_pb2.Mode.ValueType") -> float:
    seen: list[float] = []
    await bench.grpc.read(FAST, mode=mode, tell=lambda: seen.append(bench.cpu_seconds()))
    return seen[1] - seen[0]


async def main(arguments: Sequence[str]) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.chat")
    parser.add_argument("--peers", action="store_true", help="LiteLLM's proxy too; downloads it on the first run")
    peers = parser.parse_args(arguments).peers
    async with contextlib.AsyncExitStack() as exits:
        base_url = await exits.enter_async_context(upstream_process())
        stack, token = await exits.enter_async_context(bench_stack(_environment(base_url)))
        sdk = await exits.enter_async_context(openai.AsyncOpenAI(base_url=base_url, api_key="key", max_retries=0))
        limits = httpx.Limits(max_connections=CROWD)
        http = httpx.AsyncClient(
            base_url=stack.url, headers={"authorization": f"Bearer {token}"}, timeout=120, limits=limits
        )
        bench = Bench(
            stack=stack,
            sdk=sdk_side(sdk),
            grpc=GrpcSide(open_channel(stack.addresses["chat"], service_token=ServiceToken(value=token))),
            http=await exits.enter_async_context(http),
        )
        peer = sdk_side(await exits.enter_async_context(litellm_proxy(base_url))) if peers else None
        measured = {
            **await throughput(bench, peer),
            **await first_token(bench),
            **await ledger_share(bench),
            **await crowd_report(stack, http),
        }
    sys.stdout.write(
        json.dumps({"bench": "chat", **measured, "targets": TARGETS, **_settings(), **conditions()}) + "\n"
    )


def _environment(base_url: str) -> dict[str, str]:
    return {
        "EARSHOT_LLM_BASE_URL": base_url,
        "EARSHOT_LLM_API_KEY": "key",
        "EARSHOT_LLM_MODEL": FAST,
        "EARSHOT_LLM_MODELS": MODELS,
        "EARSHOT_LLM_MAX_CONNECTIONS": str(CROWD),
        "EARSHOT_CHAT_MAX_REPLIES": str(2 * CROWD),
        "EARSHOT_LLM_IDLE_SECONDS": "55",
        "EARSHOT_MAX_CONCURRENT_RPCS": str(4 * CROWD),
        "EARSHOT_RATE_LIMITS": "read=100000000/minute, write=100000000/minute, chat=100000000/minute",
    }


def _settings() -> dict[str, object]:
    return {"rounds": ROUNDS, "chunks": CHUNKS[FAST], "streams": CROWD}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
