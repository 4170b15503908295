"""Explain over gRPC: the flip it names does flip, and words that carry a label weigh the most."""

from itertools import combinations
from typing import Any

import grpc
import pytest

from earshot.classifier.v1 import explanation_pb2
from services.classifier.explaining import explain as explaining
from services.runtime.errors import ErrorReason
from services.runtime.labels import INTENTS
from services.runtime.status import from_rpc_error
from tests.support.classifier import RunningClassifier

TEXTS = (
    "withdrawal pending 5 days and now I can't log in",
    "you are scammers, my deposit of 50 was declined again",
    "where is my friday bonus",
)


async def explain(classifier: RunningClassifier, text: str, **fields: Any) -> explanation_pb2.ExplainResponse:
    """The explanation of a text."""
    request = explanation_pb2.ExplainRequest(text=text, **fields)
    response: explanation_pb2.ExplainResponse = await classifier.stub.Explain(request, timeout=100)
    return response


@pytest.mark.parametrize("text", TEXTS)
async def test_applying_the_flip_turns_the_label_around(classifier: RunningClassifier, text: str) -> None:
    explanation = await explain(classifier, text)
    assert explanation.complete
    flips = [one for one in explanation.intents if one.HasField("flip")]
    assert flips
    for one in flips:
        left = (await classifier.classify(one.flip.text)).results[0]
        after = {item.label for item in left.intents} if not left.abstained else set()
        assert (one.intent in after) is not one.holds
        kept = [piece.text for index, piece in enumerate(explanation.pieces) if index not in one.flip.pieces]
        assert one.flip.text.split() == " ".join(kept).split()


async def test_the_words_that_carry_a_label_weigh_the_most(classifier: RunningClassifier) -> None:
    explanation = await explain(classifier, TEXTS[0])
    heaviest = {}
    for one in explanation.intents:
        assert len(one.weights) == len(explanation.pieces)
        heaviest[one.intent] = explanation.pieces[list(one.weights).index(max(one.weights))].text
    assert heaviest["withdrawal_delayed"] in {"withdrawal", "pending"}
    assert heaviest["login_failed"] in {"log", "in", "can't"}


async def test_an_intent_that_does_not_hold_may_be_asked_about(classifier: RunningClassifier) -> None:
    explanation = await explain(classifier, TEXTS[0], intents=["praise", "praise", "login_failed"])
    assert [(one.intent, one.holds) for one in explanation.intents] == [("praise", False), ("login_failed", True)]


async def test_a_long_text_is_explained_by_runs_of_words(classifier: RunningClassifier) -> None:
    explanation = await explain(classifier, "my withdrawal is late " * 30)
    assert len(explanation.pieces) <= 48
    assert explanation.variants > len(explanation.pieces)


REDUNDANT = (
    "hire people who can read. and put a phone number on the site, you bunch of cowards",
    "you leaked my email, i only used it here and now im drowning in casino spam, i will report this to the authority",
)


@pytest.mark.parametrize("text", REDUNDANT)
async def test_a_label_with_many_reasons_turns_around_by_few_words(classifier: RunningClassifier, text: str) -> None:
    explanation = await explain(classifier, text)
    for one in explanation.intents:
        assert 1 <= len(one.flip.pieces) <= 5, one.intent


@pytest.mark.parametrize("text", ["where is my friday bonus", "you are all liars", "my card was declined twice"])
async def test_no_smaller_deletion_turns_a_short_text_around(classifier: RunningClassifier, text: str) -> None:
    explanation, words = await explain(classifier, text), text.split()
    for one in explanation.intents:
        smaller = [
            " ".join(word for index, word in enumerate(words) if index not in left_out)
            for size in range(1, len(one.flip.pieces))
            for left_out in combinations(range(len(words)), size)
        ]
        for result in (await classifier.classify(*smaller)).results if smaller else ():
            assert not result.abstained
            assert one.intent in {item.label for item in result.intents}


async def test_of_a_very_long_text_the_sentence_that_carries_it_is_found(classifier: RunningClassifier) -> None:
    before = "I have been a customer since 2019 and I like your site in general, the games are good. " * 12
    need = "On Friday I asked for a payout of 450 euro to my bank account and it is still pending. "
    after = "We both sit at the live tables in the evening when the children sleep. " * 100
    explanation = await explain(classifier, before + need + after, intents=["withdrawal_delayed"])
    assert 12 <= len(explanation.pieces) <= 48
    (one,) = explanation.intents
    assert one.holds
    left_out = " ".join(explanation.pieces[index].text for index in one.flip.pieces)
    assert "payout" in left_out
    assert len(left_out.split()) <= 80
    assert explanation.pieces[-1].end == len((before + need + after).strip())


async def test_where_time_is_short_it_looks_at_less_and_says_so(
    classifier: RunningClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await explain(classifier, TEXTS[0])
    monkeypatch.setattr(explaining, "remaining_seconds", lambda: 0.001)
    hurried = await explain(classifier, TEXTS[0])
    assert (whole.complete, hurried.complete) == (True, False)
    assert hurried.variants < whole.variants
    assert {one.intent for one in hurried.intents} == {one.intent for one in whole.intents}


async def test_one_word_has_no_flip(classifier: RunningClassifier) -> None:
    explanation = await explain(classifier, "bonus?")
    assert len(explanation.pieces) == 1
    assert not explanation.intents[0].HasField("flip")


@pytest.mark.parametrize(
    ("text", "intents", "reason"),
    [
        (" ", [], ErrorReason.EMPTY_TEXT),
        ("x" * 20_001, [], ErrorReason.TEXT_TOO_LONG),
        ("hi", [INTENTS[0], "jackpot"], ErrorReason.UNKNOWN_LABEL),
    ],
)
async def test_what_is_wrong_with_a_request_is_named(
    classifier: RunningClassifier, text: str, intents: list[str], reason: ErrorReason
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await explain(classifier, text, intents=intents)
    assert from_rpc_error(caught.value).reason == reason
