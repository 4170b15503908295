"""Doubt over gRPC: prediction sets, languages, context, candidates, and the language model's second opinion."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import grpc
import pytest

from earshot.classifier.v1 import classifier_pb2
from services.classifier.labelling.labeller import Labeller, Texts
from services.classifier.language_model.opening import opened
from services.classifier.metrics import ClassifierMetrics
from services.classifier.scoring.engine import Engine
from services.classifier.scoring.predictor import Predictor
from services.classifier.settings import ClassifierSettings
from services.runtime.keys import KeyFiles
from services.runtime.labels import FALLBACK_INTENT, INTENTS
from services.runtime.status import from_rpc_error
from tests.support.classifier import RunningClassifier, Start, load_model
from tests.support.openai_server import Body, Script, scripted_upstream

CLEAR = "my deposit of 50 euro was declined by the cashier"
UNCLEAR = "the thing from last week is still not how we agreed"
DESK = [
    classifier_pb2.CandidateLabel(name="technical", description="an app, a game or a page does not work, crashes"),
    classifier_pb2.CandidateLabel(name="billing", description="money: deposits, payouts, bonuses, fees"),
    classifier_pb2.CandidateLabel(name="general", description="anything else: thanks, questions about the company"),
]


def labels(scores: Any) -> set[str]:
    return {item.label for item in scores}


async def test_a_prediction_set_holds_the_labels_and_doubt_makes_it_larger(classifier: RunningClassifier) -> None:
    clear, unclear = (await classifier.classify(CLEAR, UNCLEAR)).results
    for result in (clear, unclear):
        assert labels(result.intents) <= labels(result.prediction_set)
        assert 0 <= result.review_value <= 1
        assert result.answered_by == "model"
    assert [list(result.steps) for result in (clear, unclear)] == [["model"], ["model", "review"]]
    assert len(clear.prediction_set) < len(unclear.prediction_set)
    assert clear.review_value < unclear.review_value
    info = await classifier.stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
    assert info.prediction_set_coverage == pytest.approx(0.95)


async def test_languages_that_are_not_accepted_are_named_and_not_labelled(classifier: RunningClassifier) -> None:
    german = "Seit neun Tagen warte ich auf meine Auszahlung, was ist los?"
    results = (await classifier.classify(CLEAR, german, "???", languages=["en", "fr"])).results
    assert [result.unsupported_language for result in results] == [False, True, False]
    refused = results[1]
    assert (refused.language, refused.answered_by) == ("de", "none")
    assert not refused.intents
    assert not refused.categories
    assert not refused.prediction_set
    assert not refused.HasField("sentiment")
    assert not (await classifier.classify(german)).results[0].unsupported_language


async def test_a_fragment_takes_the_need_of_what_was_said_before(classifier: RunningClassifier) -> None:
    contexts = [classifier_pb2.TextContext(previous=["hello", CLEAR])] * 4
    texts = ["and still nothing?", "hi there", "thanks, solved", "i forgot my password and cannot sign in"]
    alone = (await classifier.classify(*texts)).results
    together = (await classifier.classify(*texts, contexts=contexts)).results
    assert "deposit_failed" in labels(together[0].intents)
    assert list(together[0].steps) == ["model", "context"]
    for plain, same in zip(alone[1:], together[1:], strict=True):
        assert plain == same
    assert (await classifier.classify(*texts, contexts=[classifier_pb2.TextContext()] * 4)).results == alone


async def test_the_callers_own_labels_are_scored_without_training(classifier: RunningClassifier) -> None:
    results = (await classifier.classify(CLEAR, "the slot crashes on my phone", candidates=DESK)).results
    assert [result.candidate for result in results] == ["billing", "technical"]
    for result in results:
        assert sum(item.probability for item in result.candidates) == pytest.approx(1, abs=1e-5)
        assert [item.probability for item in result.candidates] == sorted(
            (item.probability for item in result.candidates), reverse=True
        )


async def test_no_label_of_the_callers_holds_where_none_fits(classifier: RunningClassifier) -> None:
    strange = ["what is the capital of peru", "play some jazz in the kitchen", "how do i bake bread without yeast"]
    many = [classifier_pb2.CandidateLabel(name=name) for name in ("delivery", "refund", "invoice", "newsletter")]
    for candidates in (DESK[:2], many):
        results = (await classifier.classify(*strange, candidates=candidates)).results
        assert [result.candidate for result in results] == [""] * len(strange)
        assert all(len(result.candidates) == len(candidates) for result in results)
    results = (await classifier.classify("i want my money back for the shoes", candidates=many)).results
    assert results[0].candidate == "refund"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contexts": [classifier_pb2.TextContext()] * 2}, "contexts"),
        ({"contexts": [classifier_pb2.TextContext(previous=["a"] * 11)]}, "contexts[0].previous"),
        ({"candidates": DESK[:1]}, "candidates"),
        ({"candidates": [DESK[0], DESK[0]]}, "candidates"),
        ({"candidates": [*DESK, classifier_pb2.CandidateLabel(name=" ")]}, "candidates[3].name"),
    ],
)
async def test_what_is_wrong_with_a_question_is_named(
    classifier: RunningClassifier, fields: dict[str, Any], field: str
) -> None:
    call: Awaitable[Any] = classifier.classify("hi", **fields)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert from_rpc_error(caught.value).violations[0].field == field


def answering(answer: str) -> Any:
    def respond(_: Body) -> Script:
        return Script(deltas=(answer,))

    return respond


async def test_only_abstained_texts_are_shown_to_the_language_model(start_classifier: Start) -> None:
    async with (
        scripted_upstream(respond=answering('{"labels": ["suggestion"]}')) as upstream,
        start_classifier(
            classifier_doubt_steps=("llm", "rules", "review"),
            classifier_word_rules={"never said": "praise"},
            llm_base_url=upstream.base_url,
            llm_model="scripted",
        ) as running,
    ):
        alone = (await running.classify(UNCLEAR, include_scores=True)).results[0]
        results = (await running.classify(CLEAR, UNCLEAR, CLEAR)).results
        assert [result.answered_by for result in results] == ["model", "llm", "model"]
        assert labels(results[1].intents) == {"suggestion"}
        assert list(results[1].steps) == ["model", "llm"]
        own = {item.label: item.probability for item in alone.scores}
        assert results[1].intents[0].probability == pytest.approx(own["suggestion"], abs=1e-5)
        assert len(upstream.requests) == 2
        asked = upstream.requests[0]
        assert asked["messages"][1] == {"role": "user", "content": UNCLEAR}
        enumerated = asked["response_format"]["json_schema"]["schema"]["properties"]["labels"]["items"]["enum"]
        assert set(enumerated) == set(INTENTS)


async def test_the_language_model_reads_what_the_model_reads(start_classifier: Start) -> None:
    def respond(request: Body) -> Script:
        if "response_format" in request:
            return Script(status=400)
        return Script(deltas=('```json\n{"labels": ["suggestion"]}\n```',))

    mail = f"<html><head><style>{'p {color: red}' * 400}</style></head><body><p>{UNCLEAR}</p></body></html>"
    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(classifier_back_end="llm", llm_base_url=upstream.base_url, llm_model="scripted") as running,
    ):
        contexts = [classifier_pb2.TextContext(), classifier_pb2.TextContext(previous=["hello", CLEAR])]
        results = (await running.classify(mail, "and still nothing?", contexts=contexts)).results
        assert [labels(result.intents) for result in results] == [{"suggestion"}] * 2
        shown = {str(request["messages"][1]["content"]) for request in upstream.requests}
        assert UNCLEAR in {text.strip() for text in shown}
        (fragment,) = (text for text in shown if "nothing?" in text)
        assert CLEAR in fragment
        assert fragment.endswith("The message to label:\nand still nothing?")
        asked = len(upstream.requests)
        await running.classify(f"{UNCLEAR} again")
        assert len(upstream.requests) == asked + 1, "it was asked once more with the schema that it refuses"


async def test_a_reasoning_model_has_room_to_think_and_its_own_temperature(start_classifier: Start) -> None:
    def respond(request: Body) -> Script:
        if "temperature" in request:
            refusal = {"message": "Unsupported value: 'temperature' does not support 0", "param": "temperature"}
            return Script(status=400, raw=json.dumps({"error": refusal}).encode())
        thoughts = 600
        if request["max_tokens"] < thoughts:
            return Script(finish_reason="length")
        return Script(deltas=('{"labels": ["suggestion"]}',))

    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(classifier_back_end="llm", llm_base_url=upstream.base_url, llm_model="scripted") as running,
    ):
        assert labels((await running.classify(UNCLEAR)).results[0].intents) == {"suggestion"}
        assert ["temperature" in request for request in upstream.requests] == [True, False]
        assert all("response_format" in request for request in upstream.requests)
        await running.classify(f"{UNCLEAR} again")
        assert len(upstream.requests) == 3, "it was asked once more with the temperature that it refuses"


async def test_what_customers_write_is_in_no_log_though_a_refusal_quotes_it(
    start_classifier: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    def respond(request: Body) -> Script:
        refusal = {"message": f"no such model for {request['messages'][-1]}"}
        return Script(status=404, raw=json.dumps({"error": refusal}).encode())

    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(
            classifier_back_end="cascade", llm_base_url=upstream.base_url, llm_model="scripted"
        ) as running,
    ):
        await running.classify(UNCLEAR)
        assert UNCLEAR in str(upstream.requests[0])
    logged = "".join(capfd.readouterr())
    assert "no such model" in logged
    assert UNCLEAR not in logged


async def test_a_language_model_that_is_cut_in_its_thoughts_is_not_away(start_classifier: Start) -> None:
    async with (
        scripted_upstream(Script(finish_reason="length")) as upstream,
        start_classifier(
            classifier_back_end="cascade", llm_base_url=upstream.base_url, llm_model="scripted", llm_max_tokens=7
        ) as running,
    ):
        result = (await running.classify(UNCLEAR)).results[0]
        assert list(result.steps) == ["model", "llm_refused", "review"]
        assert upstream.requests[0]["max_tokens"] == 7


def counted(metrics: ClassifierMetrics, *outcomes: str) -> float:
    """Texts that the metric of the language model has under these outcomes."""
    (family,) = metrics.llm_texts.collect()
    counts = (sample for sample in family.samples if sample.name.endswith("_total"))
    return sum(sample.value for sample in counts if sample.labels["outcome"] in outcomes)


WORDS = {"not HOW we": "withdrawal_delayed", "week": "praise"}


@pytest.mark.parametrize(
    ("order", "answer", "steps", "intents"),
    [
        (("rules", "llm", "review"), "suggestion", ["model", "rules"], {"withdrawal_delayed"}),
        (("llm", "rules", "review"), "suggestion", ["model", "llm"], {"suggestion"}),
        (("llm", "rules", "review"), "jackpot", ["model", "llm_refused", "rules"], {"withdrawal_delayed"}),
        (("llm", "review", "rules"), "jackpot", ["model", "llm_refused", "review", "rules"], {FALLBACK_INTENT}),
        (("review", "llm", "rules"), "suggestion", ["model", "review", "llm", "rules"], {FALLBACK_INTENT}),
        (("review",), "suggestion", ["model", "review"], {FALLBACK_INTENT}),
    ],
)
async def test_a_text_in_doubt_goes_through_the_steps_in_the_order_chosen(
    engine: Engine,
    predictor: Predictor,
    classifier_keys: KeyFiles,
    order: tuple[str, ...],
    answer: str,
    steps: list[str],
    intents: set[str],
) -> None:
    """Until one settles it; once people are to look, the others speak in the prediction set alone."""
    model = load_model(engine, predictor.predict)
    async with scripted_upstream(respond=answering(f'{{"labels": ["{answer}"]}}')) as server:
        settings = ClassifierSettings.model_validate(
            {
                "public_key_file": classifier_keys.public_key,
                "classifier_doubt_steps": order,
                "classifier_word_rules": WORDS if "rules" in order else {},
                "llm_base_url": server.base_url,
                "llm_model": "scripted",
            }
        )
        async with opened(settings) as upstream:
            labeller = Labeller(upstream, settings.low_confidence, model.metrics)
            clear, unclear = await labeller.label(model, Texts(texts=[CLEAR, UNCLEAR]))
        assert len(server.requests) == sum("llm" in step for step in steps)
    asked = len(server.requests)
    spared, told = counted(model.metrics, "saved"), counted(model.metrics, "agreed", "differed", "refused")
    assert (spared, told) == (2 - asked if "llm" in order else 0, asked)
    await model.batcher.close()
    prediction = unclear.answer.prediction
    assert (list(clear.steps), list(unclear.steps)) == (["model"], steps)
    assert {name for name, _ in prediction.intents} == intents
    assert prediction.abstained == ("review" in steps)
    assert unclear.answered_by == ("model" if prediction.abstained else steps[-1])
    speakers = {"llm": {"suggestion"}, "rules": {"withdrawal_delayed"}}
    said = {name for step in steps for name in speakers.get(step, ())}
    assert said | intents <= {name for name, _ in prediction.prediction_set}
    assert prediction.rules == (("words:not HOW we",) if "rules" in steps else ())


@pytest.mark.parametrize(
    ("script", "step"),
    [
        (Script(deltas=("I think it is a Jackpot problem",)), "llm_refused"),
        (Script(deltas=('{"labels": ["jackpot"]}',)), "llm_refused"),
        (Script(deltas=('{"labels": ["smalltalk", "complaint"]}',)), "llm_refused"),
        (Script(status=503), "llm_unavailable"),
        (Script(raw=b"<html>"), "llm_unavailable"),
    ],
)
async def test_a_language_model_that_lies_or_fails_changes_nothing(
    start_classifier: Start, script: Script, step: str
) -> None:
    async with (
        scripted_upstream(script) as upstream,
        start_classifier(
            classifier_back_end="cascade",
            llm_base_url=upstream.base_url,
            llm_model="scripted",
            llm_max_retries=0,
        ) as running,
    ):
        result = (await running.classify(UNCLEAR)).results[0]
        assert result.abstained
        assert (result.answered_by, list(result.steps)) == ("model", ["model", step, "review"])


async def test_the_language_model_may_label_everything_and_choose_among_candidates(start_classifier: Start) -> None:
    def respond(request: Body) -> Script:
        listed = request["response_format"]["json_schema"]["schema"]["properties"]["labels"]["items"]["enum"]
        return Script(deltas=('{"labels": ["general"]}' if "general" in listed else '{"labels": ["praise"]}',))

    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(classifier_back_end="llm", llm_base_url=upstream.base_url, llm_model="scripted") as running,
    ):
        result = (await running.classify(CLEAR, candidates=DESK)).results[0]
        assert labels(result.intents) == {"praise"}
        assert result.candidate == "general"


async def test_a_silent_language_model_leaves_time_for_the_models_own_answer(start_classifier: Start) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(-1)
        finally:
            writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/v1"
    async with (
        silent,
        start_classifier(classifier_back_end="cascade", llm_base_url=address, llm_model="scripted") as running,
    ):
        request = classifier_pb2.ClassifyRequest(texts=[UNCLEAR])
        result = (await running.stub.Classify(request, timeout=3)).results[0]
        assert list(result.steps) == ["model", "llm_unavailable", "review"]
