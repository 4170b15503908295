"""Hours and days of the week that narrow a period: read, kept, taken back, and told."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chat.convert import list_request, query_from_proto, query_to_proto
from services.chat.ledger.facts import facts_of
from services.chat.narration.phrases import circumstances
from services.chat.planner.asking import sentence
from services.chat.planner.local_times import AskedTimes, LocalTimes
from services.chat.planner.plan import plan
from services.chat.planner.time_phrases import times_of
from services.chat.question import Behaviour, Dimension, Filters, Interpretation, StatsQuery
from services.chat.results.local_times import hour_spans

NOW = datetime(2026, 3, 18, 15, 20, tzinfo=ZoneInfo("Europe/Ljubljana"))


def read(*texts: str) -> Interpretation:
    """The last of a few turns."""
    kept: Interpretation | None = None
    for text in texts:
        kept = plan(text, now=NOW, time_zone="Europe/Ljubljana", in_force=kept)
    assert kept is not None
    return kept


def _arc(told: tuple[int, int]) -> tuple[int, ...]:
    """So many hours from the first one on, round the clock."""
    first, count = told
    return tuple(sorted((first + step) % 24 for step in range(count)))


def only(*, hours: tuple[int, ...] = (), weekdays: tuple[int, ...] = ()) -> AskedTimes:
    return AskedTimes(only=LocalTimes(hours=hours, weekdays=weekdays))


def left_out(*, hours: tuple[int, ...] = (), weekdays: tuple[int, ...] = ()) -> AskedTimes:
    return AskedTimes(left_out=LocalTimes(hours=hours, weekdays=weekdays))


@pytest.mark.parametrize(
    ("text", "asked", "rest"),
    [
        ("messages on mondays", only(weekdays=(1,)), "messages"),
        ("messages on saturdays and sundays", only(weekdays=(6, 7)), "messages"),
        ("on mondays , wednesdays and on fridays", only(weekdays=(1, 3, 5)), ""),
        ("on weekends and fridays", only(weekdays=(5, 6, 7)), ""),
        ("on friday evenings", only(weekdays=(5,), hours=tuple(range(18, 24))), ""),
        ("on saturday and sunday mornings", only(weekdays=(6, 7), hours=tuple(range(6, 12))), ""),
        ("during the afternoons", only(hours=tuple(range(12, 18))), ""),
        ("at nights", only(hours=tuple(range(6))), ""),
        ("every monday in february", only(weekdays=(1,)), "in february"),
        ("messages each monday", only(weekdays=(1,)), "messages per day"),
        ("on fridays to mondays", only(weekdays=(1, 5, 6, 7)), ""),
        ("on working days", only(weekdays=(1, 2, 3, 4, 5)), ""),
        ("weekdays only last month", only(weekdays=(1, 2, 3, 4, 5)), "only last month"),
        ("except on weekends", left_out(weekdays=(6, 7)), ""),
        ("other than mondays", left_out(weekdays=(1,)), ""),
        ("except weekends and deposits", left_out(weekdays=(6, 7)), "except deposits"),
        ("weekends excluded and deposits", left_out(weekdays=(6, 7)), "and deposits"),
        ("outside of 9 to 5", left_out(hours=tuple(range(9, 17))), ""),
        ("not at night or on sundays", left_out(weekdays=(7,), hours=tuple(range(6))), ""),
        ("not after 18:00", left_out(hours=tuple(range(18, 24))), ""),
        ("forget the weekends", AskedTimes(forgotten=LocalTimes(weekdays=(6, 7))), ""),
        ("including sundays", AskedTimes(added=LocalTimes(weekdays=(7,))), ""),
    ],
)
def test_days_and_hours_named_as_such(text: str, asked: AskedTimes, rest: str) -> None:
    assert times_of(text) == (asked, rest)


@pytest.mark.parametrize(
    "text",
    [
        "on monday",
        "the last 2 fridays",
        "not only on mondays",
        "except friday evenings",
        "except weekends after 5pm",
        "except monday of last week",
        "outside 9:30 to 17",
        "outside 3 to 10 march",
        "by weekday",
        "distribution over weekdays",
        "compare mondays and fridays",
        "why did messages drop on sunday",
        "without weekdays and weekends",
    ],
)
def test_what_is_no_plain_set_of_days_and_hours_is_left_to_others(text: str) -> None:
    assert times_of(text) == (AskedTimes(), text)


@given(
    hours=st.one_of(st.just(()), st.tuples(st.integers(0, 23), st.integers(1, 23)).map(_arc)),
    weekdays=st.sets(st.integers(1, 7), max_size=6).map(lambda days: tuple(sorted(days))),
)
@settings(max_examples=60, deadline=None)
def test_an_offered_question_is_read_as_it_was_meant(hours: tuple[int, ...], weekdays: tuple[int, ...]) -> None:
    offered = sentence(StatsQuery(filters=Filters(hours=hours, weekdays=weekdays)), "last week")
    found = read(offered).query
    assert (found.filters.hours, found.filters.weekdays) == (hours, weekdays), offered


@pytest.mark.parametrize(
    "text",
    [
        "messages last month except the first week",
        "messages last month except Friday evenings",
        "messages outside office hours",
        "messages in the last 3 working days",
        "messages outside 9:30 to 17 last month",
        "messages between 9:30 and 17:00 on Mondays last month",
    ],
)
def test_what_no_days_and_hours_express_is_asked_back_with_what_can_be_answered(text: str) -> None:
    found = read(text)
    assert found.behaviour is Behaviour.CLARIFY
    assert found.choices
    assert {read(choice).behaviour for choice in found.choices} == {Behaviour.ANSWER}


@pytest.mark.parametrize(
    ("turns", "hours", "weekdays"),
    [
        (("deposits last month", "and on weekends?"), (), (6, 7)),
        (("deposits on weekends last month", "same without Sundays"), (), (6,)),
        (("deposits on weekends last month", "forget the weekends"), (), ()),
        (("deposits last month except weekends", "forget the weekends"), (), ()),
        (("deposits last month", "drop the weekends"), (), (1, 2, 3, 4, 5)),
        (("deposits on Fridays last month", "not on Fridays"), (), (1, 2, 3, 4, 6, 7)),
        (("deposits on Fridays last month", "also on Mondays"), (), (1, 5)),
        (("deposits on Fridays last month", "only in the mornings"), tuple(range(6, 12)), (5,)),
        (("deposits last month", "including weekends"), (), ()),
        (("deposits last month except weekends", "including weekends"), (), ()),
        (("deposits on Fridays last month", "not at night", "all days"), (), ()),
    ],
)
def test_follow_ups_change_the_days_and_hours_in_force(
    turns: tuple[str, ...], hours: tuple[int, ...], weekdays: tuple[int, ...]
) -> None:
    filters = read(*turns).query.filters
    assert (filters.hours, filters.weekdays, filters.categories.any_of) == (hours, weekdays, ("deposit",))


def test_what_narrows_is_told_and_goes_to_the_store() -> None:
    found = read("deposits between 9 and 17 on Mondays last month")
    assert found.explanation.startswith("Deposits, Mondays, 09:00–17:00, 1–28 February 2026")
    proto = query_to_proto(found.query)
    assert (list(proto.filters.hours), list(proto.filters.weekdays)) == (list(range(9, 17)), [1])
    assert query_from_proto(proto) == found.query
    listed = list_request(found.query, page_size=5)
    assert (listed.filters, listed.time_zone) == (proto.filters, "Europe/Ljubljana")


def test_hours_are_taken_back_and_give_way_to_a_single_day() -> None:
    kept = read("deposits on Fridays last month", "and in January?")
    assert kept.query.filters.weekdays == (5,)
    assert read("deposits on Fridays last month", "drop the weekday filter").query.filters.weekdays == ()
    assert read("deposits between 9 and 17 last month", "all hours").query.filters.hours == ()
    assert read("deposits on Fridays last month", "yesterday").query.filters.weekdays == ()
    assert read("deposits on Fridays last month", "in the mornings").query.filters.weekdays == ()


def test_the_words_of_an_answer_name_them_and_the_ledger_knows_their_numbers() -> None:
    filters = Filters(hours=(22, 23, 0), weekdays=(7, 1))
    assert circumstances(filters) == " on Mondays and Sundays outside 01:00 to 22:00"
    facts = facts_of("", Interpretation(query=StatsQuery(filters=filters)), ())
    assert {60, 22 * 60} <= facts.minutes
    others = Filters(hours=(0, 9, 11), weekdays=(1, 2, 3, 5))
    assert circumstances(others) == (
        " on Mondays to Wednesdays and Fridays"
        " between 00:00 and 01:00, between 09:00 and 10:00 or between 11:00 and 12:00"
    )
    assert hour_spans((9, 10, 22)) == [(9, 11), (22, 23)]


@pytest.mark.parametrize(
    ("text", "rows", "hours"),
    [
        ("deposits on weekdays vs weekends last month", Dimension.WEEKDAY, ()),
        ("are weekends busier than weekdays?", Dimension.WEEKDAY, ()),
        ("deposits last month mornings vs nights", Dimension.HOUR, tuple(range(12))),
    ],
)
def test_days_and_parts_of_a_day_set_against_each_other_are_told_as_rows(
    text: str, rows: Dimension, hours: tuple[int, ...]
) -> None:
    query = read(text).query
    assert query.group_by == (rows,)
    assert query.filters.hours == hours
