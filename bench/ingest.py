"""Two ratios of ingest, each side by side in one run; `python -m bench.ingest` prints one JSON line.

- From HTTP to labelled row, against a bare ONNX Runtime session over the same texts on the same cores.
- Durable ingest without labels through the store's gRPC, against asyncpg's COPY of the same rows into a table like the
  one that keeps messages, indexes included.
"""

import asyncio
import json
import os
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import grpc
import httpx
from google.protobuf.timestamp_pb2 import Timestamp

from bench.classify import bare, corpus_texts
from bench.stack import bench_stack, conditions
from deploy.local.stack import Stack
from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.classifier.scoring.artefact import load_artefact
from services.classifier.scoring.engine import Engine
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.ids import new_id

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LABELLED = 1000
REQUEST = 250
RAW = 10_000
CHUNK = 1000
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
TARGETS = {"labelled_to_bare": 0.8, "raw_to_copy": 0.4}
AS_BARE = {"EARSHOT_CLASSIFIER_CACHE_MB": "0", "EARSHOT_CLASSIFIER_COMPUTE": "float32"}
"""A classifier that does what the bare session does."""


async def labelled(client: httpx.AsyncClient, texts: list[str]) -> float:
    """Seconds until every text is a labelled row, posted by HTTP in requests side by side."""
    started = time.perf_counter()
    parts = [texts[at : at + REQUEST] for at in range(0, len(texts), REQUEST)]
    answers = await asyncio.gather(*(_post(client, part) for part in parts))
    assert all(message["status"] == "labelled" for answer in answers for message in answer["messages"])
    return time.perf_counter() - started


async def _post(client: httpx.AsyncClient, texts: list[str]) -> dict[str, Any]:
    messages = [
        {"text": text, "source": "web", "user_id": "bench", "timestamp": EPOCH.isoformat(), "external_id": new_id()}
        for text in texts
    ]
    answer = await client.post("/api/v1/messages?wait=30", json={"messages": messages})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _bare(engine: Engine, texts: list[str]) -> float:
    started = time.perf_counter()
    bare(engine, texts)
    return time.perf_counter() - started


async def raw(stack: Stack, token: str, rows: list[message_pb2.NewMessage]) -> float:
    """Seconds until every row is acknowledged as durable; nobody waits for labels."""
    chunks = [
        message_pb2.ImportMessagesRequest(
            chunk=at,
            rows=[message_pb2.ImportRow(number=at + i + 1, message=row) for i, row in enumerate(rows[at : at + CHUNK])],
        )
        for at in range(0, len(rows), CHUNK)
    ]
    async with grpc.aio.insecure_channel(stack.addresses["store"]) as channel:
        stub = message_pb2_grpc.MessageServiceStub(channel)
        started = time.perf_counter()
        created = 0
        async for answer in stub.ImportMessages(iter(chunks), metadata=(("authorization", f"Bearer {token}"),)):
            created += answer.created
        assert created == len(rows)
        return time.perf_counter() - started


async def copy(connection: "asyncpg.Connection[Any]", rows: list[message_pb2.NewMessage]) -> float:
    """Seconds of asyncpg's COPY of the same rows into a table with the same columns and indexes."""
    records = [
        (
            "default",
            new_id(),
            row.event_time.ToDatetime(UTC),
            row.source,
            "customer",
            row.external_id,
            row.user_id,
            "",
            row.text,
        )
        for row in rows
    ]
    columns = (
        "workspace_id",
        "id",
        "event_time",
        "source",
        "author",
        "external_id",
        "user_id",
        "conversation_id",
        "text",
    )
    started = time.perf_counter()
    await connection.copy_records_to_table("bench_copy", records=records, columns=columns)
    return time.perf_counter() - started


def _rows(dice: random.Random, texts: list[str]) -> list[message_pb2.NewMessage]:
    rows = []
    for number in range(RAW):
        moment = Timestamp()
        moment.FromDatetime(EPOCH + timedelta(seconds=number))
        text = texts[dice.randrange(len(texts))]
        rows.append(
            message_pb2.NewMessage(
                external_id=new_id(), source="web", user_id=f"user-{number % 977}", event_time=moment, text=text
            )
        )
    return rows


async def main() -> None:
    """Measures and prints."""
    texts, dice = corpus_texts(), random.Random(1)
    print(json.dumps(_report(await _label_sides(dice, texts), await _raw_sides(dice, texts))))


async def _label_sides(dice: random.Random, texts: list[str]) -> list[tuple[float, float]]:
    engine = Engine(load_artefact(DEFAULT_MODEL))
    async with bench_stack(AS_BARE) as (stack, token):
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=120) as client:
            _bare(engine, texts[:REQUEST])
            await labelled(client, texts[:REQUEST])
            sides = []
            for _ in range(ROUNDS):
                chosen = dice.sample(texts, LABELLED)
                sides.append((await asyncio.to_thread(_bare, engine, chosen), await labelled(client, chosen)))
            return sides


async def _raw_sides(dice: random.Random, texts: list[str]) -> list[tuple[float, float]]:
    """In a stack of its own without a classifier, so that labelling does not compete with what is measured."""
    async with bench_stack() as (stack, token):
        await stack.processes["classifier"].stop()
        connection = await asyncpg.connect(stack.database_url)
        try:
            await connection.execute("CREATE TABLE bench_copy (LIKE messages INCLUDING ALL)")
            sides = []
            for _ in range(ROUNDS):
                rows = _rows(dice, texts)
                sides.append((await copy(connection, rows), await raw(stack, token, rows)))
            return sides
        finally:
            await connection.close()


def _report(label_sides: list[tuple[float, float]], raw_sides: list[tuple[float, float]]) -> dict[str, object]:
    return {
        "bench": "ingest",
        "labelled_to_bare": round(statistics.median(alone / ours for alone, ours in label_sides), 3),
        "raw_to_copy": round(statistics.median(alone / ours for alone, ours in raw_sides), 3),
        "messages_per_second": {
            "bare_session": round(LABELLED / statistics.median(alone for alone, _ in label_sides)),
            "http_to_labelled": round(LABELLED / statistics.median(ours for _, ours in label_sides)),
            "asyncpg_copy": round(RAW / statistics.median(alone for alone, _ in raw_sides)),
            "durable_import": round(RAW / statistics.median(ours for _, ours in raw_sides)),
        },
        "targets": TARGETS,
        "rounds": ROUNDS,
        **conditions(),
    }


if __name__ == "__main__":
    asyncio.run(main())
