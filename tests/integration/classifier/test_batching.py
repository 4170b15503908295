"""Faults around shared model runs: cancelled, expired, poisoned, too many, and a worker that dies."""

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2

from earshot.classifier.v1 import classifier_pb2
from services.classifier.batching import workers
from services.classifier.scoring.engine import Engine, TokenizedText
from services.classifier.scoring.prediction import Prediction
from services.classifier.scoring.predictor import Predictor
from services.runtime.call_context import current_request_id
from services.runtime.errors import ErrorReason
from services.runtime.interceptors import access_log
from services.runtime.keys import KeyFiles
from services.runtime.status import from_rpc_error
from tests.support.classifier import HeldModel, RunningClassifier, load_model, serve_model

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Poison:
    """Wraps the model: a run with the word in one of its texts raises the error."""

    def __init__(self, predictor: Predictor, word: str, error: BaseException) -> None:
        self._predictor = predictor
        self._word = word
        self._error = error

    def __call__(self, texts: Sequence[TokenizedText]) -> tuple[list[Prediction], float]:
        if any(self._word in text.text for text in texts):
            raise self._error
        return self._predictor.predict(texts)


async def failure(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    """The status a call fails with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


@pytest.fixture
def held(predictor: Predictor) -> HeldModel:
    """The real model, whose runs wait for the test."""
    return HeldModel(predictor.predict)


@pytest_asyncio.fixture
async def one_worker(classifier_keys: KeyFiles, engine: Engine, held: HeldModel) -> AsyncIterator[RunningClassifier]:
    """A classifier with one worker and room for 256 texts."""
    model = load_model(engine, held, capacity=256, worker_count=1)
    held.watch(model)
    async with serve_model(classifier_keys, model) as running:
        yield running
        held.release()


async def test_what_queues_while_the_worker_is_busy_shares_a_run(
    one_worker: RunningClassifier, held: HeldModel
) -> None:
    first = asyncio.ensure_future(one_worker.classify("the first text"))
    await held.busy()
    others = [asyncio.ensure_future(one_worker.classify(f"text number {number}")) for number in range(8)]
    await held.admits(9)
    held.release()
    await asyncio.gather(first, *others)
    assert [len(run) for run in held.runs] == [1, 8]


async def test_a_cancelled_text_leaves_and_its_mates_are_answered(
    one_worker: RunningClassifier, held: HeldModel
) -> None:
    first = asyncio.ensure_future(one_worker.classify("the first text"))
    await held.busy()
    gone = one_worker.stub.Classify(classifier_pb2.ClassifyRequest(texts=["gone text one", "gone text two"]))
    mates = [asyncio.ensure_future(one_worker.classify(f"text number {number}")) for number in range(3)]
    await held.admits(6)
    gone.cancel()
    await held.admits(4)
    held.release()
    for response in await asyncio.gather(first, *mates):
        assert len(response.results) == 1
    assert sorted(text for run in held.runs[1:] for text in run) == [f"text number {number}" for number in range(3)]


async def test_a_caller_who_leaves_a_running_batch_harms_nobody(one_worker: RunningClassifier, held: HeldModel) -> None:
    running = one_worker.stub.Classify(classifier_pb2.ClassifyRequest(texts=["gone"]))
    await held.busy()
    running.cancel()
    mate = asyncio.ensure_future(one_worker.classify("still here"))
    await held.admits(2)
    held.release()
    assert len((await mate).results) == 1
    await held.admits(0)


async def test_an_expired_text_is_not_run(one_worker: RunningClassifier, held: HeldModel) -> None:
    first = asyncio.ensure_future(one_worker.classify("the first text"))
    await held.busy()
    request = classifier_pb2.ClassifyRequest(texts=["too late"])
    error = await failure(one_worker.stub.Classify(request, timeout=0.1))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    held.release()
    await first
    await held.admits(0)
    assert [text for run in held.runs for text in run] == ["the first text"]


async def test_a_full_queue_says_so_at_once_and_recovers(one_worker: RunningClassifier, held: HeldModel) -> None:
    first = asyncio.ensure_future(one_worker.classify(*[f"text {number}" for number in range(250)]))
    await held.busy()
    error = from_rpc_error(await failure(one_worker.classify(*["one more"] * 7)))
    assert error.reason == ErrorReason.QUEUE_FULL
    assert error.retry_after_seconds is not None
    assert error.retry_after_seconds > 0
    fits = asyncio.ensure_future(one_worker.classify(*["one more"] * 6))
    await held.admits(256)
    held.release()
    assert len((await first).results) == 250
    assert len((await fits).results) == 6
    assert len((await one_worker.classify("and again")).results) == 1


async def test_a_single_text_slips_into_a_large_request(one_worker: RunningClassifier, held: HeldModel) -> None:
    large = asyncio.ensure_future(one_worker.classify(*[f"text number {number}" for number in range(200)]))
    await held.busy()
    single = asyncio.ensure_future(one_worker.classify("a single text"))
    await held.admits(201)
    held.release()
    await asyncio.gather(large, single)
    order = [text for run in held.runs for text in run]
    assert order.index("a single text") < 100
    assert len(order) == 201


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
async def test_the_model_steps_back_behind_the_event_loop(
    classifier_keys: KeyFiles, engine: Engine, predictor: Predictor
) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    seen: list[int] = []

    def predict(texts: Sequence[TokenizedText]) -> tuple[list[Prediction], float]:
        seen.append(niceness())
        return predictor.predict(texts)

    async with serve_model(classifier_keys, load_model(engine, predict, worker_count=1)) as running:
        await running.classify("where is my bonus")
    assert min(seen) > niceness()


class Log:
    """Stands in for a logger: every line as it would be written, with the request id of its call."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return partial(self._written, level)

    def _written(self, level: str, event: str, *, exc_info: BaseException | None = None, **fields: object) -> None:
        raised = "".join(traceback.format_exception(exc_info)) if exc_info else ""
        self.lines.append(f"{level} {event} {fields} request_id={current_request_id()} {raised}")


async def test_a_failure_is_logged_with_request_and_reason_and_without_the_text(
    classifier_keys: KeyFiles, engine: Engine, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(workers, "_logger", log)
    monkeypatch.setattr(access_log, "_logger", log)
    model = load_model(engine, Poison(predictor, "private", ValueError("out of range")), worker_count=1)
    async with serve_model(classifier_keys, model) as running:
        request = classifier_pb2.ClassifyRequest(texts=["these are my private words"])
        await failure(running.stub.Classify(request, metadata=[("x-request-id", "r-4711")]))
        await running.classify("and this is fine")
    (told,) = (line for line in log.lines if "r-4711" in line)
    assert told.startswith("error rpc")
    assert ErrorReason.MODEL_FAILED in told
    assert "out of range" in told
    assert len(log.lines) > 1
    assert "private words" not in "".join(log.lines)


async def test_a_poisoned_text_fails_alone(classifier_keys: KeyFiles, engine: Engine, predictor: Predictor) -> None:
    model = load_model(engine, Poison(predictor, "poison", ValueError("bad text")), worker_count=1)
    async with serve_model(classifier_keys, model) as running:
        good = [running.classify(f"good text {number}") for number in range(10)]
        bad = running.classify("poison")
        *answers, error = await asyncio.gather(*good, bad, return_exceptions=True)
        assert all(isinstance(answer, classifier_pb2.ClassifyResponse) for answer in answers)
        assert isinstance(error, grpc.aio.AioRpcError)
        assert error.code() is grpc.StatusCode.INTERNAL
        assert from_rpc_error(error).reason == ErrorReason.MODEL_FAILED
        assert "bad text" not in str(error)
        assert await running.health() == SERVING


async def test_a_poisoned_item_of_a_stream_gets_an_error_of_its_own(
    classifier_keys: KeyFiles, engine: Engine, predictor: Predictor
) -> None:
    model = load_model(engine, Poison(predictor, "poison", ValueError("bad text")), worker_count=1)
    async with serve_model(classifier_keys, model) as running:
        answers = await running.stream([("a", "good"), ("b", "poison"), ("c", "good too")])
        assert {key: answer.WhichOneof("outcome") for key, answer in answers.items()} == {
            "a": "result",
            "b": "error",
            "c": "result",
        }
        assert answers["b"].error.reason == ErrorReason.MODEL_FAILED


async def test_a_dead_worker_fails_its_waiters_and_health(
    classifier_keys: KeyFiles, engine: Engine, predictor: Predictor
) -> None:
    held = HeldModel(Poison(predictor, "kill", SystemExit()))
    model = load_model(engine, held, worker_count=1)
    held.watch(model)
    async with serve_model(classifier_keys, model) as running:
        assert await running.health() == SERVING
        doomed = asyncio.ensure_future(running.classify("kill"))
        await held.busy()
        waiting = asyncio.ensure_future(running.classify("waiting"))
        streaming = asyncio.ensure_future(running.stream([("a", "in a stream")]))
        await held.admits(3)
        held.release()
        for call in (doomed, waiting, streaming):
            error = await failure(call)
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            assert from_rpc_error(error).reason == ErrorReason.MODEL_NOT_READY
        assert await running.health() == NOT_SERVING
        assert await running.health("") == NOT_SERVING
        assert (await failure(running.classify("later"))).code() is grpc.StatusCode.UNAVAILABLE
