"""From the acknowledgement of a message to its labels at a subscriber and in the numbers; one JSON line.

`python -m bench.watch`. A message is posted over HTTP, as durable as by default; one who watches `/api/v1/events` is
told of its labels, and whoever then asks `/api/v1/stats` must have it counted. A hundred messages while nothing else
happens, and a hundred while a file is imported, a thousand rows a second.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import grpc
import httpx
from google.protobuf.timestamp_pb2 import Timestamp

from bench.classify import corpus_texts
from bench.stack import bench_stack, conditions
from deploy.local.stack import Stack
from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.runtime.ids import new_id

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100"))
IMPORTED_PER_SECOND = 1_000
WATCHED = "watched"
SECOND = 1_000.0
TARGETS = {"event_ms_most": SECOND, "counted_ms_most": SECOND}


async def labelled_events(client: httpx.AsyncClient) -> AsyncIterator[str]:
    """Ids of the watched user's messages, as their labels are told; first an empty one, when the watch stands."""
    parameters = {"kind": "labelled", "user_id": WATCHED}
    async with client.stream("GET", "/api/v1/events", params=parameters, timeout=None) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:")).get("message", {}).get("id", "")


async def one(client: httpx.AsyncClient, told: AsyncIterator[str], text: str, number: int) -> tuple[float, float]:
    """Milliseconds from a message's acknowledgement to its event, and to the answer that counts it."""
    message = {"text": text, "source": "web", "user_id": WATCHED, "timestamp": datetime.now(UTC).isoformat()}
    posted = await client.post("/api/v1/messages", json={"messages": [message]})
    acknowledged = time.perf_counter()
    assert posted.status_code == 201, posted.text
    while await anext(told) != posted.json()["messages"][0]["id"]:
        pass
    seen = time.perf_counter()
    answer = await client.post("/api/v1/stats", json={"filters": {"user_ids": {"any_of": [WATCHED]}}})
    counted = time.perf_counter()
    assert answer.json()["total"] == number, answer.text
    return (seen - acknowledged) * 1000, (counted - acknowledged) * 1000


@asynccontextmanager
async def importing(stack: Stack, token: str, texts: list[str]) -> AsyncIterator[None]:
    """An import that goes on until the block ends."""

    async def chunks() -> AsyncIterator[message_pb2.ImportMessagesRequest]:
        moment, row = Timestamp(), 0
        while True:
            moment.GetCurrentTime()
            rows = []
            for _ in range(IMPORTED_PER_SECOND):
                row += 1
                new = message_pb2.NewMessage(
                    external_id=new_id(), source="web", user_id="u", event_time=moment, text=texts[row % len(texts)]
                )
                rows.append(message_pb2.ImportRow(number=row, message=new))
            yield message_pb2.ImportMessagesRequest(chunk=row // IMPORTED_PER_SECOND - 1, rows=rows)
            await asyncio.sleep(1)

    async def load() -> None:
        async with grpc.aio.insecure_channel(stack.addresses["store"]) as channel:
            stub = message_pb2_grpc.MessageServiceStub(channel)
            async for _ in stub.ImportMessages(chunks(), metadata=(("authorization", f"Bearer {token}"),)):
                pass

    task = asyncio.create_task(load())
    try:
        yield
        assert not task.done(), task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def measured(client: httpx.AsyncClient, texts: list[str], before: int) -> list[tuple[float, float]]:
    """Both figures of every message; `before`: how many the watched user has already."""
    told = labelled_events(client)
    assert await anext(told) == ""
    return [await one(client, told, texts[number], number) for number in range(before + 1, before + MESSAGES + 1)]


async def main() -> None:
    """Measures and prints."""
    texts = corpus_texts()
    async with bench_stack() as (stack, token):
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=60) as client:
            idle = await measured(client, texts, 0)
            async with importing(stack, token, texts):
                loaded = await measured(client, texts, MESSAGES)
    print(json.dumps({"bench": "watch", "idle": _figures(idle), "importing": _figures(loaded), **_rest()}))


def _figures(measurements: list[tuple[float, float]]) -> dict[str, Any]:
    events, counts = zip(*measurements, strict=True)
    return {
        f"{name}_ms_{of}": round(figure(values), 1)
        for name, values in (("event", events), ("counted", counts))
        for of, figure in (("median", statistics.median), ("most", max))
    }


def _rest() -> dict[str, object]:
    return {"messages": MESSAGES, "imported_per_second": IMPORTED_PER_SECOND, "targets": TARGETS, **conditions()}


if __name__ == "__main__":
    asyncio.run(main())
