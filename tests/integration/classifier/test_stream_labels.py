"""ClassifyStream labels a text exactly as Classify does: context, languages, candidates, scores, the language model."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc
import pytest

from earshot.classifier.v1 import classifier_pb2
from services.classifier.training.rows import read_rows
from services.runtime.errors import ErrorReason
from tests.support.classifier import GOLDEN, RunningClassifier, Start
from tests.support.openai_server import Body, Script, scripted_upstream

Item = classifier_pb2.ClassifyStreamRequest
Request = classifier_pb2.ClassifyRequest
Context = classifier_pb2.TextContext

CLEAR = "my deposit of 50 euro was declined by the cashier"
UNCLEAR = "the thing from last week is still not how we agreed"
GERMAN = "Seit neun Tagen warte ich auf meine Auszahlung, was ist los?"
DESK = [
    classifier_pb2.CandidateLabel(name="technical", description="an app, a game or a page does not work, crashes"),
    classifier_pb2.CandidateLabel(name="billing", description="money: deposits, payouts, bonuses, fees"),
]


async def streamed(running: RunningClassifier, items: Sequence[Item]) -> dict[str, Any]:
    """The results of items by their correlation ids; fails on an error."""
    answers = [answer async for answer in running.stub.ClassifyStream(iter(items))]
    assert not [answer.error for answer in answers if answer.HasField("error")]
    return {answer.correlation_id: answer.result for answer in answers}


def rounded(result: classifier_pb2.Classification) -> dict[str, Any]:
    """A result without the last digits of its numbers, which depend on the texts that shared its run."""
    scores = ("intents", "categories", "prediction_set", "candidates")
    return {
        **{name: [(item.label, round(item.probability, 3)) for item in getattr(result, name)] for name in scores},
        "sentiment": result.sentiment.label,
        "plain": (result.abstained, result.language, result.truncated, result.unsupported_language, result.candidate),
        "how": (result.answered_by, list(result.steps), list(result.rules)),
        "numbers": (round(result.review_value, 2), round(result.novelty, 2), len(result.embedding), len(result.scores)),
    }


async def test_a_stream_says_what_classify_says(classifier: RunningClassifier) -> None:
    texts = [*(row.text for row in read_rows(GOLDEN)[:80]), "and still nothing?", GERMAN, "", UNCLEAR]
    previous = ["hello", CLEAR]
    shared: dict[str, Any] = {
        "scheme": "feedback5",
        "include_scores": True,
        "include_embedding": True,
        "languages": ["en"],
        "candidates": DESK,
    }
    items = [
        Item(correlation_id=str(n), text=text, context=Context(previous=previous), **shared)
        for n, text in enumerate(texts)
    ]
    by_id = await streamed(classifier, items)
    contexts = [Context(previous=previous)] * len(texts)
    unary = await classifier.stub.Classify(Request(texts=texts, contexts=contexts, **shared))
    for number, expected in enumerate(unary.results):
        assert rounded(by_id[str(number)]) == rounded(expected), texts[number]
    assert by_id["80"].steps == ["model", "context"]
    assert by_id["81"].unsupported_language


async def test_only_abstained_texts_of_a_stream_are_shown_to_the_language_model(start_classifier: Start) -> None:
    def respond(_: Body) -> Script:
        return Script(deltas=('{"labels": ["suggestion"]}',))

    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(
            classifier_back_end="cascade", llm_base_url=upstream.base_url, llm_model="scripted"
        ) as running,
    ):
        items = [Item(correlation_id=str(n), text=UNCLEAR if n % 10 == 3 else CLEAR) for n in range(40)]
        by_id = await streamed(running, items)
        for number in range(40):
            assert by_id[str(number)].answered_by == ("llm" if number % 10 == 3 else "model")
        assert len(upstream.requests) == 4


async def test_an_upstream_that_is_away_is_asked_no_more_and_labels_stay(start_classifier: Start) -> None:
    async with (
        scripted_upstream(Script(status=503)) as upstream,
        start_classifier(
            classifier_back_end="cascade", llm_base_url=upstream.base_url, llm_model="scripted", llm_max_retries=0
        ) as running,
    ):
        by_id = await streamed(running, [Item(correlation_id=str(n), text=UNCLEAR) for n in range(60)])
        assert {tuple(result.steps) for result in by_id.values()} == {("model", "llm_unavailable", "review")}
        assert len(upstream.requests) <= 8


async def test_what_waits_for_the_language_model_holds_up_no_other_item(start_classifier: Start) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await may_answer.wait()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/v1"
    async with (
        silent,
        start_classifier(
            classifier_back_end="cascade", llm_base_url=address, llm_model="scripted", llm_max_retries=0
        ) as running,
    ):
        call = running.stub.ClassifyStream()
        await call.write(Item(correlation_id="waits", text=UNCLEAR))
        await asked.wait()
        await call.write(Item(correlation_id="goes", text=CLEAR))
        first = await call.read()
        assert isinstance(first, classifier_pb2.ClassifyStreamResponse)
        assert first.correlation_id == "goes"
        await call.done_writing()
        may_answer.set()
        second = await call.read()
        assert isinstance(second, classifier_pb2.ClassifyStreamResponse)
        assert (second.correlation_id, list(second.result.steps)) == ("waits", ["model", "llm_unavailable", "review"])
        assert await call.read() is grpc.aio.EOF


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"context": Context(previous=["a"] * 11)}, "10 texts"),
        ({"context": Context(previous=["a" * 20_001])}, "20000"),
        ({"candidates": DESK[:1]}, "2 to 50"),
    ],
)
async def test_an_item_that_asks_for_what_cannot_be_is_refused_alone(
    classifier: RunningClassifier, fields: dict[str, Any], named: str
) -> None:
    items = [Item(correlation_id="bad", text="hi", **fields), Item(correlation_id="good", text="hi")]
    answers = {answer.correlation_id: answer async for answer in classifier.stub.ClassifyStream(iter(items))}
    assert answers["good"].HasField("result")
    assert named in answers["bad"].error.message
    assert answers["bad"].error.reason in {ErrorReason.TOO_MANY_TEXTS, ErrorReason.TEXT_TOO_LONG, ErrorReason.BAD_LIMIT}
