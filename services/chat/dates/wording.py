"""A range in words: "1–28 February 2026", "18 March 2026 00:00–14:30", "until 31 January 2026", "all time"."""

from datetime import datetime, timedelta

from services.chat.dates.clock import Clock
from services.chat.question import TimeRange

_MIDNIGHT = (0, 0, 0, 0)


def range_words(told: TimeRange | None, clock: Clock) -> str:
    """The range as a person writes it, in the caller's zone; the last day named is included."""
    if told is None or (told.start is None and told.end is None):
        return "all time"
    start = clock.wall(told.start) if told.start else None
    end = clock.wall(told.end) if told.end else None
    if start is None and end is not None:
        return f"until {_moment(end - timedelta(days=1) if _is_midnight(end) else end)}"
    if start is not None and end is None:
        return f"since {_moment(start)}"
    if start is None or end is None:
        return "all time"
    if _is_midnight(start) and _is_midnight(end):
        return _days(start, end - timedelta(days=1))
    return _moments(start, end, clock)


def _days(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} – {_day(last)}"
    return f"{_day(first)} – {_day(last)}"


def _moments(start: datetime, end: datetime, clock: Clock) -> str:
    until = "now" if end == clock.local else ""
    if start.date() == (end - timedelta(microseconds=1)).date():
        closing = "24:00" if _is_midnight(end) else f"{end:%H:%M}"
        return f"{_day(start)} {start:%H:%M}–{closing}{' (now)' if until else ''}"
    opening = _day(start) if _is_midnight(start) else _moment(start)
    return f"{opening} – {_moment(end)}{' (now)' if until else ''}"


def _moment(local: datetime) -> str:
    return _day(local) if _is_midnight(local) else f"{_day(local)} {local:%H:%M}"


def _day(local: datetime) -> str:
    return f"{local.day} {local:%B} {local.year}"


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute, local.second, local.microsecond) == _MIDNIGHT
