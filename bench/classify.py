"""Messages per second through the classifier's gRPC API, against a bare ONNX Runtime session on the same texts.

`python -m bench.classify` prints one JSON line. The server is a process of its own with its cache off; the bare session
(tokenise, pad, run; sorted by length, one thread per core) and the callers share this one. Rounds are short and the
sides take turns, so that a busy machine disturbs all alike; ratios are medians over rounds.
"""

import asyncio
import csv
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import onnxruntime
import psutil

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.classifier.artefact import load_artefact
from services.classifier.engine import Engine, TokenizedText
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.auth import TokenSigner
from services.runtime.channel import open_channel
from services.runtime.keys import generate_keys
from services.runtime.service_token import ServiceToken

if TYPE_CHECKING:
    from earshot.classifier.v1.classifier_pb2_grpc import ClassifierServiceAsyncStub

CORPUS = Path("services/classifier/training/corpus")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
TEXTS_PER_ROUND = 512
CALLERS = 32
BARE_BATCH = 16


def corpus_texts() -> list[str]:
    """Every different text of the training corpus."""
    texts: dict[str, None] = {}
    for path in sorted(CORPUS.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            texts.update((row["text"], None) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return list(texts)


def bare(engine: Engine, texts: Sequence[str]) -> None:
    """The texts through the session alone: sorted by length, one thread per core."""
    tokenized = sorted(engine.tokenize(texts), key=lambda text: len(text.token_ids))
    batches = iter([tokenized[start : start + BARE_BATCH] for start in range(0, len(tokenized), BARE_BATCH)])
    cores = len(os.sched_getaffinity(0))
    threads = [threading.Thread(target=_drain, args=(engine, batches, threading.Lock())) for _ in range(cores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _drain(engine: Engine, batches: Iterator[list[TokenizedText]], lock: threading.Lock) -> None:
    while True:
        with lock:
            batch = next(batches, None)
        if batch is None:
            return
        engine.score(batch)


@asynccontextmanager
async def server() -> AsyncIterator[tuple["ClassifierServiceAsyncStub", psutil.Process]]:
    """A classifier process and a stub for it."""
    with tempfile.TemporaryDirectory() as folder:
        keys = generate_keys(Path(folder) / "keys")
        port = 50951
        environment = {
            **os.environ,
            "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
            "EARSHOT_CLASSIFIER_PORT": str(port),
            "EARSHOT_CLASSIFIER_CACHE_TEXTS": "0",
            "EARSHOT_LOG_LEVEL": os.environ.get("EARSHOT_LOG_LEVEL", "info"),
            "EARSHOT_ENVIRONMENT": "production",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.classifier", env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        token = TokenSigner.from_file(keys.private_key).sign_service("bench")
        async with open_channel(f"127.0.0.1:{port}", service_token=ServiceToken(value=token)) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            await _ready(stub)
            try:
                yield stub, psutil.Process(process.pid)
            finally:
                process.terminate()
                await process.wait()


async def _ready(stub: "ClassifierServiceAsyncStub") -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.1)
            else:
                return


async def stream(stub: "ClassifierServiceAsyncStub", texts: Sequence[str]) -> None:
    """The texts through one ClassifyStream."""

    async def requests() -> AsyncIterator[classifier_pb2.ClassifyStreamRequest]:
        for number, text in enumerate(texts):
            yield classifier_pb2.ClassifyStreamRequest(correlation_id=str(number), text=text)

    answers = [answer async for answer in stub.ClassifyStream(requests())]
    assert {int(answer.correlation_id) for answer in answers if answer.HasField("result")} == set(range(len(texts)))


async def unary(stub: "ClassifierServiceAsyncStub", texts: Sequence[str]) -> None:
    """The texts one by one through concurrent callers."""
    waiting = iter(texts)

    async def caller() -> None:
        for text in waiting:
            answer = await stub.Classify(classifier_pb2.ClassifyRequest(texts=[text]))
            assert len(answer.results) == 1

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def _rate(side: Awaitable[None]) -> float:
    start = time.perf_counter()
    await side
    return TEXTS_PER_ROUND / (time.perf_counter() - start)


async def main() -> None:
    texts = corpus_texts()
    engine = Engine(load_artefact(DEFAULT_MODEL))
    rates: dict[str, list[float]] = {"bare": [], "stream": [], "unary": []}
    async with server() as (stub, process):
        await stream(stub, texts[:64])
        for number in range(ROUNDS):
            chosen = random.Random(number).sample(texts, TEXTS_PER_ROUND)
            rates["bare"].append(await _rate(asyncio.to_thread(bare, engine, chosen)))
            rates["stream"].append(await _rate(stream(stub, chosen)))
            rates["unary"].append(await _rate(unary(stub, chosen)))
        resident = process.memory_info().rss / 1e6
    print(json.dumps(_report(rates, resident)))


def _report(rates: dict[str, list[float]], resident_mb: float) -> dict[str, object]:
    ratio = {
        side: statistics.median(one / bare for one, bare in zip(rates[side], rates["bare"], strict=True))
        for side in ("stream", "unary")
    }
    return {
        "bench": "classify",
        "messages_per_second": {side: round(statistics.median(values), 1) for side, values in rates.items()},
        "stream_to_bare": round(ratio["stream"], 3),
        "unary_to_bare": round(ratio["unary"], 3),
        "target": {"stream_to_bare": 0.9, "unary_to_bare": 0.75, "resident_mb": 450},
        "server_resident_mb": round(resident_mb),
        "rounds": ROUNDS,
        "texts_per_round": TEXTS_PER_ROUND,
        "callers": CALLERS,
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.processor() or platform.machine(),
        "onnxruntime": onnxruntime.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


if __name__ == "__main__":
    asyncio.run(main())
