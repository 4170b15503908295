"""ClassifyStream over gRPC on the real model: correlation, errors per item, shared runs, back-pressure, leaving."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from earshot.classifier.v1 import classifier_pb2
from services.classifier.scoring.engine import Engine
from services.classifier.scoring.predictor import Predictor
from services.classifier.training.rows import read_rows
from services.runtime.errors import ErrorReason
from services.runtime.keys import KeyFiles
from services.runtime.labels import SCHEMES
from tests.support.classifier import GOLDEN, HeldModel, RunningClassifier, load_model, serve_model

Item = classifier_pb2.ClassifyStreamRequest


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


async def test_every_item_is_answered_once_under_its_own_id(classifier: RunningClassifier) -> None:
    texts = [row.text for row in read_rows(GOLDEN)][:300]
    requests = iter([Item(correlation_id=f"id-{number}", text=text) for number, text in enumerate(texts)])
    answers = [answer async for answer in classifier.stub.ClassifyStream(requests)]
    assert sorted(answer.correlation_id for answer in answers) == sorted(f"id-{n}" for n in range(len(texts)))
    by_id = {answer.correlation_id: answer.result for answer in answers}
    for number in (0, 150, 299):
        alone = (await classifier.classify(texts[number])).results[0]
        assert [item.label for item in by_id[f"id-{number}"].intents] == [item.label for item in alone.intents]
        assert by_id[f"id-{number}"].intents[0].probability == pytest.approx(alone.intents[0].probability, abs=1e-4)


async def test_bad_items_get_errors_and_harm_no_other(classifier: RunningClassifier) -> None:
    items = [
        Item(correlation_id="long", text="a" * 20_001),
        Item(correlation_id="scheme", text="ok", scheme="klassik"),
        Item(correlation_id="x" * 129, text="ok"),
        Item(correlation_id="good", text="my deposit failed", scheme="feedback5", include_embedding=True),
        Item(correlation_id="blank"),
    ]
    answers = {answer.correlation_id: answer async for answer in classifier.stub.ClassifyStream(iter(items))}
    assert answers["long"].error.reason == ErrorReason.TEXT_TOO_LONG
    assert "20000" in answers["long"].error.message
    assert answers["scheme"].error.reason == ErrorReason.UNKNOWN_SCHEME
    assert answers["x" * 129].error.reason == ErrorReason.INVALID_ARGUMENT
    assert answers["good"].result.categories[0].label in SCHEMES["feedback5"].values()
    assert len(answers["good"].result.embedding) == 384
    assert answers["blank"].result.intents[0].label == "smalltalk"


async def test_an_empty_stream_ends_empty(classifier: RunningClassifier) -> None:
    assert await classifier.stream([]) == {}


async def test_answers_come_while_the_stream_is_still_open(classifier: RunningClassifier) -> None:
    call = classifier.stub.ClassifyStream()
    for key in ("1", "2"):
        await call.write(Item(correlation_id=key, text="where is my bonus"))
        answer = await call.read()
        assert isinstance(answer, classifier_pb2.ClassifyStreamResponse)
        assert answer.correlation_id == key
    await call.done_writing()
    assert await call.read() is grpc.aio.EOF


async def test_a_stream_shares_runs_with_unary_calls(one_worker: RunningClassifier, held: HeldModel) -> None:
    first = asyncio.ensure_future(one_worker.classify("the first text"))
    await held.busy()
    stream = asyncio.ensure_future(one_worker.stream([("a", "streamed text"), ("b", "streamed text too")]))
    single = asyncio.ensure_future(one_worker.classify("a single text"))
    await held.admits(4)
    held.release()
    await asyncio.gather(first, stream, single)
    assert [len(run) for run in held.runs] == [1, 3]


async def test_a_stream_is_read_only_as_far_as_the_queue_has_room(
    one_worker: RunningClassifier, held: HeldModel
) -> None:
    items = [(str(number), f"text number {number}") for number in range(400)]
    stream = asyncio.ensure_future(one_worker.stream(items))
    await held.busy()
    await held.admits(128)
    single = asyncio.ensure_future(one_worker.classify("a single text finds room"))
    await held.admits(129)
    held.release()
    assert len(await stream) == 400
    assert len((await single).results) == 1


async def test_a_client_that_leaves_takes_its_texts_along(one_worker: RunningClassifier, held: HeldModel) -> None:
    first = asyncio.ensure_future(one_worker.classify("the first text"))
    await held.busy()
    call = one_worker.stub.ClassifyStream(iter([Item(correlation_id=str(n), text=f"gone {n}") for n in range(40)]))
    await held.admits(41)
    call.cancel()
    await held.admits(1)
    held.release()
    await first
    assert [text for run in held.runs for text in run] == ["the first text"]
