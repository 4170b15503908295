"""Chunks per second from an upstream through chat and gateway as SSE, against the openai SDK reading it directly.

`python -m bench.stream` prints one JSON line. The upstream is a process of its own that sends CHUNKS deltas as fast as
they are taken; the sides take turns, so that a busy machine disturbs both alike; ratios are medians over rounds. The
added time to the first token is taken with an upstream that answers at once.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import openai

from bench.stack import bench_stack, conditions
from tests.support.openai_server import Script, scripted_upstream

CHUNKS = 2000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
DELTA = " word"
TARGET_RATIO = 0.6


async def serve_upstream() -> None:
    """The upstream's process: prints its address and serves until it is killed."""
    async with scripted_upstream(Script(deltas=(DELTA,) * CHUNKS)) as upstream:
        print(upstream.base_url, flush=True)
        await asyncio.Event().wait()


@asynccontextmanager
async def upstream_process() -> AsyncIterator[str]:
    """The upstream's base URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.stream", "upstream", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def direct(client: openai.AsyncOpenAI) -> tuple[float, float]:
    """(seconds to the first chunk, seconds to the last), read by the SDK."""
    started, first, chunks = time.perf_counter(), 0.0, 0
    answer = await client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "go"}], stream=True
    )
    async with answer as stream:
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.perf_counter() - started
                chunks += 1
    assert chunks == CHUNKS
    return first, time.perf_counter() - started


async def through(client: httpx.AsyncClient) -> tuple[float, float]:
    """The same through chat and gateway: an assistant session, read as server-sent events."""
    started, first, text = time.perf_counter(), 0.0, []
    body = {"text": "go", "mode": "assistant"}
    async with client.stream("POST", "/api/v1/chat/stream", json=body) as answer:
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event == "delta":
                first = first or time.perf_counter() - started
                text.append(json.loads(line[6:])["text"])
    assert "".join(text) == DELTA * CHUNKS, event
    return first, time.perf_counter() - started


async def main() -> None:
    """Measures and prints."""
    async with upstream_process() as base_url:
        environment = {"EARSHOT_LLM_BASE_URL": base_url, "EARSHOT_LLM_API_KEY": "key", "EARSHOT_LLM_MODEL": "scripted"}
        async with bench_stack(environment) as (stack, token):
            headers = {"authorization": f"Bearer {token}"}
            sdk = openai.AsyncOpenAI(base_url=base_url, api_key="key", max_retries=0)
            async with sdk, httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=120) as client:
                await through(client)
                sides = [(await direct(sdk), await through(client)) for _ in range(ROUNDS)]
    print(json.dumps(_report(sides)))


def _report(sides: list[tuple[tuple[float, float], tuple[float, float]]]) -> dict[str, object]:
    ratio = statistics.median(alone[1] / ours[1] for alone, ours in sides)
    added = statistics.median(ours[0] - alone[0] for alone, ours in sides)
    return {
        "bench": "stream",
        "chunks_per_second": {
            "openai_sdk": round(CHUNKS / statistics.median(alone[1] for alone, _ in sides)),
            "gateway_sse": round(CHUNKS / statistics.median(ours[1] for _, ours in sides)),
        },
        "sse_to_direct": round(ratio, 3),
        "added_first_token_ms": round(added * 1000, 1),
        "target": {"sse_to_direct": TARGET_RATIO},
        "rounds": ROUNDS,
        "chunks": CHUNKS,
        **conditions(),
    }


if __name__ == "__main__":
    asyncio.run(serve_upstream() if sys.argv[1:] == ["upstream"] else main())
