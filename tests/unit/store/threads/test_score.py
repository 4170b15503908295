"""The parts of a conversation's score, and rolling up a flow."""

from datetime import UTC, datetime, timedelta

import pytest

from services.store.message import Author
from services.store.threads.flow import Transition, messages_of, rolled_up, threads_of
from services.store.threads.score import ThreadMessage, parts_of, score_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def said(seconds: int, sentiment: str | None = "neutral", author: Author = Author.CUSTOMER) -> ThreadMessage:
    return ThreadMessage(author=author, event_time=START + timedelta(seconds=seconds), sentiment=sentiment)


def answered(seconds: int) -> ThreadMessage:
    return said(seconds, author=Author.AGENT)


def test_every_part_is_named_and_measured() -> None:
    messages = [said(0, "negative"), said(60), answered(600), said(700, "positive"), answered(800), said(900, None)]
    parts = {part.name: (part.value, part.score) for part in parts_of(messages, settled=True)}
    assert parts == {
        "first_response": (600, 0.5),
        "answered": (pytest.approx(2 / 3), pytest.approx(2 / 3)),
        "sentiment_change": (1.0, 1.0),
        "resolution": (1.0, 1.0),
    }
    assert score_of(parts_of(messages, settled=True)) == pytest.approx((0.5 + 2 / 3 + 1 + 1) / 4)


def test_what_does_not_apply_is_left_out() -> None:
    assert parts_of([answered(0)], settled=None) == []
    assert score_of([]) == 0
    alone = parts_of([said(0, "negative")], settled=None)
    assert [(part.name, part.score) for part in alone] == [("answered", 0.0)]
    assert [part.score for part in parts_of([answered(0)], settled=False)] == [0.0]


def thanks(seconds: int, sentiment: str = "positive") -> ThreadMessage:
    return ThreadMessage(
        author=Author.CUSTOMER, event_time=START + timedelta(seconds=seconds), sentiment=sentiment, smalltalk=True
    )


@pytest.mark.parametrize(
    ("messages", "fraction"),
    [
        ([said(0), answered(10), thanks(20)], 1),
        ([said(0), answered(10), thanks(20), thanks(30), answered(40), thanks(50)], 1),
        ([said(0), answered(10), thanks(20), said(30, "positive")], 1 / 2),
        ([said(0), answered(10), thanks(20, "neutral")], 1 / 2),  # "hello?" waits
        ([said(0), thanks(10)], 0),
        ([thanks(0)], 0),
    ],
)
def test_thanks_for_an_answer_wait_for_nobody(messages: list[ThreadMessage], fraction: float) -> None:
    assert {part.name: part.value for part in parts_of(messages, settled=None)}["answered"] == pytest.approx(fraction)


def test_an_answer_before_the_question_is_none() -> None:
    parts = {part.name: part.value for part in parts_of([answered(0), said(10), answered(40)], settled=None)}
    assert parts["first_response"] == 30


def test_rolling_up_adds_counts_and_times() -> None:
    found = rolled_up(
        [
            Transition(before="", after="a1", count=2, seconds=0),
            Transition(before="", after="b1", count=1, seconds=0),
            Transition(before="a1", after="a2", count=2, seconds=20),
            Transition(before="a2", after="", count=2, seconds=0),
            Transition(before="b1", after="", count=1, seconds=0),
        ],
        {"a1": "a", "a2": "a", "b1": "b"},
    )
    assert {(item.before, item.after): (item.count, item.mean_seconds) for item in found} == {
        ("", "a"): (2, 0),
        ("a", "a"): (2, 10),
        ("a", ""): (2, 0),
        ("", "b"): (1, 0),
        ("b", ""): (1, 0),
    }
    assert (threads_of(found), messages_of(found)) == (3, 5)
