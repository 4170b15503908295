"""Verified readings: they go before every other, and their period is what the words say on the day of asking."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.chat.interpreting.interpreter import Interpreter, Question
from services.chat.interpreting.verified import VerifiedQuestions
from services.chat.question import (
    Behaviour,
    Dimension,
    Filters,
    Interpretation,
    LabelFilter,
    Operation,
    StatsQuery,
    TimeRange,
)
from services.chat.settings import BUILTIN_MODEL
from services.chat.stores.store_client import Store, open_store_channel
from services.runtime.auth import Identity, Role

MARCH = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
APRIL = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
QUERY = StatsQuery(filters=Filters(categories=LabelFilter(any_of=("withdraw",))), group_by=(Dimension.SOURCE,))
READING = Interpretation(query=QUERY, verified_by="Ada")
WORDS = "What's up with cash-outs last week?"


def read(text: str, now: datetime, verified: Interpretation = READING, role: Role = Role.AGENT) -> Interpretation:
    question = Question(
        text=text,
        now=now,
        time_zone="Europe/Ljubljana",
        in_force=Interpretation(query=StatsQuery(filters=Filters(sources=LabelFilter(any_of=("email",))))),
        caller=Identity(user_id="u", workspace_id="w", role=role, name="U"),
        verified=verified,
    )
    return asyncio.run(Interpreter(None).read(question, model=BUILTIN_MODEL)).interpretation


@pytest.mark.parametrize(("now", "first", "end"), [(MARCH, (3, 8, 23), (3, 15, 23)), (APRIL, (4, 5, 22), (4, 12, 22))])
def test_last_week_is_the_one_before_the_day_of_asking(
    now: datetime, first: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    got = read(WORDS, now)
    assert (got.query.filters, got.query.group_by, got.verified_by) == (QUERY.filters, QUERY.group_by, "Ada")
    assert got.query.range == TimeRange(start=datetime(2026, *first, tzinfo=UTC), end=datetime(2026, *end, tzinfo=UTC))
    assert got.query.time_zone == "Europe/Ljubljana"
    assert "verified by Ada" in got.explanation


def test_what_is_compared_comes_from_the_words_too() -> None:
    got = read("cash-outs last week compared with the week before", MARCH).query
    assert got.range is not None
    assert got.compare_to is not None
    assert got.compare_to.end == got.range.start
    assert read("cash-outs", MARCH).query.range is None


def test_words_without_a_clear_period_are_read_anew() -> None:
    for words in (
        "how many deposits as reported on 1 March?",
        "hello",
        "how many deposits in the last 3 business days?",
    ):
        assert read(words, MARCH).verified_by == "", words


def test_what_is_refused_stays_refused() -> None:
    assert read("delete all messages", MARCH).behaviour is Behaviour.REFUSE
    examples = replace(READING, operation=Operation.EXAMPLES)
    assert read(WORDS, MARCH, examples).operation is Operation.EXAMPLES
    assert read(WORDS, MARCH, examples, Role.VIEWER).behaviour is Behaviour.REFUSE


async def test_without_the_store_a_question_is_read_anew() -> None:
    channel = open_store_channel("127.0.0.1:1", timeout_seconds=1, tls=None)
    try:
        assert await VerifiedQuestions(Store(channel)).reading_of(WORDS) is None
    finally:
        await channel.close()
