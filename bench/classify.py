"""Messages per second through the classifier's gRPC API, against a bare ONNX Runtime session on the same texts.

`python -m bench.classify` prints one JSON line. The server is a process of its own with its cache off; the bare session
(tokenise, pad, run; sorted by length, one thread per core) and the callers share this one. All sides get the same texts
in order of length, and once more shuffled. Rounds are short and the sides take turns, so that a busy machine disturbs
all alike; ratios are medians over rounds. CPU time, the callers' included, tells the same story undisturbed.

Beside that: what one caller alone waits for on top of the bare session (medians of single texts in turn), and what is
left of the stream when one core is busy elsewhere, held against a server that has the other cores for itself.
`--peers` adds infinity-emb and MLServer on the same model (`bench/classify_peers.py`).
"""

import argparse
import asyncio
import csv
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import onnxruntime
import psutil

from bench.classify_peers import Ask, compare_peers
from bench.rounds import in_turn
from bench.stack import conditions
from deploy.local.servers import free_port
from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.classifier.scoring.artefact import load_artefact
from services.classifier.scoring.engine import Engine, TokenizedText
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
SINGLE_TEXTS = 60
START_SECONDS = 240
TARGETS = {
    "stream_to_bare": 0.95,
    "unary_to_bare": 0.85,
    "one_caller_extra_ms": 1.5,
    "busy_core_ratio": 0.8,
    "server_resident_mb": 400,
}


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
async def server(cores: set[int] | None = None) -> AsyncIterator[tuple["ClassifierServiceAsyncStub", psutil.Process]]:
    """A classifier process, on all cores or on these, and a stub for it."""
    with tempfile.TemporaryDirectory() as folder:
        keys = generate_keys(Path(folder) / "keys")
        port = free_port()
        environment = os.environ | {
            "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
            "EARSHOT_CLASSIFIER_PORT": str(port),
            "EARSHOT_CLASSIFIER_CACHE_MB": "0",
            "EARSHOT_CLASSIFIER_COMPUTE": "float32",  # as the bare session and the peers; its own choice may differ
            "EARSHOT_ENVIRONMENT": "production",
        }
        process = await _started(["-m", "services.classifier"], cores, environment)
        token = ServiceToken(value=TokenSigner.from_file(keys.private_key).sign_service("bench"))
        try:
            async with open_channel(f"127.0.0.1:{port}", service_token=token) as channel:
                stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
                await _ready(stub)
                yield stub, psutil.Process(process.pid)
        finally:
            process.terminate()
            await process.wait()


async def _started(
    arguments: Sequence[str], cores: set[int] | None, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """A Python process that has been on its cores from the beginning: it counts them when it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=environment, stderr=asyncio.subprocess.DEVNULL
        )
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def busy_core(core: int) -> AsyncIterator[None]:
    """A process that never rests on one core."""
    process = await _started(["-c", "while True: pass"], {core})
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _ready(stub: "ClassifierServiceAsyncStub") -> None:
    async with asyncio.timeout(START_SECONDS):
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

    async def ask(text: str) -> None:
        answer = await stub.Classify(classifier_pb2.ClassifyRequest(texts=[text]))
        assert len(answer.results) == 1

    await _race(ask, texts)


async def _race(ask: Ask, texts: Sequence[str]) -> float:
    """Seconds that concurrent callers take with the texts, one by one."""
    waiting, start = iter(texts), time.perf_counter()

    async def caller() -> None:
        for text in waiting:
            await ask(text)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return time.perf_counter() - start


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


async def _cost(work: Awaitable[None], processes: Sequence[psutil.Process]) -> Cost:
    cpu, wall = _cpu_seconds(processes), time.perf_counter()
    await work
    return Cost(wall=time.perf_counter() - wall, cpu=_cpu_seconds(processes) - cpu)


async def one_caller(stub: "ClassifierServiceAsyncStub", engine: Engine, texts: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of single texts, bare and by RPC in turn, and of their difference."""
    waits: list[tuple[float, float]] = []
    for text in texts:
        start = time.perf_counter()
        engine.score(engine.tokenize([text]))
        middle = time.perf_counter()
        await stub.Classify(classifier_pb2.ClassifyRequest(texts=[text]))
        waits.append((middle - start, time.perf_counter() - middle))
    bare_ms, call_ms = (statistics.median(column) * 1_000 for column in zip(*waits, strict=True))
    return {
        "one_caller_bare_ms": round(bare_ms, 2),
        "one_caller_p50_ms": round(call_ms, 2),
        "one_caller_extra_ms": round(call_ms - bare_ms, 2),
    }


async def busy_core_ratio(stub: "ClassifierServiceAsyncStub", texts: Sequence[str]) -> float | None:
    """Throughput with one core busy elsewhere, of that of a server which has the other cores alone; median of rounds.

    None on a machine with one core.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    ratios = []
    async with server(set(cores[1:])) as (alone, _):
        await stream(alone, texts[:64])
        for _ in range(ROUNDS):
            async with busy_core(cores[0]):
                disturbed = await _wall(stream(stub, texts))
            ratios.append(await _wall(stream(alone, texts)) / disturbed)
    return round(statistics.median(ratios), 3)


async def _wall(work: Awaitable[None]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def main(*, peers: bool) -> None:
    texts, engine = corpus_texts(), Engine(load_artefact(DEFAULT_MODEL))
    length = {text.text: len(text.token_ids) for text in engine.tokenize(texts)}
    costs: dict[str, list[Cost]] = {}
    async with server() as (stub, process):
        both = (psutil.Process(), process)
        bare(engine, texts[:64])
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
            for side, work in in_turn(sides, number):
                costs.setdefault(side, []).append(await _cost(work(), both))
        resident = process.memory_info().rss / 1e6
        further: dict[str, object] = {**await one_caller(stub, engine, shuffled[:SINGLE_TEXTS])}
        further["busy_core_ratio"] = await busy_core_ratio(stub, ordered)
    if peers:
        race = partial(_race, texts=shuffled)
        further["peers"] = await compare_peers(race, partial(_own, shuffled), DEFAULT_MODEL, ROUNDS)
    print(json.dumps(_report(costs, resident) | further))


async def _own(texts: Sequence[str]) -> dict[str, float]:
    """Seconds that our own server takes by each way, started for it as the peers are."""
    async with server() as (stub, _):
        await stream(stub, texts[:64])
        return {"unary": await _wall(unary(stub, texts)), "stream": await _wall(stream(stub, texts))}


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
        "onnxruntime": onnxruntime.__version__,
        **conditions(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Messages per second through the classifier's gRPC API.")
    parser.add_argument("--peers", action="store_true", help="also infinity-emb and MLServer, installed when needed")
    asyncio.run(main(peers=parser.parse_args().peers))
