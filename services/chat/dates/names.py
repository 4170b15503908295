"""The words of the calendar: months, weekdays, units, ordinals, parts of the day, and the patterns that match them."""

from datetime import timedelta
from typing import Final

from services.chat.dates.period import Unit
from services.chat.lexicon.listing import listed

_MONTHS = listed("january february march april may june july august september october november december")
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

MONTHS: Final = (
    {name: number for number, name in enumerate(_MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
    | {"sept": 9, "janaury": 1}
)
WEEKDAYS: Final = (
    {name: number for number, name in enumerate(_WEEKDAYS)}
    | {name[:3]: number for number, name in enumerate(_WEEKDAYS)}
    | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
)
UNITS: Final = {
    "minute": Unit.MINUTE,
    "hour": Unit.HOUR,
    "day": Unit.DAY,
    "weekend": Unit.WEEKEND,
    "week": Unit.WEEK,
    "month": Unit.MONTH,
    "quarter": Unit.QUARTER,
    "year": Unit.YEAR,
}
ORDINALS: Final = {"last": -1, "final": -1}

PARTS_OF_DAY: Final = {
    "morning": (timedelta(hours=6), timedelta(hours=12)),
    "afternoon": (timedelta(hours=12), timedelta(hours=18)),
    "evening": (timedelta(hours=18), timedelta(hours=24)),
    "night": (timedelta(hours=0), timedelta(hours=6)),
}


def _any(words: dict[str, int] | dict[str, Unit] | dict[str, tuple[timedelta, timedelta]]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


MONTH: Final = rf"(?:{_any(MONTHS)})\b"
WEEKDAY: Final = rf"(?:{_any(WEEKDAYS)})s?\b"
UNIT: Final = rf"(?:{_any(UNITS)})s?\b"
PART: Final = rf"(?:{_any(PARTS_OF_DAY)})\b"
ORDINAL: Final = rf"(?:{_any(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))\b"
DAY: Final = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th|\.(?= ))?(?![\d:.,/])"
YEAR: Final = r"(?:(?:19|20|21)\d\d)\b(?![:./]\d)"
SHORT_YEAR: Final = r"'\d\d\b"


def unit_of(word: str) -> Unit:
    """The unit of a singular or plural unit word. Raises KeyError for another word."""
    return UNITS[word.removesuffix("s")]


def ordinal_of(word: str) -> int:
    """1 for "1st", -1 for "last". Raises KeyError for another word."""
    return int(word[:-2]) if word[0].isdigit() else ORDINALS[word]


def day_of(word: str) -> int:
    """The number of a day of the month as written: "3", "03", "3rd", "3."."""
    return int("".join(letter for letter in word if letter.isdigit()))


def month_of(word: str) -> int:
    """The number of a month by name. Raises KeyError for another word."""
    return MONTHS[word]


def weekday_of(word: str) -> int:
    """The number of a weekday by name, Monday = 0. Raises KeyError for another word."""
    return WEEKDAYS[word] if word in WEEKDAYS else WEEKDAYS[word.removesuffix("s")]


def year_of(word: str) -> int:
    """A year as written: "2026", "26" or "'26", two digits meaning this century."""
    number = int(word.lstrip("'"))
    return number + 2000 if number < 100 else number
