"""Date phrases: every convention, on Wednesday, 18 March 2026, 14:30 in Ljubljana unless a test says otherwise."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.chat.dates.clock import Clock
from services.chat.dates.feasts import easter_sunday
from services.chat.dates.period import Period, Several, Shift, Vague
from services.chat.dates.resolve import read_dates
from services.chat.dates.wording import range_words
from services.chat.lexicon.text import canonical
from services.chat.planner.periods import time_range

ZONE = "Europe/Ljubljana"
NOW = "2026-03-18T14:30"


def _clock(now: str = NOW, zone: str = ZONE) -> Clock:
    return Clock.of(datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)), zone)


def _read(phrase: str, clock: Clock) -> object:
    values = [value for _, value in read_dates(canonical(phrase).words, clock).periods()]
    assert len(values) == 1, values
    return values[0]


def _told(phrase: str, clock: Clock) -> str:
    value = _read(phrase, clock)
    assert isinstance(value, Period), value
    ends = [end.isoformat(timespec="minutes") if end else "" for end in (value.start, value.end)]
    now = clock.local.isoformat(timespec="minutes")
    return "/".join("now" if end == now else end.removesuffix("T00:00") for end in ends)


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("today", "2026-03-18/now"),
        ("this week", "2026-03-16/now"),
        ("last week", "2026-03-09/2026-03-16"),
        ("the past week", "2026-03-11T14:30/now"),
        ("last month", "2026-02-01/2026-03-01"),
        ("the past month", "2026-02-18T14:30/now"),
        ("last 30 days", "2026-02-16T14:30/now"),
        ("past three hours", "2026-03-18T11:30/now"),
        ("last quarter", "2025-10-01/2026-01-01"),
        ("last year", "2025-01-01/2026-01-01"),
        ("the week before last", "2026-03-02/2026-03-09"),
        ("last 2 full weeks", "2026-03-02/2026-03-16"),
        ("week 12", "2026-03-16/now"),
        ("week 13", "2025-03-24/2025-03-31"),
        ("week 53", "2020-12-28/2021-01-04"),
        ("2025-W01", "2024-12-30/2025-01-06"),
        ("from last week until now", "2026-03-09/now"),
        ("between 2 and 3 days ago", "2026-03-15/2026-03-17"),
        ("from the beginning to the end of february", "2026-02-01/2026-03-01"),
        ("week-12", "2026-03-16/now"),
        ("kw-10", "2026-03-02/2026-03-09"),
        ("w10/2025", "2025-03-03/2025-03-10"),
        ("week 10/11", "2026-03-02/2026-03-16"),
        ("week 10/25", "2025-03-03/2025-03-10"),
        ("q3/25", "2025-07-01/2025-10-01"),
        ("2025-q3", "2025-07-01/2025-10-01"),
        ("12-oct-2025", "2025-10-12/2025-10-13"),
        ("oct12", "2025-10-12/2025-10-13"),
        ("in oct-24", "2024-10-01/2024-11-01"),
        ("5 nov 24", "2024-11-05/2024-11-06"),
        ("in '25", "2025-01-01/2026-01-01"),
        ("the last 1.5 days", "2026-03-17T02:30/now"),
        ("the past hour and a half", "2026-03-18T13:00/now"),
        ("the last 3 weeks and 2 days", "2026-02-23T14:30/now"),
        ("on the 3rd of the month", "2026-03-03/2026-03-04"),
        ("on day 3 of last month", "2026-02-03/2026-02-04"),
        ("on the 3", "2026-03-03/2026-03-04"),
        ("at 1430 yesterday", "2026-03-17T14:30/2026-03-17T15:30"),
        ("yesterday 1400-1600", "2026-03-17T14:00/2026-03-17T16:00"),
        ("yesterday at quarter to 4pm", "2026-03-17T15:45/2026-03-17T16:45"),
        ("Q1", "2026-01-01/now"),
        ("the last quarter of 2024", "2024-10-01/2025-01-01"),
        ("first half of last year", "2025-01-01/2025-07-01"),
        ("first half of February", "2026-02-01/2026-02-16"),
        ("late February", "2026-02-21/2026-03-01"),
        ("Sunday", "2026-03-15/2026-03-16"),
        ("last weekend", "2026-03-14/2026-03-16"),
        ("3 March", "2026-03-03/2026-03-04"),
        ("19 March", "2025-03-19/2025-03-20"),
        ("03/04/2025", "2025-04-03/2025-04-04"),
        ("3.4.25", "2025-04-03/2025-04-04"),
        ("20260303", "2026-03-03/2026-03-04"),
        ("the 31st", "2026-01-31/2026-02-01"),
        ("29 February", "2024-02-29/2024-03-01"),
        ("since Friday", "2026-03-13/now"),
        ("until Friday", "/2026-03-14"),
        ("before Friday", "/2026-03-13"),
        ("after Friday", "2026-03-14/now"),
        ("between Friday and Monday", "2026-03-13/2026-03-17"),
        ("between 3 and 10 March", "2026-03-03/2026-03-11"),
        ("from December to February", "2025-12-01/2026-03-01"),
        ("from March 1 to the 10th of March 2025", "2025-03-01/2025-03-11"),
        ("1 Feb – 1 Mar", "2026-02-01/2026-03-02"),
        ("1–3.2.2026", "2026-02-01/2026-02-04"),
        ("Christmas week", "2025-12-22/2025-12-29"),
        ("between Christmas and New Year", "2025-12-25/2026-01-02"),
        ("the two weeks before Christmas", "2025-12-11/2025-12-25"),
        ("Easter 2025", "2025-04-20/2025-04-21"),
        ("yesterday morning", "2026-03-17T06:00/2026-03-17T12:00"),
        ("last night", "2026-03-18/2026-03-18T06:00"),
        ("yesterday from 9 to 5", "2026-03-17T09:00/2026-03-17T17:00"),
        ("9–11am yesterday", "2026-03-17T09:00/2026-03-17T11:00"),
        ("from 10 pm to 2 am on Monday", "2026-03-16T22:00/2026-03-17T02:00"),
        ("between noon and 2 pm on 3 March", "2026-03-03T12:00/2026-03-03T14:00"),
        ("from 9am yesterday to noon today", "2026-03-17T09:00/2026-03-18T12:00"),
        ("2026-03-17T10:00 to 2026-03-17T12:00", "2026-03-17T10:00/2026-03-17T12:00"),
        ("2026-03-17T10:00Z to 2026-03-17T12:00Z", "2026-03-17T11:00/2026-03-17T13:00"),
    ],
)
def test_phrases(phrase: str, told: str) -> None:
    assert _told(phrase, _clock()) == told


@pytest.mark.parametrize(
    "phrase",
    ["tomorrow", "next month", "this Friday", "24 December 2026", "in 3 days", "31 February", "31.2.2026", "lately",
     "the past few days", "last summer", "from 10 March 2026 to 3 March 2026", "week 54", "last 99999 years"],
)  # fmt: skip
def test_phrases_to_be_asked_about(phrase: str) -> None:
    assert isinstance(_read(phrase, _clock()), Vague)


def test_phrases_told_from_another_period() -> None:
    assert isinstance(_read("the week before", _clock()), Shift)
    assert isinstance(_read("the same time last year", _clock()), Shift)
    assert isinstance(_read("the last two Fridays", _clock()), Several)


@pytest.mark.parametrize(
    ("now", "phrase", "told"),
    [
        ("2026-03-16T09:00", "Monday", "2026-03-16/now"),
        ("2026-03-16T09:00", "last Monday", "2026-03-09/2026-03-10"),
        ("2026-03-15T09:00", "this weekend", "2026-03-14/now"),
        ("2026-03-15T09:00", "last weekend", "2026-03-07/2026-03-09"),
        ("2026-03-31T09:00", "the past month", "2026-02-28T09:00/now"),
        ("2026-03-31T09:00", "last month", "2026-02-01/2026-03-01"),
        ("2024-02-29T09:00", "the past year", "2023-02-28T09:00/now"),
        ("2026-01-01T00:00:30", "yesterday", "2025-12-31/2026-01-01"),
        ("2026-01-01T00:00:30", "last quarter", "2025-10-01/2026-01-01"),
        ("2026-12-25T09:00", "Christmas", "2026-12-25/now"),
        ("2026-12-24T09:00", "Christmas", "2025-12-25/2025-12-26"),
        ("2026-03-18T03:00", "last night", "2026-03-17/2026-03-17T06:00"),
        ("2021-01-03T09:00", "this week", "2020-12-28/now"),
    ],
)
def test_edges_of_the_calendar(now: str, phrase: str, told: str) -> None:
    clock = _clock(now)
    value = _read(phrase, clock)
    assert isinstance(value, Period)
    start, end = told.split("/")
    assert value.start == datetime.fromisoformat(start)
    assert value.end == (clock.local if end == "now" else datetime.fromisoformat(end))


@pytest.mark.parametrize(
    ("now", "phrase", "hours"),
    [
        ("2026-03-30T12:00", "yesterday", 23),
        ("2026-10-26T12:00", "yesterday", 25),
        ("2026-03-30T12:00", "last week", 167),
        ("2026-10-26T12:00", "last week", 169),
        ("2026-03-29T12:00", "last 24 hours", 24),
        ("2026-10-25T12:00", "last 24 hours", 24),
        ("2026-03-30T12:00", "between 1 and 4 yesterday", 2),
        ("2026-10-26T12:00", "between 1 and 4 yesterday", 4),
    ],
)
def test_days_have_the_hours_their_clock_change_leaves_them(now: str, phrase: str, hours: int) -> None:
    clock = _clock(now)
    value = _read(phrase, clock)
    assert isinstance(value, Period)
    told = time_range(value, clock)
    assert told is not None
    assert told.start is not None
    assert told.end is not None
    assert (told.end.timestamp() - told.start.timestamp()) / 3600 == hours


def test_an_hour_that_never_was_is_asked_about() -> None:
    assert isinstance(_read("between 2 and 3 yesterday", _clock("2026-03-30T12:00")), Vague)


def test_a_day_without_midnight_starts_when_it_starts() -> None:
    clock = _clock("2018-11-05T12:00", "America/Sao_Paulo")
    value = _read("yesterday", clock)
    assert isinstance(value, Period)
    told = time_range(value, clock)
    assert told is not None
    assert told.start is not None
    assert told.start.isoformat() == "2018-11-04T01:00:00-02:00"


@pytest.mark.parametrize(
    ("year", "date"),
    [(1961, "04-02"), (2000, "04-23"), (2008, "03-23"), (2024, "03-31"), (2025, "04-20"), (2038, "04-25")],
)
def test_easter(year: int, date: str) -> None:
    assert easter_sunday(year).strftime("%m-%d") == date


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("last month", "1–28 February 2026"),
        ("yesterday", "17 March 2026"),
        ("from December to January", "1 December 2025 – 31 January 2026"),
        ("between 28 February and 3 March", "28 February – 3 March 2026"),
        ("today", "18 March 2026 00:00–14:30 (now)"),
        ("yesterday evening", "17 March 2026 18:00–24:00"),
        ("until February", "until 28 February 2026"),
        ("this week", "16 March 2026 – 18 March 2026 14:30 (now)"),
    ],
)
def test_ranges_in_words(phrase: str, words: str) -> None:
    clock = _clock()
    value = _read(phrase, clock)
    assert isinstance(value, Period)
    assert range_words(time_range(value, clock), clock) == words


def test_a_naive_now_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock.of(datetime.fromisoformat(NOW), ZONE)
    with pytest.raises(KeyError):
        Clock.of(datetime.fromisoformat(f"{NOW}+01:00"), "Europe/Atlantis")
