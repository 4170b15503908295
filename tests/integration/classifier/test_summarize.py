"""Summarize over gRPC: extracts on the real model, a scripted language model, and what happens when it lies."""

from collections.abc import Awaitable
from typing import Any

import grpc
import pytest

from earshot.classifier.v1 import summary_pb2
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from tests.support.classifier import RunningClassifier, Start
from tests.support.openai_server import Script, scripted_upstream

LONG = (
    "Hi there. I hope you are well today. On Monday I sent 250 EUR by card and it left my bank the same evening. "
    "The deposit still does not show in my casino balance. My dog is fine by the way. "
    "My bank says the payment of 250 EUR was completed and cannot be called back. "
    "Please credit the missing deposit or send it back. Kind regards. Bye."
)
LLM = summary_pb2.SUMMARY_METHOD_LLM


async def summarize(classifier: RunningClassifier, text: str = LONG, **fields: Any) -> summary_pb2.SummarizeResponse:
    """The summary of a text."""
    request = summary_pb2.SummarizeRequest(text=text, **fields)
    response: summary_pb2.SummarizeResponse = await classifier.stub.Summarize(request)
    return response


async def by_llm(start_classifier: Start, *scripts: Script) -> summary_pb2.SummarizeResponse:
    """The summary that a scripted language model is asked for."""
    async with (
        scripted_upstream(*scripts) as upstream,
        start_classifier(llm_base_url=upstream.base_url, llm_model="scripted", llm_max_retries=0) as running,
    ):
        response = await summarize(running, method=LLM)
        assert len(upstream.requests) == 1
        assert LONG in str(upstream.requests[0]["messages"])
        return response


async def test_an_extract_takes_the_sentences_that_matter_in_their_order(classifier: RunningClassifier) -> None:
    response = await summarize(classifier)
    assert len(response.sentences) == 3
    for sentence in response.sentences:
        assert LONG[sentence.start : sentence.end] == sentence.text
        assert "dog" not in sentence.text
        assert not sentence.text.startswith(("Hi", "Kind", "Bye"))
    assert [item.start for item in response.sentences] == sorted(item.start for item in response.sentences)
    assert response.summary == " ".join(item.text for item in response.sentences)
    assert response.method == summary_pb2.SUMMARY_METHOD_EXTRACTIVE
    assert (await summarize(classifier, max_sentences=1)).summary.count(".") == 1


MAIL = """Subject: RE: Ticket #88213
From: Paulo Mendes <p.mendes@mail.example>

Dear Anna,

I hope this finds you well. I have been a player since 2019. On 3 November I requested a withdrawal of 1,250 EUR to my
bank account and it still shows as pending. Your site promises 48 hours. I contacted the chat three times.

Kind regards,
Paulo

This e-mail is confidential and intended solely for the addressee. If received in error please notify the sender.

-----Original Message-----
From: Support
Sent: Monday, November 10, 2026 10:00

Dear Paulo, we kindly ask you for a proof of payment. We are sorry for the inconvenience caused. Have a nice day!"""


async def test_a_mails_summary_is_its_need_and_nothing_around_it(classifier: RunningClassifier) -> None:
    response = await summarize(classifier, MAIL)
    assert "withdrawal of 1,250 EUR" in response.summary
    for around in ("Subject", "Dear", "hope this finds", "regards", "confidential", "proof of payment", "sorry"):
        assert around not in response.summary
    for sentence in response.sentences:
        assert MAIL[sentence.start : sentence.end] == sentence.text
    assert "withdrawal of 1,250 EUR" in (await summarize(classifier, MAIL, max_sentences=1)).summary


async def test_what_is_asked_comes_before_what_is_told_beside_it(classifier: RunningClassifier) -> None:
    text = (
        "Hello? Anyone there? I know you are busy. I know it is weekend. My deposit of 60 is not there. Please answer."
    )
    assert (await summarize(classifier, text, max_sentences=1)).summary == "My deposit of 60 is not there."


async def test_a_short_text_is_its_own_summary_on_one_line(classifier: RunningClassifier) -> None:
    assert (await summarize(classifier, "where is\n my money?")).summary == "where is my money?"


async def test_a_sentence_without_end_is_cut_between_words(classifier: RunningClassifier) -> None:
    summary = (await summarize(classifier, "again " * 200)).summary
    assert len(summary) <= 301
    assert summary.endswith("again…")


async def test_the_language_models_words_are_used_when_they_hold(start_classifier: Start) -> None:
    words = "The customer sent 250 EUR by card on Monday. The customer misses the deposit."
    response = await by_llm(start_classifier, Script(deltas=(words,)))
    assert (response.summary, response.method, response.model.name) == (words, LLM, "scripted")


async def test_half_a_character_is_replaced(start_classifier: Start) -> None:
    answer = rb'{"choices": [{"message": {"content": "The customer waits \ud83d\u0000."}, "finish_reason": "stop"}]}'
    response = await by_llm(start_classifier, Script(raw=answer))
    assert (response.summary, response.method) == ("The customer waits \ufffd\ufffd.", LLM)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(deltas=("The customer sent 300 EUR.",)), "UNFAITHFUL"),
        (Script(deltas=("The customer uses Neteller.",)), "UNFAITHFUL"),
        (
            Script(deltas=("The customer paid. The customer waits. The customer asks. The customer leaves.",)),
            "UNFAITHFUL",
        ),
        (Script(deltas=()), "UNAVAILABLE"),
        (Script(raw=b"<html>"), "UNAVAILABLE"),
        (Script(raw=b"[" * 200_000), "UNAVAILABLE"),
        (Script(status=500), "UNAVAILABLE"),
    ],
)
async def test_other_words_are_replaced_by_an_extract_that_says_why(
    start_classifier: Start, script: Script, reason: str
) -> None:
    response = await by_llm(start_classifier, script)
    assert (response.method, response.fallback_reason) == (summary_pb2.SUMMARY_METHOD_EXTRACTIVE, reason)
    assert len(response.sentences) == 3


async def test_without_a_language_model_the_extract_says_so(classifier: RunningClassifier) -> None:
    assert (await summarize(classifier, method=LLM)).fallback_reason == "NOT_CONFIGURED"


async def _reason(call: Awaitable[Any]) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value).reason


async def test_what_is_wrong_with_a_request_is_named(classifier: RunningClassifier) -> None:
    assert await _reason(summarize(classifier, " \n")) == ErrorReason.EMPTY_TEXT
    assert await _reason(summarize(classifier, "x" * 20_001)) == ErrorReason.TEXT_TOO_LONG
    assert await _reason(summarize(classifier, max_sentences=4)) == ErrorReason.BAD_LIMIT
    assert await _reason(summarize(classifier, method=9)) == ErrorReason.UNKNOWN_ENUM_VALUE
