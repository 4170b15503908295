"""From counts to rows: values, missing times, comparison, order, limit and what is said of the total."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.answer import answer
from services.store.statistics.calendar import NO_CALENDAR, Calendar, cut
from services.store.statistics.keys import Keys
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery, StatsResult
from services.store.statistics.sql import CONFIDENCE_UNITS
from services.store.statistics.values import NO_COUNTS, NOTHING, PeriodCounts, Tally

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BY_SOURCE = StatsQuery(group_by=(Dimension.SOURCE,))
BY_DAY = StatsQuery(group_by=(Dimension.DAY,), order=Order.KEY_ASC)


def days(first: str, end: str) -> Calendar:
    return cut(
        datetime.fromisoformat(first).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
        ZoneInfo("UTC"),
    )


def counted(
    rows: Mapping[Keys, int], total: int, calendar: Calendar = NO_CALENDAR, share: Mapping[Keys, int] | None = None
) -> PeriodCounts:
    """Counts of a period; `share` by key, () for its total."""
    shares = {keys: Tally(count, count) for keys, count in (share or {}).items()}
    return PeriodCounts(
        calendar=calendar,
        total=Tally(total, total),
        rows={keys: Tally(count, count) for keys, count in rows.items()},
        share_total=shares.pop((), NOTHING),
        share_rows=shares,
    )


def shown(result: StatsResult) -> list[tuple[str, float]]:
    return [(" ".join(row.keys), row.value) for row in result.rows]


def test_no_grouping_is_one_row_with_empty_keys() -> None:
    result = answer(StatsQuery(), NOW, counted({}, 7), None)
    assert shown(result) == [("", 7)]
    assert (result.total, result.rows_sum_to_total, result.total_rows) == (7, True, 1)


def test_largest_first_and_ties_by_key() -> None:
    result = answer(BY_SOURCE, NOW, counted({("web",): 2, ("email",): 2, ("phone",): 5}, 9), None)
    assert shown(result) == [("phone", 5), ("email", 2), ("web", 2)]


def test_smallest_first_has_ties_by_key_ascending_too() -> None:
    query = replace(BY_SOURCE, order=Order.VALUE_ASC)
    result = answer(query, NOW, counted({("web",): 2, ("email",): 2, ("phone",): 5}, 9), None)
    assert shown(result) == [("email", 2), ("web", 2), ("phone", 5)]


def test_a_limit_cuts_rows_but_not_the_total() -> None:
    result = answer(replace(BY_SOURCE, limit=1), NOW, counted({("web",): 2, ("email",): 3}, 5), None)
    assert shown(result) == [("email", 3)]
    assert (result.total, result.total_rows, result.truncated, result.rows_sum_to_total) == (5, 2, True, False)


def test_rows_of_messages_with_several_labels_do_not_add_up() -> None:
    query = StatsQuery(group_by=(Dimension.CATEGORY,))
    assert not answer(query, NOW, counted({("bonus",): 2, ("deposit",): 3}, 4), None).rows_sum_to_total
    assert answer(query, NOW, counted({("bonus",): 2, ("deposit",): 3}, 5), None).rows_sum_to_total


def test_days_without_messages_are_rows() -> None:
    result = answer(BY_DAY, NOW, counted({("2026-02-27",): 3}, 3, days("2026-02-26", "2026-03-01")), None)
    assert shown(result) == [("2026-02-26", 0), ("2026-02-27", 3), ("2026-02-28", 0)]


def test_weekdays_follow_from_monday() -> None:
    query = replace(BY_DAY, group_by=(Dimension.WEEKDAY,))
    result = answer(query, NOW, counted({}, 0, days("2026-02-01", "2026-03-01")), None)
    assert [row.keys[0] for row in result.rows][::6] == ["monday", "sunday"]


def test_other_groupings_have_rows_for_what_occurs() -> None:
    query = replace(BY_DAY, group_by=(Dimension.DAY, Dimension.SOURCE))
    result = answer(query, NOW, counted({("2026-02-27", "web"): 3}, 3, days("2026-02-26", "2026-03-01")), None)
    assert shown(result) == [("2026-02-27 web", 3)]


def test_february_beside_january_by_position() -> None:
    january, february = days("2026-01-01", "2026-02-01"), days("2026-02-01", "2026-03-01")
    query = replace(BY_DAY, compare_to=TimeRange())
    result = answer(query, NOW, counted({("2026-02-02",): 5}, 5, february), counted({("2026-01-02",): 4}, 4, january))
    assert (result.rows[1].value, result.rows[1].compare_value) == (5, 4)
    assert len(result.rows) == 28
    assert result.compare_total == 4
    backwards = answer(query, NOW, counted({}, 0, january), counted({}, 0, february))
    assert [row.compare_value for row in backwards.rows[27:]] == [0, None, None, None]


def test_what_was_and_is_no_more_is_a_row() -> None:
    query = replace(BY_SOURCE, compare_to=TimeRange())
    result = answer(query, NOW, counted({("web",): 2}, 2), counted({("email",): 3, ("web",): 1}, 4))
    assert [(row.keys, row.value, row.compare_value) for row in result.rows] == [(("web",), 2, 1), (("email",), 0, 3)]


def test_hours_and_weekdays_are_matched_by_key() -> None:
    query = replace(BY_DAY, group_by=(Dimension.WEEKDAY,), compare_to=TimeRange())
    monday, tuesday_too = days("2026-02-02", "2026-02-03"), days("2026-01-27", "2026-02-03")
    result = answer(query, NOW, counted({}, 0, monday), counted({("monday",): 6, ("tuesday",): 1}, 7, tuesday_too))
    assert [(row.keys, row.compare_value) for row in result.rows] == [(("monday",), 6)]


def test_per_day_averages_divide_by_the_days_of_the_row() -> None:
    month = days("2026-02-01", "2026-03-01")
    by_weekday = StatsQuery(measure=Measure.PER_DAY_AVERAGE, group_by=(Dimension.WEEKDAY,), order=Order.KEY_ASC)
    result = answer(by_weekday, NOW, counted({("monday",): 8}, 56, month), None)
    assert (result.rows[0].value, result.total) == (2, 2)
    by_source = answer(replace(by_weekday, group_by=(Dimension.SOURCE,)), NOW, counted({("web",): 14}, 56, month), None)
    assert shown(by_source) == [("web", 0.5)]


def test_mean_confidence_of_nothing_is_zero() -> None:
    query = StatsQuery(measure=Measure.MEAN_CONFIDENCE)
    assert answer(query, NOW, counted({}, 0), None).total == 0
    half = replace(counted({}, 0), total=Tally(CONFIDENCE_UNITS, 2))
    assert answer(query, NOW, half, None).total == 0.5


SHARE = StatsQuery(
    measure=Measure.SHARE, filters=Filters(sentiments=ValueFilter(any_of=("negative",))), group_by=(Dimension.SOURCE,)
)


def test_a_share_divides_by_the_row_and_shows_rows_without_any() -> None:
    result = answer(SHARE, NOW, counted({("web",): 1}, 1, share={(): 10, ("web",): 4, ("email",): 6}), None)
    assert shown(result) == [("web", 0.25), ("email", 0)]
    assert (result.total, result.rows_sum_to_total) == (0.1, False)


def test_the_make_up_of_messages_adds_up_to_one() -> None:
    query = replace(SHARE, filters=Filters())
    result = answer(query, NOW, counted({("web",): 1, ("email",): 2}, 3, share={(): 3}), None)
    assert [row.value for row in result.rows] == pytest.approx([2 / 3, 1 / 3])
    assert result.rows_sum_to_total


def test_nothing_counted_is_nothing() -> None:
    for measure in Measure:
        result = answer(StatsQuery(measure=measure, group_by=(Dimension.DAY,)), NOW, NO_COUNTS, NO_COUNTS)
        assert (result.rows, result.total, result.compare_total, result.rows_sum_to_total) == ((), 0, 0, True)


def test_users_of_two_rows_do_not_add_up() -> None:
    query = StatsQuery(measure=Measure.UNIQUE_USERS, group_by=(Dimension.SOURCE,))
    assert not answer(query, NOW, counted({("web",): 2, ("email",): 2}, 3), None).rows_sum_to_total


def test_a_billion_and_one_is_not_a_billion() -> None:
    assert not answer(BY_SOURCE, NOW, counted({("web",): 10**12}, 10**12 + 1), None).rows_sum_to_total


def test_a_long_series_of_days_stays_exact() -> None:
    start = datetime(1990, 1, 1, tzinfo=UTC)
    calendar = cut(start, start + timedelta(days=12_000), ZoneInfo("UTC"))
    result = answer(BY_DAY, NOW, counted({("1990-01-02",): 1}, 1, calendar), None)
    assert (len(result.rows), result.total_rows, result.truncated) == (10_000, 12_000, True)
