"""Export through the store's gRPC against COPY TO of the same rows; `python -m bench.export` prints one JSON line.

The bare side is asyncpg reading `COPY (the same messages with their label sets, in the same order) TO STDOUT` and
throwing it away: as CSV, for JSON lines as `row_to_json` of the same rows. Both sides take turns. The store's memory is
read before and at the end of every export.
"""

import asyncio
import json
import os
import statistics
import time
from functools import partial
from typing import Any

import asyncpg
import grpc
import psutil

from bench.rounds import in_turn
from bench.stack import bench_stack, conditions
from earshot.store.v1 import message_pb2, message_pb2_grpc

ROWS = int(os.environ.get("BENCH_ROWS", "200000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TARGETS = {"csv_to_copy": 0.5, "jsonl_to_copy": 0.5, "parquet_to_copy": 0.5}
FORMATS = {
    "csv": message_pb2.EXPORT_FORMAT_CSV,
    "jsonl": message_pb2.EXPORT_FORMAT_JSONL,
    "parquet": message_pb2.EXPORT_FORMAT_PARQUET,
}

_FILL = """
WITH stored AS (
  INSERT INTO messages (workspace_id, id, event_time, source, author, external_id, user_id, conversation_id, text)
  SELECT 'default', uuidv7(), timestamptz '2026-01-01' + n * interval '37 seconds', 'livechat', 'customer', 'e-' || n,
         'user-' || n % 5003, 'thread-' || n / 5, 'my withdrawal number ' || n || ' is pending, where is it?'
  FROM generate_series(1, $1) AS n RETURNING id)
INSERT INTO labels (workspace_id, message_id, intent_mask, category_mask, intents, intent_scores, sentiment,
                    sentiment_score, language, abstained, model_name, model_version)
SELECT 'default', id, 64, 4, ARRAY['withdrawal_delayed'], ARRAY[0.9], 'neutral', 0.8, 'en', false, 'b', '1'
FROM stored
"""
_BARE = """
SELECT m.id, m.external_id, m.source, m.user_id, m.event_time, m.conversation_id, m.author, m.text, m.create_time,
       l.intents, l.intent_scores[1], l.sentiment, l.language, l.abstained, l.author AS labelled_by, l.model_name,
       l.model_version, l.valid_from
FROM messages m
LEFT JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
WHERE m.workspace_id = 'default' ORDER BY m.event_time, m.id
"""


async def _nowhere(data: bytes) -> None:
    del data


async def bare(connection: "asyncpg.Connection[Any]", file_format: str) -> float:
    """Seconds of COPY TO."""
    sql = f"SELECT row_to_json(line) FROM ({_BARE}) AS line" if file_format == "jsonl" else _BARE
    started = time.perf_counter()
    status = await connection.copy_from_query(sql, output=_nowhere, format="csv", header=file_format != "jsonl")
    assert status == f"COPY {ROWS}", status
    return time.perf_counter() - started


async def ours(address: str, token: str, file_format: str) -> float:
    """Seconds of an export, read to its end."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = message_pb2_grpc.MessageServiceStub(channel)
        request = message_pb2.ExportMessagesRequest(format=FORMATS[file_format])
        started = time.perf_counter()
        async for part in stub.ExportMessages(request, metadata=(("authorization", f"Bearer {token}"),)):
            count = part.message_count
        assert count == ROWS
        return time.perf_counter() - started


async def main() -> None:
    """Measures and prints."""
    async with bench_stack() as (stack, token):
        await stack.processes["classifier"].stop()
        connection = await asyncpg.connect(stack.database_url)
        try:
            await connection.execute(_FILL, ROWS, timeout=600)
            await connection.execute("VACUUM ANALYZE messages, labels")
            store = psutil.Process(stack.processes["store"].pid)
            sides: dict[str, list[tuple[float, float]]] = {name: [] for name in FORMATS}
            memory = [store.memory_info().rss]
            for number in range(ROUNDS):
                for name, pairs in sides.items():
                    ways = {
                        "copy": partial(bare, connection, name),
                        "ours": partial(ours, stack.addresses["store"], token, name),
                    }
                    spent = {side: await measure() for side, measure in in_turn(ways, number)}
                    pairs.append((spent["copy"], spent["ours"]))
                    memory.append(store.memory_info().rss)
        finally:
            await connection.close()
    print(json.dumps(_report(sides, memory)))


def _report(sides: dict[str, list[tuple[float, float]]], memory: list[int]) -> dict[str, object]:
    ratios = {
        f"{name}_to_copy": round(statistics.median(alone / mine for alone, mine in pairs), 3)
        for name, pairs in sides.items()
    }
    return {
        "bench": "export",
        **ratios,
        "rows_per_second": {
            **{
                f"copy_for_{name}": round(ROWS / statistics.median(alone for alone, _ in pairs))
                for name, pairs in sides.items()
            },
            **{name: round(ROWS / statistics.median(mine for _, mine in pairs)) for name, pairs in sides.items()},
        },
        "store_mib": {"before": memory[0] >> 20, "most": max(memory) >> 20},
        "rows": ROWS,
        "targets": TARGETS,
        "rounds": ROUNDS,
        **conditions(),
    }


if __name__ == "__main__":
    asyncio.run(main())
