"""Dates and times of day as people write them, found at a position of a text. Pure.

`dateparser` and `dateutil` were looked at: both accept any number as a date, which a ledger must not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTH_NAMES = (
    "january jan januar januari janvier enero gennaio janeiro января январь",
    "february feb februar februari février febrero febbraio fevereiro февраля февраль",
    "march mar märz maart mars marzo março марта март",
    "april apr avril abril aprile апреля апрель",
    "may mai mei mayo maggio maio мая май",
    "june jun juni juin junio giugno junho июня июнь",
    "july jul juli juillet julio luglio julho июля июль",
    "august aug augustus août agosto августа август",
    "september sep sept septembre septiembre settembre setembro сентября сентябрь",
    "october oct oktober okt octobre octubre ottobre outubro октября октябрь",
    "november nov novembre noviembre novembro ноября ноябрь",
    "december dec dezember dez décembre diciembre dicembre dezembro декабря декабрь",
)
MONTHS: Final[dict[str, int]] = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
"""Month name or abbreviation in lower case → 1–12."""

_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_GAP = r"[ \t\u00a0\u202f]{0,2}"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.|º)?"
_YEAR = r"(?:,?[ \t\u00a0]{1,2}(?:de )?(?P<year>\d{4})(?![\d:]))?"
_UNTIL = r"[ \t\u00a0]{0,2}(?:–|—|-|‑|to|and|until|till|through|bis|und|au|al|по)[ \t\u00a0]{0,2}"
_NOT_MORE = r"(?![\d]|[.,]\d)"

_INSTANT = (
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:(?:T|[ \t])(?P<hour>\d{2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
_OF = r"(?:of |de |di )?"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_FROM_DIGIT = _compiled(
    _INSTANT,
    r"(?P<year>\d{4})-W(?P<week>\d{1,2})(?!\d)",
    r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?",
    r"(?P<year>\d{4})-(?P<month>\d{2})(?![\d-])",
    rf"(?P<first>\d{{1,2}}(?:st|nd|rd|th|\.)?){_UNTIL}{_DAY}{_GAP}{_OF}{_MONTH}{_YEAR}",
    rf"{_DAY}{_GAP}{_OF}{_MONTH}{_YEAR}",
    r"(?P<day>\d{1,2})(?P<sep>[./-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?![\d:])",
    r"(?P<day>\d{1,2})(?P<sep>[./])(?P<month>\d{1,2})(?:(?<=/\d)|(?<=/\d\d)|\.)(?![\d:]|[.,/]\d)",
)
_FROM_MONTH = _compiled(
    rf"{_MONTH}{_GAP}(?P<first>\d{{1,2}}(?:st|nd|rd|th)?){_UNTIL}{_DAY}{_NOT_MORE}(?![^\W\d_]){_YEAR}",
    rf"{_MONTH}(?:[ \t]de)?[ \t\u00a0]{{1,2}}(?P<year>\d{{4}}){_NOT_MORE}",
    rf"{_MONTH}{_GAP}{_DAY}(?!\d|[.,:]\d){_YEAR}",
)
_MAYBE_DATE = re.compile(
    rf"\d{{4}}(?:-|年)|\d{{1,2}}(?:[./-]\d|月|(?:st|nd|rd|th|\.|º)?(?:{_UNTIL}\d|{_GAP}{_OF}(?P<word>[^\W\d_]+)))",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:(?::|h)(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d|[:.,]\d)[ \t\u00a0]?(?P<half>[ap]\.?m\b\.?)?"
    r"|[ \t\u00a0]?(?:(?P<half2>[ap]\.?m\b\.?)|(?:uhr|o'clock|o’clock|h)\b))",
    re.IGNORECASE,
)
_TIME_RANGE = re.compile(
    r"(?P<first>\d{1,2}(?::[0-5]\d)?)[ \t]?(?:–|-|to|and)[ \t]?(?=\d{1,2}(?::[0-5]\d)?[ \t]?(?P<half>[ap])\.?m\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDate:
    """A date as written: parts that were not written are None. `week` is an ISO week."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    week: int | None = None

    def fits(self, day: date) -> bool:
        """Whether `day` agrees with every part that was written."""
        if self.week is not None:
            return tuple(day.isocalendar()[:2]) == (self.year, self.week)
        pairs = ((self.year, day.year), (self.month, day.month), (self.day, day.day))
        return all(written is None or written == actual for written, actual in pairs)


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A time of day as written, in minutes after midnight; 1440 is the end of the day."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Found:
    """A span of the text and what it may say; any of `readings` may be meant."""

    start: int
    end: int
    readings: tuple[WrittenDate | WrittenTime, ...]


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else MONTHS[text.lower()]


def _dates(groups: dict[str, str | None]) -> tuple[WrittenDate, ...]:
    year, month = _year(groups.get("year")), _month(groups.get("month"))
    day = int(groups["day"] or 0) if groups.get("day") else None
    if groups.get("week"):
        return (WrittenDate(year=year, week=int(groups["week"] or 0)),)
    readings = [WrittenDate(year=year, month=month, day=day)]
    if groups.get("sep") == "/" and day is not None and day <= 12:
        readings.append(WrittenDate(year=year, month=day, day=month))
    return tuple(r for r in readings if 1 <= (r.month or 1) <= 12 and 1 <= (r.day or 1) <= 31)


def _from_match(match: re.Match[str]) -> list[Found]:
    groups = match.groupdict()
    readings = _dates(groups)
    if not readings:
        return []
    first = groups.get("first")
    if first:
        start, end = match.span("first")
        day = int("".join(filter(str.isdigit, first)))
        begin = WrittenDate(year=readings[0].year, month=readings[0].month, day=day)
        if start == match.start():
            return [Found(start, end, (begin,)), Found(match.start("day"), match.end(), readings)]
        return [Found(match.start(), end, (begin,)), Found(match.start("day"), match.end(), readings)]
    if groups.get("hour"):
        time = WrittenTime(int(groups["hour"] or 0) * 60 + int(groups["minute"] or 0))
        return [Found(match.start(), match.end("day"), readings), Found(match.start("hour"), match.end(), (time,))]
    return [Found(*match.span(), readings)]


def _could_be_date(text: str, start: int) -> bool:
    maybe = _MAYBE_DATE.match(text, start)
    return maybe is not None and (maybe["word"] is None or maybe["word"].lower() in MONTHS)


def dates_at(text: str, start: int) -> list[Found]:
    """The date (or the two ends of a span of days) written at `start`; empty when there is none."""
    from_digit = text[start : start + 1].isdecimal()
    if from_digit and not _could_be_date(text, start):
        return []
    for pattern in _FROM_DIGIT if from_digit else _FROM_MONTH:
        match = pattern.match(text, start)
        found = _from_match(match) if match else []
        if found:
            return found
    return []


def is_bare_pair(text: str, found: Found) -> bool:
    """Whether a date is only two numbers ("3/4", "12.5"), which may as well be a fraction or a decimal."""
    return bool(re.fullmatch(r"\d{1,2}[./]\d{1,2}\.?", text[found.start : found.end]))


def _minutes(hour: int, minute: int, half: str | None) -> int | None:
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    elif half or hour > 24 or (hour == 24 and minute):
        return None
    return hour * 60 + minute


def times_at(text: str, start: int) -> Iterator[Found]:
    """The time of day written at `start` ("14:00", "2 pm", "9h", "2–3 pm": the first of the two), if any."""
    span = _TIME_RANGE.match(text, start)
    if span:
        hour, _, minute = span["first"].partition(":")
        minutes = _minutes(int(hour), int(minute or 0), span["half"])
        if minutes is not None:
            other = (minutes + 720) % 1440  # "11–1 pm" begins in the morning
            yield Found(*span.span("first"), (WrittenTime(minutes), WrittenTime(other)))
            return
    match = _TIME.match(text, start)
    if match:
        minutes = _minutes(int(match["hour"]), int(match["minute"] or 0), match["half"] or match["half2"])
        if minutes is not None:
            yield Found(*match.span(), (WrittenTime(minutes),))
