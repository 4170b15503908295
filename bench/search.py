"""Search by meaning over 200,000 embeddings: the index against comparing every one; `python -m bench.search`.

Prints one JSON line: recall@10 of the index, its speed beside the exact answer of the very same statement, both without
a filter and under one, and what a million messages take on disk with and without embeddings.

The data are generated once and kept under bench/.data/search: texts of the training corpus, and unit vectors around
2,000 centres, as the embeddings of 2,000 topics would lie, spread in few directions more than in the others.
"""

import asyncio
import json
import logging
import os
import random
import statistics
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt
import structlog

from bench.classify import corpus_texts
from bench.stack import conditions
from deploy.local.servers import embedded_postgres
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS
from services.store.embedding import EMBEDDING_SIZE, Embedding
from services.store.filters import Filters, TimeRange, ValueFilter, category_mask, intent_mask
from services.store.ingesting.message_ids import new_message_ids
from services.store.migrations.runner import migrate
from services.store.pool import DEFAULT_WORKSPACE, Connection, Database, DatabaseOptions
from services.store.repositories.search import nearest, statement

MESSAGES: Final = 200_000
CENTRES: Final = 2_000
SPREAD: Final = 0.7
QUESTIONS: Final = 100
NEEDED: Final = 10
ENCODER: Final = "bench"
DATA: Final = Path(__file__).parent / ".data" / "search"
EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
TARGETS: Final = {"recall_at_10": 0.95, "index_to_exact": 20}
# A third of the range and one category of nine.
FILTERED: Final = (
    Filters(categories=ValueFilter(any_of=("deposit",))),
    TimeRange(start=EPOCH + timedelta(days=60), end=EPOCH + timedelta(days=180)),
)
UNFILTERED: Final = (Filters(), TimeRange())

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The two ways to one answer, over all questions."""

    recall: float
    index_seconds: float
    exact_seconds: float


def unit(vectors: npt.NDArray[np.float64]) -> Vectors:
    """Each row with length 1."""
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


class Cloud:
    """Vectors around centres, the same for the same seed."""

    def __init__(self) -> None:
        self._centres = unit(np.random.default_rng(1).standard_normal((CENTRES, EMBEDDING_SIZE)))
        # The k-th direction has a share of 1/k of the variance, as embeddings of texts have it, roughly.
        self._scales = 1 / np.sqrt(np.arange(1, EMBEDDING_SIZE + 1))

    def draw(self, seed: int, count: int) -> Vectors:
        """`[count, EMBEDDING_SIZE]`."""
        dice = np.random.default_rng(seed)
        away = unit(dice.standard_normal((count, EMBEDDING_SIZE)) * self._scales)
        return unit(self._centres[dice.integers(0, CENTRES, count)] + SPREAD * away.astype(np.float64))


async def fill(connection: "asyncpg.Connection[Any]") -> None:
    """The schema's tables with generated rows. The index is made last, as restoring a backup does."""
    definition = await connection.fetchval("SELECT pg_get_indexdef('message_embeddings_near'::regclass)")
    await connection.execute("DROP INDEX message_embeddings_near")
    ids = [UUID(message_id) for message_id in new_message_ids(MESSAGES)]
    await _copy_messages(connection, ids)
    vectors = Cloud().draw(2, MESSAGES)
    await connection.copy_to_table("message_embeddings", source=BytesIO(_embedding_rows(ids, vectors)), format="binary")
    await connection.execute(
        "INSERT INTO message_search SELECT workspace_id, id, to_tsvector('simple', text) FROM messages"
    )
    await connection.execute("SET maintenance_work_mem = '1GB'")
    await connection.execute(definition, timeout=3600)
    await connection.execute("VACUUM ANALYZE", timeout=3600)


async def _copy_messages(connection: "asyncpg.Connection[Any]", ids: Sequence[UUID]) -> None:
    dice = random.Random(3)
    texts = corpus_texts()
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
    rows = [
        (
            DEFAULT_WORKSPACE,
            message_id,
            EPOCH + timedelta(seconds=place * 150),
            ("livechat", "telegram")[place % 2],
            "customer",
            str(message_id),
            f"user-{dice.randrange(50_000)}",
            "",
            texts[dice.randrange(len(texts))],
        )
        for place, message_id in enumerate(ids)
    ]
    await connection.copy_records_to_table("messages", records=rows, columns=columns)
    await connection.copy_records_to_table("labels", records=list(_labels(ids, dice)), columns=_LABEL_COLUMNS)


_LABEL_COLUMNS: Final = (
    *("workspace_id", "message_id", "intent_mask", "category_mask", "intents", "intent_scores", "sentiment_score"),
    *("sentiment", "language", "abstained", "model_name", "model_version"),
)


def _labels(ids: Sequence[UUID], dice: random.Random) -> Iterator[tuple[object, ...]]:
    for message_id in ids:
        intent = INTENTS[dice.randrange(len(INTENTS))]
        masks = (intent_mask([intent]), category_mask([CATEGORY_OF_INTENT[intent]]))
        yield (DEFAULT_WORKSPACE, message_id, *masks, [intent], [0.9], 0.8, "neutral", "en", False, "bench", "1")


def _embedding_rows(ids: Sequence[UUID], vectors: Vectors) -> bytes:
    """The rows as COPY's binary format has them, because no codec of asyncpg knows halfvec."""
    workspace, encoder = DEFAULT_WORKSPACE.encode(), ENCODER.encode()
    halves = vectors.astype(">f2")
    rows = BytesIO()
    rows.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
    for message_id, half in zip(ids, halves, strict=True):
        embedding = struct.pack(">hh", EMBEDDING_SIZE, 0) + half.tobytes()
        rows.write(struct.pack(">h", 5))
        for field in (workspace, message_id.bytes, encoder, embedding, b"\x01"):
            rows.write(struct.pack(">i", len(field)) + field)
    rows.write(struct.pack(">h", -1))
    return rows.getvalue()


async def compare(database: Database, questions: Vectors, filters: Filters, time_range: TimeRange) -> Side:
    """Each question both ways, taking turns."""
    recalls, index_seconds, exact_seconds = [], [], []
    for question in questions:
        embedding = Embedding(encoder=ENCODER, values=question.tolist())
        arguments = (DEFAULT_WORKSPACE, embedding, filters, time_range)
        async with database.transaction(DEFAULT_WORKSPACE, readonly=True) as connection:
            found, seconds = await _timed(lambda: nearest(connection, *arguments))  # noqa: B023 - awaited at once
            index_seconds.append(seconds)
            wanted, seconds = await _timed(lambda: _exact(connection, *arguments))  # noqa: B023
            exact_seconds.append(seconds)
        truth = {message_id for message_id, _ in wanted[:NEEDED]}
        recalls.append(len(truth & {message_id for message_id, _ in found[:NEEDED]}) / len(truth))
    return Side(
        recall=statistics.mean(recalls),
        index_seconds=statistics.median(index_seconds),
        exact_seconds=statistics.median(exact_seconds),
    )


async def _exact(
    connection: Connection, workspace_id: str, embedding: Embedding, filters: Filters, time_range: TimeRange
) -> list[tuple[UUID, float]]:
    asked = statement(workspace_id, embedding, filters, time_range, without=None, exact=True)
    rows = await connection.fetch(asked.sql, *asked.arguments)
    return [(row["message_id"], row["similarity"]) for row in rows]


async def _timed(call: Callable[[], Any]) -> tuple[list[tuple[UUID, float]], float]:
    started = time.perf_counter()
    found = await call()
    return found, time.perf_counter() - started


async def megabytes_per_million(connection: "asyncpg.Connection[Any]") -> dict[str, float]:
    """Size on disk of the tables that grow with messages, indexes included, as for a million messages."""
    tables = ("messages", "labels", "message_search", "message_embeddings")
    sizes = {name: await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", name) for name in tables}
    sizes["of_which_hnsw"] = await connection.fetchval("SELECT pg_relation_size('message_embeddings_near'::regclass)")
    return {name: round(size / MESSAGES, 0) for name, size in sizes.items()}


async def give_memory() -> None:
    """Lets Postgres keep table and index in memory, as docs/deployment.md advises; read at its next start."""
    async with embedded_postgres(DATA) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER SYSTEM SET shared_buffers = '768MB'")
        await connection.close()


async def main() -> None:
    """Measures and prints."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    DATA.mkdir(parents=True, exist_ok=True)
    await give_memory()
    async with embedded_postgres(DATA) as url:
        options = DatabaseOptions(url=url, command_seconds=600)
        await migrate(options)
        connection = await asyncpg.connect(url)
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM message_embeddings)"):
            await fill(connection)
        database = Database(options)
        await database.open()
        questions = Cloud().draw(int(os.environ.get("BENCH_SEED", "7")), QUESTIONS)
        await compare(database, questions[:10], *UNFILTERED)
        sides = {
            "unfiltered": await compare(database, questions, *UNFILTERED),
            "filtered": await compare(database, questions[:20], *FILTERED),
        }
        disk = await megabytes_per_million(connection)
        await database.close()
        await connection.close()
    print(json.dumps(_report(sides, disk)))


def _report(sides: dict[str, Side], disk: dict[str, float]) -> dict[str, object]:
    whole, part = sides["unfiltered"], sides["filtered"]
    return {
        "bench": "search",
        "recall_at_10": round(whole.recall, 3),
        "index_to_exact": round(whole.exact_seconds / whole.index_seconds, 1),
        "recall_at_10_filtered": round(part.recall, 3),
        "index_to_exact_filtered": round(part.exact_seconds / part.index_seconds, 1),
        "milliseconds": {
            name: {"index": round(side.index_seconds * 1e3, 2), "exact": round(side.exact_seconds * 1e3, 1)}
            for name, side in sides.items()
        },
        "megabytes_per_million_messages": disk,
        "messages": MESSAGES,
        "targets": TARGETS,
        **conditions(),
    }


if __name__ == "__main__":
    asyncio.run(main())
