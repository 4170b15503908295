"""What may be asked, how a question is closed and named, and which SQL it becomes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.canonical import canonical_json, query_id
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery, default_order
from services.store.statistics.shares import denominator_dimensions
from services.store.statistics.sql import Scope, period_selections
from services.store.statistics.validation import (
    CLOCK_TOLERANCE,
    MAX_LOCAL_DAYS,
    check_length,
    closed_at,
    query_violations,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def only(*values: str) -> ValueFilter:
    return ValueFilter(any_of=values)


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        (StatsQuery(filters=Filters(categories=only("dreams"))), "filters.categories", ErrorReason.BAD_FILTER),
        (StatsQuery(share_of=Filters(sources=only("email"))), "share_of", ErrorReason.BAD_FILTER),
        (
            StatsQuery(measure=Measure.SHARE, share_of=Filters(intents=only("dreams"))),
            "share_of.intents",
            ErrorReason.BAD_FILTER,
        ),
        (StatsQuery(range=TimeRange(start=NOW, end=NOW - DAY)), "range", ErrorReason.BAD_RANGE),
        (StatsQuery(compare_to=TimeRange(start=NOW, end=NOW - DAY)), "compare_to", ErrorReason.BAD_RANGE),
        (StatsQuery(as_of=datetime(1, 1, 1, tzinfo=UTC)), "as_of", ErrorReason.BAD_RANGE),
        (StatsQuery(as_of=datetime(9999, 1, 1, tzinfo=UTC)), "as_of", ErrorReason.BAD_RANGE),
        (StatsQuery(time_zone="Mars/Olympus"), "time_zone", ErrorReason.BAD_TIME_ZONE),
        (StatsQuery(time_zone="../etc/passwd"), "time_zone", ErrorReason.BAD_TIME_ZONE),
        (StatsQuery(time_zone="Europe"), "time_zone", ErrorReason.BAD_TIME_ZONE),
        (StatsQuery(time_zone="Europe/Ljubljana\x00"), "time_zone", ErrorReason.BAD_TIME_ZONE),
        (StatsQuery(time_zone="x" * 100_000), "time_zone", ErrorReason.BAD_TIME_ZONE),
        (StatsQuery(group_by=tuple(Dimension)[:4]), "group_by", ErrorReason.BAD_LIMIT),
        (StatsQuery(group_by=(Dimension.DAY, Dimension.DAY)), "group_by", ErrorReason.BAD_LIMIT),
        (StatsQuery(limit=-1), "limit", ErrorReason.BAD_LIMIT),
        (StatsQuery(limit=10_001), "limit", ErrorReason.BAD_LIMIT),
    ],
)
def test_what_may_not_be_asked(query: StatsQuery, field: str, reason: ErrorReason) -> None:
    assert [(violation.field, violation.reason) for violation in query_violations(query)] == [(field, reason)]


def test_every_violation_is_reported() -> None:
    query = StatsQuery(limit=-1, time_zone="nowhere", filters=Filters(sentiments=only("meh")))
    assert {violation.field for violation in query_violations(query)} == {"limit", "time_zone", "filters.sentiments"}


def test_times_are_listed_in_time_and_everything_else_by_size() -> None:
    assert default_order((Dimension.WEEKDAY, Dimension.SOURCE)) is Order.KEY_ASC
    assert default_order((Dimension.SOURCE, Dimension.DAY)) is Order.VALUE_DESC
    assert default_order(()) is Order.VALUE_DESC


def test_open_ends_close_at_as_of_and_starts_stay_open() -> None:
    closed = closed_at(StatsQuery(compare_to=TimeRange(start=NOW - DAY)), NOW)
    assert closed.as_of == NOW
    assert closed.range == TimeRange(end=NOW)
    assert closed.compare_to == TimeRange(start=NOW - DAY, end=NOW)
    earlier = closed_at(StatsQuery(as_of=NOW - DAY), NOW)
    assert (earlier.as_of, earlier.range) == (NOW - DAY, TimeRange(end=NOW - DAY))


def test_an_end_that_is_given_stays() -> None:
    asked = TimeRange(start=NOW, end=NOW + DAY)
    assert closed_at(StatsQuery(range=asked), NOW).range == asked


def test_another_clock_may_be_a_little_ahead() -> None:
    assert closed_at(StatsQuery(as_of=NOW + CLOCK_TOLERANCE), NOW).as_of == NOW


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (StatsQuery(as_of=NOW + DAY), "as_of"),
        (StatsQuery(range=TimeRange(start=NOW + DAY)), "range.start"),
        (StatsQuery(as_of=NOW - DAY, compare_to=TimeRange(start=NOW)), "compare_to.start"),
    ],
)
def test_the_future_cannot_be_asked_about(query: StatsQuery, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        closed_at(query, NOW)
    assert caught.value.reason == ErrorReason.BAD_RANGE
    assert [violation.field for violation in caught.value.violations] == [field]


def test_a_range_of_local_days_is_at_most_a_century() -> None:
    century = MAX_LOCAL_DAYS * DAY
    check_length(TimeRange(start=NOW, end=NOW + century), "range")
    with pytest.raises(InvalidInputError):
        check_length(TimeRange(start=NOW, end=NOW + century + timedelta(microseconds=1)), "range")


# The id


def test_the_same_question_has_the_same_id_at_any_time() -> None:
    query = StatsQuery(filters=Filters(sources=only("email", "web")), group_by=(Dimension.DAY,))
    today, tomorrow = closed_at(query, NOW), closed_at(query, NOW + DAY)
    assert query_id(query) == query_id(today) == query_id(tomorrow)
    assert query_id(closed_at(today, NOW + DAY)) == query_id(query)


def test_the_order_of_filter_values_is_no_part_of_the_question() -> None:
    left = StatsQuery(filters=Filters(sources=only("email", "web", "email")))
    right = StatsQuery(filters=Filters(sources=only("web", "email")))
    assert canonical_json(left) == canonical_json(right)
    left = StatsQuery(filters=Filters(hours=(17, 9), weekdays=(7, 1)))
    right = StatsQuery(filters=Filters(hours=(9, 17), weekdays=(1, 7)))
    assert canonical_json(left) == canonical_json(right)


def test_an_instant_is_the_same_in_every_zone() -> None:
    there = NOW.astimezone().replace(microsecond=0)
    assert query_id(StatsQuery(range=TimeRange(start=NOW))) == query_id(StatsQuery(range=TimeRange(start=there)))


OTHERS = [
    StatsQuery(measure=Measure.UNIQUE_USERS),
    StatsQuery(measure=Measure.SHARE),
    StatsQuery(measure=Measure.SHARE, share_of=Filters(text="card")),
    StatsQuery(filters=Filters(text="card")),
    StatsQuery(filters=Filters(min_confidence=0.0)),
    StatsQuery(filters=Filters(sources=only("web"))),
    StatsQuery(filters=Filters(sources=ValueFilter(none_of=("web",)))),
    StatsQuery(filters=Filters(languages=only("web"))),
    StatsQuery(filters=Filters(hours=(9,))),
    StatsQuery(filters=Filters(hours=(9, 10))),
    StatsQuery(filters=Filters(weekdays=(1,))),
    StatsQuery(range=TimeRange(start=NOW)),
    StatsQuery(range=TimeRange(end=NOW)),
    StatsQuery(compare_to=TimeRange()),
    StatsQuery(time_zone="Europe/Ljubljana"),
    StatsQuery(group_by=(Dimension.DAY, Dimension.SOURCE)),
    StatsQuery(group_by=(Dimension.SOURCE, Dimension.DAY)),
    StatsQuery(order=Order.KEY_ASC),
    StatsQuery(limit=5),
    StatsQuery(),
]


def test_other_questions_have_other_ids() -> None:
    assert len({query_id(query) for query in OTHERS}) == len(OTHERS)


def test_the_canonical_form_stays_as_it_is() -> None:
    # Receipts keep ids for good: a change of this form makes every one of them a stranger.
    assert canonical_json(StatsQuery(filters=Filters(user_ids=only("ö")))) == (
        '{"compare_to":null,"filters":{"user_ids":{"any_of":["ö"]}},"group_by":[],"limit":10000,'
        '"measure":"message_count","order":"value_desc","range":{"end":null,"start":null},"share_of":{},'
        '"time_zone":"UTC"}'
    )


# Shares

NEGATIVE = Filters(sentiments=only("negative"))
BOTH = Filters(categories=only("deposit", "withdraw"))


@pytest.mark.parametrize(
    ("filters", "share_of", "group_by", "kept"),
    [
        # How negative is each category? By the category's own messages.
        (NEGATIVE, Filters(), (Dimension.CATEGORY,), (Dimension.CATEGORY,)),
        (replace(BOTH, sentiments=only("negative")), BOTH, (Dimension.CATEGORY,), (Dimension.CATEGORY,)),
        (NEGATIVE, Filters(), (Dimension.SOURCE, Dimension.DAY), (Dimension.SOURCE, Dimension.DAY)),
        # How many of all messages are about deposits or withdrawals? By all messages (of the day).
        (BOTH, Filters(), (Dimension.CATEGORY,), ()),
        (BOTH, Filters(), (Dimension.INTENT,), ()),
        (BOTH, Filters(), (Dimension.DAY, Dimension.CATEGORY), (Dimension.DAY,)),
        (BOTH, Filters(), (Dimension.SOURCE,), (Dimension.SOURCE,)),
        # What are the messages made of?
        (Filters(), Filters(), (Dimension.CATEGORY,), ()),
        (BOTH, Filters(categories=only("withdraw", "deposit")), (Dimension.SOURCE,), ()),
        (Filters(), NEGATIVE, (Dimension.MONTH, Dimension.CATEGORY), (Dimension.MONTH,)),
        (Filters(), Filters(), (Dimension.WEEKDAY,), ()),
        # Conditions that no dimension speaks of.
        (Filters(text="card"), Filters(), (Dimension.SOURCE,), (Dimension.SOURCE,)),
        (Filters(min_confidence=0.5), Filters(min_confidence=0.5), (Dimension.SOURCE,), ()),
    ],
)
def test_what_a_row_of_a_share_divides_by(
    filters: Filters, share_of: Filters, group_by: tuple[Dimension, ...], kept: tuple[Dimension, ...]
) -> None:
    query = StatsQuery(measure=Measure.SHARE, filters=filters, share_of=share_of, group_by=group_by)
    assert denominator_dimensions(query) == kept


# SQL


@given(text=st.text(min_size=1), user=st.text(min_size=1), workspace=st.text(min_size=1))
def test_no_value_reaches_the_text_of_a_statement(text: str, user: str, workspace: str) -> None:
    def sql(text: str, user: str, workspace: str) -> list[str]:
        filters = Filters(text=text, user_ids=only(user))
        query = StatsQuery(measure=Measure.SHARE, filters=filters, group_by=tuple(Dimension)[:3])
        scope = Scope(workspace_id=workspace, as_of=None)
        counted, divided_by = period_selections(query, TimeRange(end=NOW), (), scope)
        return [part.grouped_by(query.group_by).sql for part in (counted, divided_by) if part is not None]

    assert sql(text, user, workspace) == sql("a", "b", "c")
