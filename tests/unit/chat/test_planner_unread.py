"""Nothing that a question says is left out silently: figures, letters, words of time, what is left out."""

from datetime import datetime

import pytest

from services.chat.planner import plan
from services.chat.question import Behaviour, Interpretation, Measure

NOW = datetime.fromisoformat("2026-03-18T14:30:00+01:00")
ZONE = "Europe/Ljubljana"


def _plan(text: str, in_force: Interpretation | None = None) -> Interpretation:
    return plan(text, now=NOW, time_zone=ZONE, in_force=in_force)


@pytest.mark.parametrize(
    ("question", "unread"),
    [
        ("complaints in fy25", "fy25"),
        ("complaints in 26", "26"),
        ("complaints of 4711", "4711"),
        ("complaints transaction id 998877", "998877"),
        ("how many deposits over 500", "500"),
        ("top 3 and bottom 3 categories", "3"),
        ("top 5 complaints from the top 3 channels", "5"),
        ("complaints in the 90s", "90"),
        ("complaints about the second withdrawal", "2nd"),
        ("complaints on site b", "b"),
        ("complaints without duplicates", "duplicates"),
    ],
)
def test_what_is_not_read_is_asked_about(question: str, unread: str) -> None:
    asked = _plan(question)
    assert asked.behaviour is Behaviour.CLARIFY
    assert f"“{unread}”" in asked.reason
    for choice in asked.choices:
        assert _plan(choice, asked).behaviour is Behaviour.ANSWER, choice


@pytest.mark.parametrize(
    "question",
    [
        "top 3 categories last week",
        "show me 3 complaints",
        "which days had more than 100 complaints",
        "which days had between 50 and 100 complaints",
        "did we get more than 100 complaints yesterday?",
        "why were there 120 complaints yesterday?",
        "is 50 complaints a lot for a Monday?",
        "complaints per 1000 messages",
        "did complaints rise by more than 10 percent last week?",
        "2FA problems last week",
        "complaints from user 4711",
        'messages with "error 500"',
    ],
)
def test_figures_that_are_read_are_not_asked_about(question: str) -> None:
    assert _plan(question).behaviour is Behaviour.ANSWER


def test_a_number_told_before_is_no_new_one() -> None:
    first = _plan("complaints last week")
    assert _plan("of those 120, how many were on Telegram?", first).behaviour is Behaviour.ANSWER


@pytest.mark.parametrize(
    "question",
    [
        "complaints at month end",
        "complaints within a day of a deposit",
        "complaints quarterly",
        "complaints per second",
    ],
)
def test_words_of_time_that_are_not_read_are_asked_about(question: str) -> None:
    assert _plan(question).behaviour is Behaviour.CLARIFY


@pytest.mark.parametrize(
    "question", ["negative or complaints", "German or Telegram messages", "messages about deposits or on live chat"]
)
def test_alternatives_of_different_kinds_are_offered_one_by_one(question: str) -> None:
    asked = _plan(question)
    assert asked.behaviour is Behaviour.CLARIFY
    assert len(asked.choices) == 2
    assert all(_plan(choice).behaviour is Behaviour.ANSWER for choice in asked.choices)


@pytest.mark.parametrize(
    ("before", "measure"),
    [
        ("how many unique users complained last week?", Measure.UNIQUE_USERS),
        ("what share of messages were complaints last week?", Measure.MESSAGE_COUNT),
    ],
)
def test_how_many_goes_on_counting_what_was_counted(before: str, measure: Measure) -> None:
    assert _plan("and how many last month?", _plan(before)).query.measure is measure


@pytest.mark.parametrize(
    "question", ["customers not very happy", "customers no longer happy", "hardly happy customers"]
)
def test_a_mood_that_is_denied_is_left_out(question: str) -> None:
    assert _plan(question).query.filters.sentiments.none_of == ("positive",)


@pytest.mark.parametrize("question", ["messages that don't contain refund", 'messages that never mention "vip"'])
def test_messages_are_not_found_by_what_they_lack(question: str) -> None:
    assert _plan(question).behaviour is Behaviour.CLARIFY
