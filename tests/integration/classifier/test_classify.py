"""Classify over gRPC on the real model: labels, order, limits, consistency, hostile texts."""

from collections.abc import Awaitable
from typing import Any

import grpc
import pytest

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.classifier.training.rows import read_rows
from services.runtime.auth import TokenSigner
from services.runtime.channel import open_channel
from services.runtime.errors import EarshotError, ErrorReason
from services.runtime.keys import KeyFiles
from services.runtime.labels import INTENTS, SCHEMES, SENTIMENTS, STANDALONE_INTENTS
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from tests.support.classifier import AGENT, GOLDEN, RunningClassifier

TOLERANCE = 1e-4
MIXED = [
    "withdrawal pending 5 days and now I can't log in",
    "ok",
    "Seit 9 Tagen keine Auszahlung, ihr seid echt Betrüger!",
    "word " * 700,
    "my deposit of 50 euro was declined",
    "👍",
    "thanks, you are great",
]


async def error_of(call: Awaitable[Any]) -> EarshotError:
    """The error a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


def scored(labels: Any) -> dict[str, float]:
    """Labels as a mapping."""
    return {item.label: item.probability for item in labels}


async def test_two_needs_are_two_intents_and_their_categories(classifier: RunningClassifier) -> None:
    response = await classifier.classify("withdrawal pending 5 days and now I can't log in")
    result = response.results[0]
    assert set(scored(result.intents)) == {"withdrawal_delayed", "login_failed"}
    assert set(scored(result.categories)) == {"withdraw", "login_account"}
    assert not result.abstained
    assert result.language == "en"
    assert result.sentiment.label in SENTIMENTS


async def test_answers_are_in_the_order_of_the_texts(classifier: RunningClassifier) -> None:
    texts = [row.text for row in read_rows(GOLDEN)][:256]
    together = await classifier.classify(*texts, include_scores=True)
    for index in (0, 17, 101, 255):
        alone = (await classifier.classify(texts[index], include_scores=True)).results[0]
        assert scored(together.results[index].scores) == pytest.approx(scored(alone.scores), abs=TOLERANCE)


async def test_a_text_gets_the_same_answer_alone_and_in_any_company(classifier: RunningClassifier) -> None:
    together = (await classifier.classify(*MIXED, include_scores=True, include_embedding=True)).results
    turned = (await classifier.classify(*reversed(MIXED), include_scores=True, include_embedding=True)).results
    for index, text in enumerate(MIXED):
        alone = (await classifier.classify(text, include_scores=True, include_embedding=True)).results[0]
        for other in (together[index], turned[len(MIXED) - 1 - index]):
            assert [item.label for item in other.intents] == [item.label for item in alone.intents]
            assert scored(other.scores) == pytest.approx(scored(alone.scores), abs=TOLERANCE)
            assert list(other.embedding) == pytest.approx(list(alone.embedding), abs=TOLERANCE)
            assert (other.language, other.truncated, other.sentiment.label) == (
                alone.language,
                alone.truncated,
                alone.sentiment.label,
            )


async def test_long_texts_among_short_ones_are_cut_and_say_so(classifier: RunningClassifier) -> None:
    texts = ["thanks", "word " * 600, "bonus?", "withdraw " * 800, "hi"]
    results = (await classifier.classify(*texts)).results
    assert [result.truncated for result in results] == [False, True, False, True, False]


async def test_scores_are_ranked_probabilities_of_every_intent(classifier: RunningClassifier) -> None:
    result = (await classifier.classify("where is my bonus", include_scores=True)).results[0]
    probabilities = [item.probability for item in result.scores]
    assert {item.label for item in result.scores} == set(INTENTS)
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)


async def test_embedding_and_scores_are_sent_only_when_asked_for(classifier: RunningClassifier) -> None:
    plain = (await classifier.classify("where is my bonus")).results[0]
    asked = (await classifier.classify("where is my bonus", include_embedding=True)).results[0]
    assert (len(plain.embedding), len(plain.scores)) == (0, 0)
    assert len(asked.embedding) == 384
    assert sum(value * value for value in asked.embedding) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_categories_are_the_roll_up_of_the_intents(classifier: RunningClassifier, scheme: str) -> None:
    response = await classifier.classify("my deposit failed and the app crashes", scheme=scheme)
    result = response.results[0]
    assert {item.label for item in result.categories} == {SCHEMES[scheme][item.label] for item in result.intents}


async def test_timing_says_where_the_time_went(classifier: RunningClassifier) -> None:
    response = await classifier.classify("one text", "another text")
    assert response.timing.inference.ToNanoseconds() > 0
    assert response.timing.tokenize.ToNanoseconds() > 0
    assert response.timing.queue.ToNanoseconds() >= 0
    assert 1 <= response.timing.batch_size <= 2
    assert response.model.name
    assert response.model.version


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\x00", "\u200b"])
async def test_a_blank_text_is_neutral_smalltalk_in_no_language(classifier: RunningClassifier, text: str) -> None:
    result = (await classifier.classify("where is my money", text)).results[1]
    assert [item.label for item in result.intents] == ["smalltalk"]
    assert result.sentiment.label == "neutral"
    assert result.language == "und"
    assert not result.abstained


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "👍👍👍",
        "x" * 20_000,
        "🤬" * 20_000,
        "line\n" * 4_000,
        "bonus\x00bonus\x01\x7f",
        "\u202eמתי המשיכה שלי\u202c",
        "e\u0301" * 5_000,
        "👩‍👩‍👧‍👦" * 500,
        "<script>alert(1)</script> [CLS] [SEP] [PAD] [MASK]",
        "WHERE IS MY MONEY",
        "где мой вывод, my friend?",
        "'; DROP TABLE messages; --",
        "\U0010ffff\ufffd",
    ],
)
async def test_odd_texts_have_a_plain_answer(classifier: RunningClassifier, text: str) -> None:
    result = (await classifier.classify(text, include_scores=True)).results[0]
    assert result.intents
    assert result.categories
    assert all(0 <= item.probability <= 1 for item in result.scores)
    assert len(result.intents) == 1 or not {item.label for item in result.intents} & STANDALONE_INTENTS


async def test_an_abstention_is_the_fallback_with_its_own_score(classifier: RunningClassifier) -> None:
    response = await classifier.classify(*[row.text for row in read_rows(GOLDEN)][:256], include_scores=True)
    abstained = [result for result in response.results if result.abstained]
    assert abstained, "no text of the golden set made the model abstain"
    for result in abstained:
        assert [item.label for item in result.intents] == ["other"]
        assert result.intents[0].probability == scored(result.scores)["other"]


Request = classifier_pb2.ClassifyRequest
BAD_REQUESTS: list[tuple[Request, ErrorReason, str]] = [
    (Request(), ErrorReason.EMPTY_REQUEST, "texts"),
    (Request(texts=["a"] * 257), ErrorReason.TOO_MANY_TEXTS, "texts"),
    (Request(texts=["ok", "a" * 20_001]), ErrorReason.TEXT_TOO_LONG, "texts[1]"),
    (Request(texts=["ok", "🤬" * 262_144]), ErrorReason.TEXT_TOO_LONG, "texts[1]"),
    (Request(texts=["ok"], scheme="klassik"), ErrorReason.UNKNOWN_SCHEME, "scheme"),
]


@pytest.mark.parametrize(("request_", "reason", "field"), BAD_REQUESTS)
async def test_a_bad_request_names_reason_and_field(
    classifier: RunningClassifier, request_: Request, reason: ErrorReason, field: str
) -> None:
    error = await error_of(classifier.stub.Classify(request_))
    assert error.reason == reason
    assert [violation.field for violation in error.violations] == [field]


async def test_invalid_utf8_is_refused(classifier: RunningClassifier) -> None:
    call = classifier.channel.unary_unary("/earshot.classifier.v1.ClassifierService/Classify")
    error = await error_of(call(b"\n\x02\xed\xa0"))
    assert error.reason == ErrorReason.MALFORMED_MESSAGE


async def test_ten_megabytes_are_refused_and_the_connection_lives_on(
    classifier: RunningClassifier, classifier_keys: KeyFiles
) -> None:
    token = ServiceToken(value=TokenSigner.from_file(classifier_keys.private_key).sign(AGENT))
    async with open_channel(classifier.address, service_token=token, max_message_bytes=64_000_000) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Classify(Request(texts=["a" * 10_000_000]))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await stub.Classify(Request(texts=["still here?"]))).results


async def test_without_a_token_nothing_is_labelled(classifier: RunningClassifier) -> None:
    async with open_channel(classifier.address) as channel:
        call = channel.unary_unary("/earshot.classifier.v1.ClassifierService/Classify")
        assert (await error_of(call(b""))).reason == ErrorReason.TOKEN_MISSING


async def test_model_info_describes_what_serves(classifier: RunningClassifier) -> None:
    info = await classifier.stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
    assert set(info.intents) == set(INTENTS)
    assert {scheme.name: dict(scheme.label_of_intent) for scheme in info.schemes} == {
        name: dict(table) for name, table in SCHEMES.items()
    }
    assert (info.max_tokens, info.embedding_size, info.max_texts) == (512, 384, 256)
    assert info.model == (await classifier.classify("hi")).model
    assert 0 < info.metrics["intent_macro_f1"] <= 1
    assert info.create_time.seconds > 0
    assert info.training_rows["banking77"] > 0 < info.training_rows["bonus.tsv"]
    assert info.metrics["calibration_error"] < 0.05
