"""How a total is set against an earlier period, and what is said of a period that begins before the first message."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.chat.narration.comparison import comparison, coverage
from services.chat.narration.model_messages import statistics_block
from services.chat.narration.narrate import compose
from services.chat.question import Interpretation, Measure, StatsResult
from tests.support.answers import compared, facts, scalar, streamed

LATE_JANUARY = datetime(2026, 1, 20, 8, tzinfo=UTC)
LESS = "The first message is of 20 January 2026: the earlier period holds less than its length says."


def begun(first: datetime, result: StatsResult | None = None) -> StatsResult:
    return replace(result or scalar(90.0, before=30.0), first_event_time=first)


def test_a_period_before_the_first_message_is_told() -> None:
    assert coverage(begun(LATE_JANUARY)) == LESS
    assert LESS in compose(Interpretation(query=scalar(90.0).query), [begun(LATE_JANUARY)])


@pytest.mark.parametrize("result", [scalar(90.0, before=30.0), begun(datetime(2026, 1, 1, 9, tzinfo=UTC))])
def test_nothing_is_said_of_whole_periods(result: StatsResult) -> None:
    assert not coverage(result)


def test_a_count_alone_needs_no_such_word_an_average_does() -> None:
    first = datetime(2026, 2, 11, tzinfo=UTC)
    assert not coverage(begun(first, scalar(90.0)))
    told = coverage(begun(first, scalar(3.2, Measure.PER_DAY_AVERAGE)))
    assert told == "The first message is of 11 February 2026: the average counts the days before it, too."


def test_a_period_that_lies_before_all_messages_has_none_to_compare_with() -> None:
    result = begun(datetime(2026, 2, 3, tzinfo=UTC), scalar(90.0, before=0.0))
    assert comparison(result) == "There were none in January 2026: the first message of all is of 3 February 2026."
    assert not coverage(result)


def test_the_ledger_lets_the_day_of_the_first_message_pass() -> None:
    text, verdict = streamed(facts(begun(LATE_JANUARY, compared())), [LESS])
    assert (text, verdict.masked) == (LESS, 0)


def test_a_model_is_told_too() -> None:
    result = begun(LATE_JANUARY)
    assert f"for the reader: {LESS}" in statistics_block(Interpretation(query=result.query), [result])
