"""Embed, FitCategory and ScoreCategory over gRPC on the real model."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
import numpy as np
import pytest

from earshot.classifier.v1 import categories_pb2, classifier_pb2
from services.classifier.categories.fitting import fit_category, score_categories
from services.classifier.categories.logistic import Doubles
from services.classifier.scoring.engine import Engine
from services.classifier.scoring.predictor import Predictor
from services.classifier.training.rows import Row, read_rows
from services.runtime.errors import EarshotError, ErrorReason
from services.runtime.labels import CATEGORY_OF_INTENT
from services.runtime.status import from_rpc_error
from tests.support.classifier import GOLDEN, RunningClassifier

CRYPTO = (
    "can i deposit with bitcoin",
    "my usdt transfer has 20 confirmations and still nothing",
    "do you take ethereum or only cards",
    "sent btc to the wrong wallet address",
    "what is the minimum for crypto payouts",
)
UNSEEN = ("is litecoin accepted for deposits?", "my bitcoin withdrawal never reached my wallet")
UNRELATED = ("the live roulette stream keeps freezing", "thanks a lot, great help", "i forgot my password")


async def error_of(call: Awaitable[Any]) -> EarshotError:
    """The error a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


async def fit(classifier: RunningClassifier, **fields: Any) -> categories_pb2.FitCategoryResponse:
    """A fitted category."""
    request = categories_pb2.FitCategoryRequest(**{"name": "crypto", **fields})
    response: categories_pb2.FitCategoryResponse = await classifier.stub.FitCategory(request)
    return response


async def score(
    classifier: RunningClassifier, heads: list[categories_pb2.CategoryHead], *texts: str, **fields: Any
) -> list[list[categories_pb2.CategoryScore]]:
    """What heads say of texts."""
    request = categories_pb2.ScoreCategoryRequest(texts=texts, heads=heads, **fields)
    response = await classifier.stub.ScoreCategory(request)
    return [list(result.scores) for result in response.results]


async def test_embeddings_are_those_of_classify(classifier: RunningClassifier) -> None:
    labelled = await classifier.classify(*CRYPTO, include_embedding=True)
    embedded = await classifier.stub.Embed(categories_pb2.EmbedRequest(texts=CRYPTO))
    info = await classifier.stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
    assert {labelled.encoder_version, embedded.encoder_version} == {info.encoder_version} != {""}
    for result, embedding in zip(labelled.results, embedded.embeddings, strict=True):
        assert len(embedding.values) == info.embedding_size
        assert list(embedding.values) == pytest.approx(list(result.embedding), abs=1e-5)
        assert np.linalg.norm(embedding.values) == pytest.approx(1, abs=1e-5)


async def test_five_examples_make_a_category_that_knows_unseen_texts(classifier: RunningClassifier) -> None:
    fitted = await fit(classifier, description="anything about crypto currencies", examples=CRYPTO)
    scores = await score(classifier, [fitted.head], *UNSEEN, *UNRELATED)
    assert [only.matched for (only,) in scores] == [True] * len(UNSEEN) + [False] * len(UNRELATED)
    assert fitted.quality.recall > 0
    assert fitted.quality.separation > 0.9
    assert fitted.quality.background_share < 0.05


@pytest.fixture(scope="module")
def messages() -> list[Row]:
    """The golden set's in English that are about something."""
    return [row for row in read_rows(GOLDEN) if row.intents and row.language == "en"]


@pytest.fixture(scope="module")
def embedded(engine: Engine, predictor: Predictor, messages: list[Row]) -> Doubles:
    """`[messages, size]`."""
    found = [predictor.predict([text])[0][0].embedding for text in engine.tokenize([row.text for row in messages])]
    return np.array(found, dtype=np.float64)


@pytest.mark.parametrize("name", ["withdraw", "bonus", "game_issue", "login_account"])
def test_a_topic_of_many_messages_is_found_among_them(
    engine: Engine, predictor: Predictor, messages: list[Row], embedded: Doubles, name: str
) -> None:
    belongs = np.array([any(CATEGORY_OF_INTENT[intent] == name for intent in row.intents or ()) for row in messages])
    known = np.arange(len(messages)) % 2 == 0
    said = np.array([predictor.predict(engine.tokenize([name]))[0][0].embedding], dtype=np.float64)
    head, quality = fit_category(
        described=said, examples=embedded[known & belongs][:10], background=embedded[known], encoder_version="e"
    )
    held = score_categories(embedded[~known], [head])[:, 0] >= head.threshold
    assert quality.recall is not None
    assert quality.recall >= 0.3
    assert held[belongs[~known]].mean() >= 0.3
    assert belongs[~known][held].mean() >= 0.5


async def test_an_example_given_again_says_nothing_new(classifier: RunningClassifier) -> None:
    once = await fit(classifier, examples=CRYPTO, negative_examples=UNRELATED)
    again = [text for example in CRYPTO for text in (example, f" {example.upper()}", example)]
    often = await fit(classifier, examples=again, negative_examples=[*UNRELATED, *UNRELATED])
    assert often.head == once.head
    assert often.quality.recall == once.quality.recall
    assert [again[index] for index in often.quality.doubtful_examples] == [
        CRYPTO[index] for index in once.quality.doubtful_examples
    ]
    assert not (await fit(classifier, examples=[CRYPTO[0]] * 50)).quality.HasField("recall")


async def test_a_name_and_a_description_alone_make_one_too(classifier: RunningClassifier) -> None:
    fitted = await fit(classifier, description="bitcoin, ethereum and other crypto currencies")
    assert not fitted.quality.HasField("recall")
    (yes,), (no,) = await score(classifier, [fitted.head], "can i deposit with bitcoin", "i forgot my password")
    assert yes.matched
    assert not no.matched


async def test_an_example_that_does_not_belong_is_pointed_at(classifier: RunningClassifier) -> None:
    fitted = await fit(classifier, examples=[*CRYPTO, "the live roulette stream keeps freezing"])
    assert len(CRYPTO) in fitted.quality.doubtful_examples


async def test_negative_examples_and_the_callers_own_background_count(classifier: RunningClassifier) -> None:
    embedded = await classifier.stub.Embed(categories_pb2.EmbedRequest(texts=UNRELATED))
    fitted = await fit(
        classifier,
        examples=CRYPTO,
        negative_examples=["my card deposit was declined"],
        background=embedded.embeddings,
        background_encoder_version=embedded.encoder_version,
    )
    assert fitted.quality.background_size == len(UNRELATED) + 1


async def test_several_heads_judge_texts_and_embeddings_alike(classifier: RunningClassifier) -> None:
    heads = [(await fit(classifier, examples=CRYPTO)).head, (await fit(classifier, name="roulette", examples=[])).head]
    embedded = await classifier.stub.Embed(categories_pb2.EmbedRequest(texts=UNSEEN))
    by_text = await score(classifier, heads, *UNSEEN)
    by_embedding = await score(classifier, heads, embeddings=embedded.embeddings)
    for first, second in zip(by_text, by_embedding, strict=True):
        assert [item.probability for item in first] == pytest.approx([item.probability for item in second], abs=1e-4)


async def test_the_most_examples_that_are_allowed_are_fitted(classifier: RunningClassifier) -> None:
    fitted = await fit(classifier, description="all", examples=[f"{text} {n}" for text in CRYPTO for n in range(10)])
    assert fitted.quality.recall > 0.9


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"name": " "}, ErrorReason.MISSING_FIELD, "name"),
        ({"name": "x" * 101}, ErrorReason.TEXT_TOO_LONG, "name"),
        ({"description": "x" * 2001}, ErrorReason.TEXT_TOO_LONG, "description"),
        ({"examples": ["fine", "  "]}, ErrorReason.EMPTY_TEXT, "examples[1]"),
        ({"examples": ["x"] * 51}, ErrorReason.TOO_MANY_TEXTS, "examples"),
        ({"negative_examples": ["x" * 20_001]}, ErrorReason.TEXT_TOO_LONG, "negative_examples[0]"),
        ({"background": [{"values": [1.0]}, {"values": [1.0, 2.0]}]}, ErrorReason.INVALID_ARGUMENT, "background"),
        ({"background": [{"values": [float("nan")]}]}, ErrorReason.INVALID_ARGUMENT, "background"),
    ],
)
async def test_what_is_wrong_with_a_description_is_named(
    classifier: RunningClassifier, fields: dict[str, Any], reason: ErrorReason, field: str
) -> None:
    error = await error_of(fit(classifier, **fields))
    assert (error.reason, error.violations[0].field) == (reason, field)


async def test_another_encoders_heads_and_embeddings_are_refused(classifier: RunningClassifier) -> None:
    head = (await fit(classifier)).head
    head.encoder_version = "another"
    assert (await error_of(score(classifier, [head], "hi"))).reason == ErrorReason.ENCODER_CHANGED
    foreign = fit(classifier, background=[{"values": [0.0] * 384}], background_encoder_version="another")
    assert (await error_of(foreign)).reason == ErrorReason.ENCODER_CHANGED


async def test_heads_of_a_wrong_length_and_empty_questions_are_refused(classifier: RunningClassifier) -> None:
    head = (await fit(classifier)).head
    assert (await error_of(score(classifier, [head]))).reason == ErrorReason.EMPTY_REQUEST
    assert (await error_of(score(classifier, [], "hi"))).violations[0].field == "heads"
    short = categories_pb2.CategoryHead(weights=[1.0], encoder_version=head.encoder_version)
    assert (await error_of(score(classifier, [short], "hi"))).violations[0].field == "heads.weights"


async def test_a_caller_who_leaves_while_the_background_is_made_harms_no_other(start_classifier: Any) -> None:
    async with start_classifier() as running:
        impatient = asyncio.ensure_future(fit(running))
        patient = asyncio.ensure_future(fit(running))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).quality.background_size > 100
