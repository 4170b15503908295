"""A range cut into local days and hours: clock changes, missing days, partial days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.store.statistics.calendar import NO_CALENDAR, Calendar, cut
from services.store.statistics.question import Dimension

LJUBLJANA = ZoneInfo("Europe/Ljubljana")
ALL_HOURS = [f"{hour:02}" for hour in range(24)]


def local_days(zone: str, first: str, end: str) -> Calendar:
    """The calendar of whole local days [first, end)."""
    at = ZoneInfo(zone)
    return cut(datetime.fromisoformat(first).replace(tzinfo=at), datetime.fromisoformat(end).replace(tzinfo=at), at)


def hours(calendar: Calendar) -> list[str]:
    return sorted(hour for (hour,) in calendar.slots((Dimension.HOUR,)))


def test_spring_day_has_23_hours_and_no_hour_02() -> None:
    calendar = local_days("Europe/Ljubljana", "2026-03-29", "2026-03-30")
    assert calendar.days == 1
    assert hours(calendar) == [hour for hour in ALL_HOURS if hour != "02"]
    assert [segment.offset for segment in calendar.segments] == [timedelta(hours=1), timedelta(hours=2)]


def test_a_long_range_has_no_more_hours_than_a_day() -> None:
    calendar = local_days("Europe/Ljubljana", "1970-01-01", "2026-10-01")
    assert calendar.slot_bound((Dimension.HOUR,)) == 24
    assert calendar.slot_bound((Dimension.WEEKDAY, Dimension.HOUR)) == 7 * 24
    assert calendar.slot_bound((Dimension.MONTH,)) == 57 * 12 - 3
    assert calendar.slot_bound((Dimension.DAY, Dimension.HOUR)) > 200_000


def test_autumn_day_has_25_hours_in_24_keys() -> None:
    calendar = local_days("Europe/Ljubljana", "2026-10-25", "2026-10-26")
    assert calendar.segments[-1].end - calendar.segments[0].start == timedelta(hours=25)
    assert hours(calendar) == ALL_HOURS


def test_lord_howe_moves_by_half_an_hour() -> None:
    calendar = local_days("Australia/Lord_Howe", "2026-04-05", "2026-04-06")
    assert [segment.offset for segment in calendar.segments] == [timedelta(hours=11), timedelta(hours=10, minutes=30)]
    assert hours(calendar) == ALL_HOURS


def test_samoa_skipped_a_day() -> None:
    calendar = local_days("Pacific/Apia", "2011-12-29", "2012-01-01")
    assert list(calendar.hours_of_day) == [date(2011, 12, 29), date(2011, 12, 31)]


def test_a_fall_back_into_the_day_before_touches_both_days() -> None:
    # At 00:01 on 7 November 2010 clocks in St John's went back to 23:01 of the 6th.
    start = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    calendar = cut(start, start + timedelta(minutes=2), ZoneInfo("America/St_Johns"))
    assert set(calendar.hours_of_day) == {date(2010, 11, 6), date(2010, 11, 7)}


def test_narrowed_to_hours_of_weekdays() -> None:
    # The weekend in which the clocks go forward at 02:00 of the Sunday, and the Monday after it.
    calendar = local_days("Europe/Ljubljana", "2026-03-28", "2026-03-31")
    weekend = calendar.narrowed(hours=(2, 3), weekdays=(6, 7))
    assert dict(weekend.hours_of_day) == {date(2026, 3, 28): 0b1100, date(2026, 3, 29): 0b1000}
    assert weekend.segments == calendar.segments
    assert list(calendar.narrowed(hours=(2,), weekdays=()).hours_of_day) == [date(2026, 3, 28), date(2026, 3, 30)]
    assert calendar.narrowed(hours=(), weekdays=()) == calendar


def test_partial_days_have_only_the_hours_they_touch() -> None:
    start = datetime(2026, 3, 3, 10, 59, tzinfo=UTC)
    calendar = cut(start, start + timedelta(hours=2), ZoneInfo("UTC"))
    assert hours(calendar) == ["10", "11", "12"]


def test_the_end_is_outside() -> None:
    start = datetime(2026, 3, 3, tzinfo=UTC)
    assert hours(cut(start, start + timedelta(hours=1), ZoneInfo("UTC"))) == ["00"]
    assert hours(cut(start, start + timedelta(hours=1, microseconds=1), ZoneInfo("UTC"))) == ["00", "01"]


def test_slots_count_the_days_of_each_key() -> None:
    calendar = local_days("Asia/Kathmandu", "2026-02-26", "2026-03-06")  # Thursday to Thursday
    assert calendar.days == 8
    assert calendar.slots((Dimension.MONTH,)) == {("2026-02",): 3, ("2026-03",): 5}
    assert calendar.slots((Dimension.WEEKDAY,))["thursday",] == 2
    assert calendar.slots((Dimension.WEEKDAY,))["monday",] == 1
    assert calendar.slots((Dimension.WEEK,)) == {("2026-W09",): 4, ("2026-W10",): 4}
    assert calendar.slots((Dimension.HOUR, Dimension.WEEKDAY))["03", "thursday"] == 2


def test_an_iso_week_may_belong_to_another_year() -> None:
    calendar = local_days("UTC", "2026-12-31", "2027-01-02")
    assert calendar.slots((Dimension.WEEK,)) == {("2026-W53",): 2}


@pytest.mark.parametrize("dimensions", [(Dimension.DAY,), (Dimension.DAY, Dimension.HOUR), (Dimension.HOUR,)])
def test_the_bound_holds(dimensions: tuple[Dimension, ...]) -> None:
    calendar = local_days("Europe/Ljubljana", "2026-03-01", "2026-04-15")
    assert calendar.slot_bound(dimensions) >= len(calendar.slots(dimensions))


def test_segments_follow_one_another_over_a_century() -> None:
    start, end = datetime(1950, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
    segments = cut(start, end, LJUBLJANA).segments
    assert (segments[0].start, segments[-1].end) == (start, end)
    for before, after in pairwise(segments):
        assert before.end == after.start
        assert before.offset != after.offset
        assert after.start.astimezone(LJUBLJANA).utcoffset() == after.offset
        assert (after.start - timedelta(seconds=1)).astimezone(LJUBLJANA).utcoffset() == before.offset


def test_an_empty_range_has_no_calendar() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert cut(now, now, LJUBLJANA) == NO_CALENDAR
