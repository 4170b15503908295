"""What the chat says of its labels and of its answers, which no query tells."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from services.chat.lexicon.meanings import MEANINGS, SENTIMENT_MEANINGS
from services.chat.planner import plan
from services.chat.question import Behaviour, Interpretation
from services.runtime.labels import INTENTS

_GUIDE = Path(__file__).parents[3] / "docs" / "labels.md"


def _plan(text: str, in_force: Interpretation | None = None) -> Interpretation:
    now = datetime.fromisoformat("2026-03-18T14:30:00+01:00")
    return plan(text, now=now, time_zone="Europe/Ljubljana", in_force=in_force)


def test_every_intent_has_the_meaning_of_the_label_guide() -> None:
    guide = _GUIDE.read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \w+ \| (\w+) \| (.+) \|$", guide, re.MULTILINE))
    assert tuple(MEANINGS) == INTENTS
    assert {name: told[name] for name in INTENTS if name != "other"} == {
        name: meaning for name, meaning in MEANINGS.items() if name != "other"
    }
    assert all(f"`{name}` ({meaning})" in guide for name, meaning in SENTIMENT_MEANINGS.items())


@pytest.mark.parametrize(
    ("question", "meanings"),
    [
        ("what counts as a complaint?", ["complaint"]),
        ("what does bonus_terms mean", ["bonus_terms"]),
        ("what is kyc", ["verification"]),
        ("what falls under withdrawals", ["withdrawal_delayed", "withdrawal_rejected", "withdrawal_info"]),
        ('what does "other" contain', ["app_technical", "security_report", "human_agent", "smalltalk", "other"]),
    ],
)
def test_a_label_is_explained(question: str, meanings: list[str]) -> None:
    got = _plan(question)
    assert got.behaviour is Behaviour.CLARIFY
    assert [name for name in INTENTS if MEANINGS[name] in got.reason] == meanings
    assert _plan(got.choices[0]).behaviour is Behaviour.ANSWER


def test_a_mood_is_explained() -> None:
    assert _plan("how do you define negative?").reason == "“Negative” – frustration, anger, worry about money."


@pytest.mark.parametrize("question", ["how do you know?", "are you sure?", "where does the number come from"])
def test_an_answer_says_what_it_rests_on_and_stays(question: str) -> None:
    before = _plan("complaints last week")
    told = _plan(question, before)
    assert told.behaviour is Behaviour.CLARIFY
    assert "receipt" in told.reason
    assert _plan("by day", told) == _plan("by day", before)


@pytest.mark.parametrize("question", ["lost customers last month", "how many customers left us in February"])
def test_customers_who_went_are_not_counted(question: str) -> None:
    assert "account closures" in _plan(question).choices[0]


@pytest.mark.parametrize("question", ["how can we reduce complaints", "what should I do about the delays?"])
def test_no_advice_is_given(question: str) -> None:
    assert "yours to decide" in _plan(question).reason
