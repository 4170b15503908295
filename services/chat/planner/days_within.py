"""Reads days of the week in the singular that narrow a longer period: "Monday to Friday last month", "at the weekend in
March", "weekdays last quarter".

By themselves such words name a date: this week's days, the last weekend. Beside a period that holds several of them
they mean all of these. So each phrase is set aside, the other dates are read, and it narrows a longer period beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.names import WEEKDAY, weekday_of
from services.chat.dates.period import Period, Unit
from services.chat.dates.resolve import Settled, read_dates
from services.chat.lexicon.matcher import tagged
from services.chat.planner.grouping import grouping_of
from services.chat.planner.local_times import AskedTimes
from services.chat.planner.patterns import spoken
from services.chat.question import Dimension

_ASIDE: Final = "¤days"
_TO: Final = r"(?:to|-|until|till|through|thru)"
_LEAD: Final = r"(?:(?:at|on|in|during|over|from|for) )?(?:(?:the|a|any) )?"
_FROM_TO: Final = rf"(?P<first>{WEEKDAY}) {_TO} (?P<last>{WEEKDAY})"
_BETWEEN: Final = _FROM_TO.replace("<first>", "<one>").replace("<last>", "<other>").replace(_TO, "and")
_LIST: Final = rf"(?P<list>{WEEKDAY}(?: , {WEEKDAY})*(?: ,)? and (?:on )?{WEEKDAY})"
_DAYS: Final = spoken(
    rf"between {_BETWEEN}",
    rf"{_LEAD}(?:{_FROM_TO}|{_LIST})(?! {_TO})",
    rf"{_LEAD}(?P<working>weekdays|workdays|(?:work|working|business) days)",
    rf"{_LEAD}(?P<weekend>weekend)(?! (?:before|after|starting|beginning|commencing|ending|day)\b)",
)
_OTHERWISE: Final = re.compile(
    r"(?:^|\s)(?:\d+(?:st|nd|rd|th)?|last|past|previous|next|this|other|since|until|till|before|after|by|per|each|every"
    r"|which|what|vs|versus|than|against|with|number of|how many|compar\w+|differ\w*)(?: between| the| a)*$"
)
_BESIDE_OTHERS: Final = re.compile(r"\S (?:and|or)$")
_LED: Final = re.compile(r"(?:at|on|in|during|over|from|for|between) ")
_JOINS: Final = frozenset({"and", "or", "vs", "versus", "than", "with", "to", "against", "compared", "between", "by"})
_MOST_PHRASES: Final = 3
_LOOK_AROUND: Final = 200
"""How many phrases are looked at, and how many characters around each: reading their dates takes time."""

_WEEK: Final = timedelta(days=7)


def days_within(asked: AskedTimes, text: str, clock: Clock) -> tuple[AskedTimes, str]:
    """The times a canonical text asks for, with the days of the week that narrow a longer period, and the text without
    these. `asked` are the times already read from it; none are read where those hold days.
    """
    if asked.only.weekdays:
        return asked, text
    days: set[int] = set()
    for found in reversed(tuple(islice(_DAYS.finditer(text), _MOST_PHRASES))):
        if _narrows(found, clock):
            days.update(_days(found))
            text = f"{text[: found.start()]}{text[found.end() :]}"
    only = replace(asked.only, weekdays=tuple(sorted(days)))
    return (replace(asked, only=only) if days else asked), " ".join(text.split())


def _narrows(found: re.Match[str], clock: Clock) -> bool:
    text = found.string
    before, after = text[: found.start()].rstrip()[-_LOOK_AROUND:], text[found.end() :][:_LOOK_AROUND]
    beside_others = _BESIDE_OTHERS.search(before) and not _LED.match(found[0])
    if _OTHERWISE.search(before) or beside_others or (found["working"] and _asks_rows(text)):
        return False
    dated = read_dates(f"{before} {_ASIDE} {after}", clock)
    words = dated.text.split()
    if _ASIDE not in words:
        return False
    place = words.index(_ASIDE)
    if found["weekend"] == found[0] and place and words[place - 1] in dated.values:
        return False
    return any(_is_longer(dated.values[words[at]], found) for at in _near(words, place, dated.values))


def _near(words: list[str], place: int, values: dict[str, Settled]) -> Iterator[int]:
    """Where the next dates on both sides are, unless a word between them makes two things of date and days."""
    for steps in (range(place + 1, len(words)), range(place - 1, -1, -1)):
        for at in steps:
            if words[at] in _JOINS:
                break
            if words[at] in values:
                yield at
                break


def _is_longer(value: Settled, found: re.Match[str]) -> bool:
    """Whether a date holds all of the days, so that they narrow it; a week's days from … to are a range of its own."""
    if not isinstance(value, Period) or value.start is None:
        return False
    if value.unit is not Unit.SPAN:
        return value.unit > Unit.WEEK or (value.unit is Unit.WEEK and not (found["first"] or found["one"]))
    return value.end is None or value.end - value.start >= _WEEK


def _asks_rows(text: str) -> bool:
    grouping = grouping_of(text, tagged(text))
    return grouping is not None and Dimension.WEEKDAY in grouping.dimensions


def _days(found: re.Match[str]) -> Iterator[int]:
    """Monday is 1."""
    if found["working"]:
        return iter(range(1, 6))
    if found["weekend"]:
        return iter((6, 7))
    if found["list"]:
        return (weekday_of(word) + 1 for word in re.findall(WEEKDAY, found["list"]))
    start, end = weekday_of(found["first"] or found["one"]), weekday_of(found["last"] or found["other"])
    return ((start + step) % 7 + 1 for step in range((end - start) % 7 + 1))
