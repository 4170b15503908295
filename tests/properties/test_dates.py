"""Date phrases at any now in any zone: half-open, in order, never past now, and true to the wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period, Unit, containing, floor, step
from services.chat.dates.resolve import read_dates
from services.chat.lexicon.text import canonical
from services.chat.planner import plan
from services.chat.planner.periods import time_range
from services.chat.question import Behaviour, TimeRange

ZONES = (
    "Europe/Ljubljana",
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
)
UNITS = ("day", "week", "month", "quarter", "year")
ROLLING = ("hours", "days", "weeks", "months")
NAMED = """
    today; yesterday; ytd; lately; Monday; last Friday; last weekend; the weekend; January; last March; Q2; H1 2025
    week 9; the 31st; 29 February; Easter; Black Friday; since Monday; until yesterday; before March; after Christmas
    between 3 and 10 March; from November to February; this morning; yesterday evening; last night
    between 2 and 3 yesterday; after 22:00 on Sunday; since 9 am; first week of February; last day of last month
    the second Friday of May; early June; the week before last
"""
PHRASES = (
    *(phrase.strip() for phrase in NAMED.strip().replace("\n", ";").split(";")),
    *(f"{which} {unit}" for which in ("this", "last", "past", "previous") for unit in UNITS),
    *(f"{which} {count} {unit}" for which in ("last", "past") for count in (1, 2, 7, 30) for unit in ROLLING),
    *(f"{count} {unit} ago" for count in (1, 3) for unit in ("days", "weeks", "months", "years")),
)

clocks = st.builds(
    lambda instant, zone: Clock(now=instant, zone=ZoneInfo(zone)),
    st.datetimes(datetime(1990, 1, 2), datetime(2037, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from(ZONES),
)


def _ranges(phrase: str, clock: Clock) -> list[tuple[Period, TimeRange]]:
    values = [value for _, value in read_dates(canonical(phrase).words, clock).periods()]
    periods = [value for value in values if isinstance(value, Period)]
    return [(period, told) for period in periods if (told := time_range(period, clock)) is not None]


NO_DATES = {"lately", "1 years ago", *(f"previous {unit}" for unit in UNITS)}
"""Asked back, or read beside the period in force: the dates alone say nothing of them."""


@pytest.mark.parametrize("phrase", [phrase for phrase in PHRASES if phrase not in NO_DATES])
def test_every_phrase_is_read_as_one_range(phrase: str) -> None:
    """What is said of ranges below would hold of none, too."""
    clock = Clock(now=datetime(2026, 3, 18, 13, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Ljubljana"))
    assert len(_ranges(phrase, clock)) == 1
    got = plan(f"how many deposits {phrase}?", now=clock.now, time_zone=clock.zone.key, in_force=None)
    assert got.behaviour is Behaviour.ANSWER


@given(st.sampled_from(PHRASES), clocks)
def test_ranges_are_half_open_in_order_and_never_past_now(phrase: str, clock: Clock) -> None:
    for _, told in _ranges(phrase, clock):
        assert told.end is not None
        assert told.end <= clock.now
        assert told.start is None or told.start.astimezone(UTC) < told.end.astimezone(UTC)


@given(st.sampled_from(PHRASES), clocks)
def test_instants_are_the_wall_times_that_were_read(phrase: str, clock: Clock) -> None:
    for period, told in _ranges(phrase, clock):
        for wall, instant in ((period.start, told.start), (period.end, told.end)):
            if wall is None or instant is None:
                assert wall is instant
            else:
                gap = clock.wall(instant) - wall
                assert timedelta(0) <= gap <= timedelta(hours=24)
                assert not gap or _is_skipped(wall, clock)


def _is_skipped(wall: datetime, clock: Clock) -> bool:
    return wall.replace(tzinfo=clock.zone).astimezone(UTC).astimezone(clock.zone).replace(tzinfo=None) != wall


@given(clocks)
def test_calendar_neighbours_touch(clock: Clock) -> None:
    for unit in ("week", "month", "quarter", "year"):
        ranges = [told for which in ("last", "this") for _, told in _ranges(f"{which} {unit}", clock)]
        assert len(ranges) == 2 or clock.local == floor(clock.local, Unit.DAY)
        assert len(ranges) < 2 or ranges[0].end == ranges[1].start


@given(clocks, st.integers(1, 400))
def test_rolling_hours_are_hours(clock: Clock, count: int) -> None:
    ((_, told),) = _ranges(f"last {count} hours", clock)
    assert told.start is not None
    assert clock.now - told.start.astimezone(UTC) == timedelta(hours=count)
    assert told.end is not None
    assert told.end.astimezone(UTC) == clock.now


@given(clocks)
def test_last_month_is_whole_whatever_the_day(clock: Clock) -> None:
    ((period, _),) = _ranges("last month", clock)
    assert period.start is not None
    assert period.start.day == 1
    assert period.end == floor(clock.local, Unit.MONTH)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)), st.sampled_from(list(Unit)), st.integers(-30, 30))  # noqa: DTZ001
def test_units_hold_their_days_and_stepping_never_leaves_the_month(wall: datetime, unit: Unit, count: int) -> None:
    if unit in {Unit.PART, Unit.SPAN}:
        return
    period = containing(wall, unit)
    assert period.start is not None
    assert period.end is not None
    assert unit is Unit.WEEKEND or period.start <= wall < period.end
    moved = step(wall, unit, count)
    if unit in {Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR}:
        assert moved.day <= wall.day
        assert moved.time() == wall.time()


@given(st.sampled_from(PHRASES), st.sampled_from(PHRASES), clocks)
def test_the_planner_keeps_what_was_asked(first: str, second: str, clock: Clock) -> None:
    """Range asked, range stated: an answered question's range is the one its own words give (H11)."""
    zone = clock.zone.key
    asked = plan(f"how many deposits {first}?", now=clock.now, time_zone=zone, in_force=None)
    then = plan(f"and {second}?", now=clock.now, time_zone=zone, in_force=asked)
    for phrase, got in ((first, asked), (second, then)):
        ranges = _ranges(phrase, clock)
        if got.behaviour is Behaviour.ANSWER and len(ranges) == 1:
            assert got.query.range == ranges[0][1]
            assert got.query.filters.categories.any_of == ("deposit",)


@given(st.text(max_size=200), clocks)
def test_any_text_is_interpreted(text: str, clock: Clock) -> None:
    got = plan(text, now=clock.now, time_zone=clock.zone.key, in_force=None)
    assert got.behaviour is Behaviour.ANSWER or got.reason
