"""Spans and clock times that need sums: "the last 1.5 days", "3 weeks and 2 days", "half past 3", "at 1430". Pure."""

import re
from typing import Final

from services.chat.dates.written import rewrites, rewritten

_LAST: Final = r"(?P<lead>(?:last|past|previous|trailing|rolling|recent))"
_UNIT: Final = r"(?P<unit>minute|hour|day|week|month|quarter|year)s?"
_HALVES: Final = {"hour": ("minute", 60), "day": ("hour", 24), "week": ("hour", 168), "year": ("month", 12)}
_PARTS: Final = {"hour": ("minute", 60), "day": ("hour", 24), "week": ("day", 7), "year": ("month", 12)}
"""unit → the finer one in which its halves, or its parts, are whole, and how many of it there are."""

_HHMM: Final = r"(?:0\d|1[0-8]|2[23])[0-5]\d"
"""A clock time without a colon that can be no year."""
_LEAD: Final = r"(?:at|from|between|since|until|till|before|after|around|by)"
_AND: Final = r"(?:to|and|-|until|till)"
_DAY: Final = r"(?= ?$| [?,]| (?:yesterday|today|on|last|this|hours|o'clock|in|by|per|and|to|-)\b)"
_MINUTES: Final = {"half": 30, "quarter": 15}


def _with_a_half(found: re.Match[str]) -> str:
    """A span with a half in a finer unit: "1.5 days" is 36 hours, "2 and a half years" 30 months."""
    if found["unit"] not in _HALVES:
        return found[0]
    finer, many = _HALVES[found["unit"]]
    counted = found["count"] or "1"
    halves = 2 * (int(counted) if counted.isdigit() else 1) + 1
    return f"{found['lead']} {halves * many // 2} {finer}s"


def _in_the_finer(found: re.Match[str]) -> str:
    """A span told in two units in the finer one: "3 weeks and 2 days" is 23 days."""
    finer, many = _PARTS.get(found["unit"], ("", 0))
    if finer != found["finer"]:
        return found[0]
    return f"{found['lead']} {int(found['count']) * many + int(found['rest'])} {finer}s"


def _time(found: re.Match[str]) -> str:
    hour, half, minutes = int(found["hour"]), found["half"] or "", _MINUTES[found["part"]]
    if found["side"] == "to":
        hour, minutes = hour - 1 or 12, 60 - minutes
    return f"{hour}:{minutes:02d}{half}"


def _with_colon(found: re.Match[str]) -> str:
    return re.sub(rf"\b({_HHMM})\b", lambda time: f"{time[1][:2]}:{time[1][2:]}", found[0])


_REWRITES: Final = rewrites(
    (rf"{_LAST} (?P<count>\d{{1,3}}|one)(?:\.5| 1/2| and a half) {_UNIT}", _with_a_half),
    (rf"{_LAST} (?:(?P<count>\d{{1,3}}|an?) )?{_UNIT} and a half", _with_a_half),
    (rf"{_LAST} (?P<count>\d{{1,3}}) {_UNIT} (?:and|,) (?P<rest>\d{{1,3}}) (?P<finer>minute|hour|day|month)s?",
     _in_the_finer),
    (rf"(?:between )?(?P<a>\d{{1,3}}) (?:-|to|or|and) (?P<b>\d{{1,3}}) {_UNIT} ago",
     r"from \g<b> \g<unit>s ago to \g<a> \g<unit>s ago"),
    (r"(?:an? )?(?P<part>half|quarter) (?P<side>past|to) (?P<hour>\d{1,2})(?P<half>[ap]m)?", _time),
    (rf"{_LEAD} {_HHMM}(?: {_AND} {_HHMM})?{_DAY}|{_HHMM} (?:-|to) {_HHMM}", _with_colon),
    (rf"(?P<lead>at|around) (?P<hour>\d{{1,2}}) hours?{_DAY}", r"\g<lead> \g<hour>:00"),
)  # fmt: skip


def with_sums(text: str) -> str:
    """A canonical text with its spans and clock times as the grammar reads them."""
    return rewritten(text, _REWRITES)
