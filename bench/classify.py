"""Messages per second through the classifier's gRPC API, against a bare ONNX Runtime session on the same texts.

`python -m bench.classify` prints one JSON line. The server is a process of its own with its cache off; the bare session
(tokenise, pad, run; sorted by length, one thread per core) and the callers share this one. All sides get the same texts
in order of length, and once more shuffled. Rounds are short and the sides take turns, so that a busy machine disturbs
all alike; ratios are medians over rounds. CPU time, the callers' included, tells the same story undisturbed.
"""

import asyncio
import csv
import json
import os
import platform
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
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

CORPUS = Path(__file__).parents[1] / "services" / "classifier" / "training" / "corpus"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TEXTS_PER_ROUND = 384
CALLERS = 32
BARE_BATCH = 16  # the fastest of 8, 16, 32 for texts of this length
TARGETS = {"stream_to_bare": 0.9, "unary_to_bare": 0.75, "server_resident_mb": 450}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one side spent on one round, in seconds."""

    wall: float
    cpu: float


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
    lock = threading.Lock()
    threads = [threading.Thread(target=_run_batches, args=(engine, batches, lock)) for _ in range(_cores())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _run_batches(engine: Engine, batches: Iterator[list[TokenizedText]], lock: threading.Lock) -> None:
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
        port = _free_port()
        environment = os.environ | {
            "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
            "EARSHOT_CLASSIFIER_PORT": str(port),
            "EARSHOT_CLASSIFIER_CACHE_MB": "0",
            "EARSHOT_ENVIRONMENT": "production",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.classifier", env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        token = ServiceToken(value=TokenSigner.from_file(keys.private_key).sign_service("bench"))
        try:
            async with open_channel(f"127.0.0.1:{port}", service_token=token) as channel:
                stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
                await _ready(stub)
                yield stub, psutil.Process(process.pid)
        finally:
            process.terminate()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _ready(stub: "ClassifierServiceAsyncStub") -> None:
    async with asyncio.timeout(60):
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


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


async def _cost(work: Awaitable[None], processes: Sequence[psutil.Process]) -> Cost:
    cpu, wall = _cpu_seconds(processes), time.perf_counter()
    await work
    return Cost(wall=time.perf_counter() - wall, cpu=_cpu_seconds(processes) - cpu)


async def main() -> None:
    texts, engine = corpus_texts(), Engine(load_artefact(DEFAULT_MODEL))
    length = {text.text: len(text.token_ids) for text in engine.tokenize(texts)}
    costs: dict[str, list[Cost]] = {}
    async with server() as (stub, process):
        both = (psutil.Process(), process)
        await stream(stub, texts[:64])
        for number in range(ROUNDS):
            shuffled = random.Random(number).sample(texts, TEXTS_PER_ROUND)
            ordered = sorted(shuffled, key=length.__getitem__)
            sides: dict[str, Callable[[], Awaitable[None]]] = {
                "bare": partial(asyncio.to_thread, bare, engine, ordered),
                "stream": partial(stream, stub, ordered),
                "unary": partial(unary, stub, ordered),
                "stream_shuffled": partial(stream, stub, shuffled),
                "unary_shuffled": partial(unary, stub, shuffled),
            }
            for side, work in sides.items():
                costs.setdefault(side, []).append(await _cost(work(), both))
        resident = process.memory_info().rss / 1e6
    print(json.dumps(_report(costs, resident)))


def _report(costs: Mapping[str, Sequence[Cost]], resident_mb: float) -> dict[str, object]:
    def ratios(of: Callable[[Cost], float]) -> dict[str, float]:
        base = costs["bare"]
        return {
            f"{side}_to_bare": round(statistics.median(of(b) / of(own) for b, own in zip(base, spent, strict=True)), 3)
            for side, spent in costs.items()
            if side != "bare"
        }

    return {
        "bench": "classify",
        "messages_per_second": {
            side: round(TEXTS_PER_ROUND / statistics.median(cost.wall for cost in spent), 1)
            for side, spent in costs.items()
        },
        **ratios(lambda cost: cost.wall),
        "by_cpu_time": ratios(lambda cost: cost.cpu),
        "server_resident_mb": round(resident_mb),
        "targets": TARGETS,
        "rounds": ROUNDS,
        "texts_per_round": TEXTS_PER_ROUND,
        "callers": CALLERS,
        "cores": _cores(),
        "machine": platform.processor() or platform.machine(),
        "onnxruntime": onnxruntime.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


if __name__ == "__main__":
    asyncio.run(main())
