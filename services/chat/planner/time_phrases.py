"""Reads the phrases that name days of the week and hours as such: "on Mondays", "every Friday evening", "not at night".

They are read before the dates, which would take "every Monday" for a single one. Days and hours are left out together
only where each restricts by itself: what "except Friday evenings" leaves is no days and hours, and is asked about.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.chat.dates.hours import AND, BARE, TIME, between
from services.chat.dates.names import MONTH, PARTS_OF_DAY, WEEKDAYS, weekday_of
from services.chat.lexicon.entry import FILTERS
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.matcher import tagged
from services.chat.planner import local_times
from services.chat.planner.cues import contrasts
from services.chat.planner.local_times import AskedTimes, LocalTimes, whole_hours
from services.chat.planner.patterns import UTTERANCES, spoken
from services.chat.planner.wishes import LEAVE_OUT, LEAVE_OUT_PAIRS

_DAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_TO: Final = r"(?:to|-|until|till|through)"
_DAYS: Final = rf"(?:{_DAY}s(?: {_TO} {_DAY}s)?|weekends)"
_WORKING: Final = r"(?:weekdays|workdays|(?:work|working|business) days)"
_PART: Final = r"(?:morning|afternoon|evening|night)"
_SMALL_WORD: Final = r"(?:on|in|at|during|over|from|of|for|about|the|any|all|every|those)"
_SMALL: Final = rf"(?: {_SMALL_WORD})*"


def _listed(item: str) -> str:
    return rf"{item}(?:(?: ,| /| and| or| nor)+{_SMALL} {item})*"


_DATE: Final = rf"(?:(?:of )?(?:the )?(?:{MONTH}|§|\d)|(?:days?|weeks?|months?|of|to|-|until|till)(?!\w))"
_CLOCK: Final = (
    rf"(?:after|before) (?P<alone>{TIME})"
    rf"|(?:(?:between|from) (?P<low>{TIME}|{BARE})|(?P<at>{TIME})) {AND} (?P<high>{TIME}|{BARE})"
)
_CLOCK_WORDS: Final = re.sub(r"\?P<\w+>", "?:", _CLOCK)
_ITS_HOURS: Final = rf"(?:(?:in|at|on|during) )?(?:the )?{_PART}|(?:before|after|between|from) \d"
_LEFT: Final = rf"(?:(?:{_DAYS}|{_DAY}|weekend|{_WORKING}|{_PART}s?)(?! (?:{_ITS_HOURS}))|{_CLOCK_WORDS})(?! {_DATE})"
_WEAK: Final = frozenset({"not", "no", "non", "nor", "neither", "never"})
_TURNS_ONLY: Final = frozenset({("but", "for"), ("messages", "but")})
_PAIRS: Final = sorted(map(" ".join, LEAVE_OUT_PAIRS - _TURNS_ONLY))
LEFT_OUT: Final = "|".join([*_PAIRS, *sorted(LEAVE_OUT - _WEAK), "outside", "ignore"])
"""The words before what is left out, but for those that may as well lead to something else: "same but for Mondays"."""
_NOT: Final = r"(?:not(?: (?:count|includ)\w*)?|no|nor|never)"
_FORGET: Final = r"(?:forget(?: about)?|drop|dropping|remove|removing|clear|undo|skip|skipping|lose|ditch|never mind)"
_SENT: Final = r"(?: (?:everything|messages|those|ones))?(?: (?:sent|written|received))?"

_ALL_BUT: Final = spoken(
    rf"(?:(?:but|and|,) )?(?:(?P<cue>(?P<forget>{_FORGET})(?: (?:the|any|all|those))*"
    rf"|(?:(?:{LEFT_OUT}){_SENT}|{_NOT}){_SMALL})) (?P<times>{_listed(_LEFT)})",
    rf"(?P<before>{_listed(_LEFT)})(?: (?:are|is|being))? (?:excluded|left out|not (?:included|counted)|apart|aside)",
    rf"outside(?: of)?(?: the hours)?(?: of| from| between)? (?P<low>{TIME}|{BARE}) {AND} (?P<high>{TIME}|{BARE})"
    rf"(?: (?:hours|o'clock))?(?! {_DATE})",
)
_ADDED: Final = spoken(
    rf"(?:including|include|adding|add|plus|with){_SMALL} {_listed(_DAYS)}(?: (?:again|too|as well))?"
)
_LEAD: Final = r"(?:(?:on|at|in|during|for|from|over|about) )?(?:only )?(?:the )?"
_OFTEN: Final = (
    rf"(?:(?P<each>each|per)|every) (?:{_listed(rf'(?:every |each )?(?:{_DAY}|weekend|(?:working|business) day)')})"
)
_ONLY: Final = spoken(
    rf"{_LEAD}{_OFTEN}(?: {_PART}s?)?",
    rf"{_LEAD}(?:(?P<each_part>each|per)|every) {_PART}",
    rf"(?:(?:on|during)(?: the)? {_WORKING}|(?<=only )(?:the )?{_WORKING}|{_WORKING}(?= only))(?: {_PART}s)?",
    rf"{_LEAD}{_listed(_DAYS)}(?: {_listed(f'{_PART}s')})?",
    rf"{_LEAD}{_listed(f'(?:{_DAY}|weekend|weekday)')} {_listed(f'{_PART}s')}",
    rf"{_LEAD}weekday(?= {UTTERANCES}\b)",
    rf"{_LEAD}{_listed(f'{_PART}s')}",
)
_TURNED_ROUND: Final = re.compile(
    rf"(?:^|\s)(?:{LEFT_OUT}|{_NOT}(?: only)?|than|vs|versus|against|besides|between|compar\w+|by)"
    rf"(?: (?:{_SMALL_WORD}|and|or|,|each|single|{_DAY}s?|weekends?|weekdays?))*$"
)
_AGAINST_DAYS: Final = re.compile(
    rf"\b(?:(?:compare|is|are|on|do|does|did|how) )*(?P<one>{_DAY}s)"
    r"(?P<between>(?: (?:[^\W\d]+|,)){0,5}?)"
    rf" (?:vs|versus|than|against|compared (?:to|with)|with|or)(?: (?:on|the|for))* (?P<other>{_DAY}s)\b"
)
_THAN: Final = (
    r"(?: (?:busier|quieter|calmer|worse|better|higher|lower))? (?:vs|versus|or|than|against|compared (?:to|with))"
    r"(?: (?:on|during))?(?: the)?"
)
_WEEK_PARTS: Final = spoken(rf"(?:on )?(?:{_WORKING}{_THAN} weekends?|weekends?{_THAN} {_WORKING})")
_AGAINST_PARTS: Final = re.compile(
    rf"\b(?P<one>{_PART})s (?:vs|versus|than|against|compared (?:to|with)|or|(?<=compare \w{{7}}s )and"
    rf"|(?<=compare \w{{9}}s )and|(?<=compare nights )and)(?: (?:in|at|on|during|the))* (?P<other>{_PART})s\b"
)
_COMPARED: Final = word_set(
    "busier quieter worse better higher lower more fewer less we get got have has had compare ,"
)
_LOOK_BACK: Final = 200
_COUNTED: Final = re.compile(
    r"(?:^|\s)(?:\d+(?:st|nd|rd|th)?|last|past|previous|next|this|first|other|good|which|what|and|or|,|/)$"
)
_SPAN: Final = re.compile(rf"(?P<first>{_DAY})s {_TO} (?P<last>{_DAY})s")
_WORKED: Final = re.compile(rf"{_WORKING}|weekday|(?:working|business) day")


def times_of(text: str) -> tuple[AskedTimes, str]:
    """The days and hours a canonical text names as such, and the text without them."""
    asked, text = _days_compared(text)
    for pattern, take in ((_ALL_BUT, _all_but), (_ADDED, _again), (_ONLY, _only)):
        position = 0
        while found := pattern.search(text, position):
            taken = take(found, asked)
            if taken is None:
                position = found.end()
                continue
            asked, instead, end = taken
            text = f"{text[: found.start()]}{instead}{text[end:]}"
            position = found.start() + len(instead)
    return asked, " ".join(text.split())


_Taken = tuple[AskedTimes, str, int] | None
"""What is asked now, the words that stand in place of the phrase, and where it ends."""


def _days_compared(text: str) -> tuple[AskedTimes, str]:
    """Days of the week set against each other, as rows of these days: "Mondays vs Fridays", "weekdays vs weekends"."""
    text = _AGAINST_PARTS.sub(r"\g<one> vs \g<other>", text)
    if found := _WEEK_PARTS.search(text):
        return AskedTimes(), f"{text[: found.start()]}by weekday{text[found.end() :]}"
    found = _AGAINST_DAYS.search(text)
    days = _named(f"{found['one']} {found['other']}") if found else None
    if found is None or days is None:
        return AskedTimes(), text
    told = " ".join(word for word in found["between"].split() if word not in _COMPARED)
    return AskedTimes(only=days), " ".join(f"{text[: found.start()]} {told} by weekday {text[found.end() :]}".split())


def _all_but(found: re.Match[str], asked: AskedTimes) -> _Taken:
    times = _named(found["times"] or found["before"] or f"from {found['low']} to {found['high']}")
    if times is None:
        return None
    if found["forget"]:
        asked = replace(asked, forgotten=_both(asked.forgotten, times))
    else:
        asked = replace(asked, left_out=_both(asked.left_out, times))
    going_on = re.match(r" (?:,|and|or|nor) (?P<rest>.*)", found.string[found.end() :])
    if not found["cue"] or going_on is None or not _begins_with_filter(going_on["rest"]):
        return asked, "", found.end()
    return asked, f"{found['cue']} ", found.end() + going_on.start("rest")


def _begins_with_filter(text: str) -> bool:
    return any(tag.start == 0 and tag.kind in FILTERS for tag in tagged(text))


def _again(found: re.Match[str], asked: AskedTimes) -> _Taken:
    times = _named(found[0])
    if times is None or contrasts(found.string):
        return None
    return replace(asked, added=_both(asked.added, times)), "", found.end()


def _only(found: re.Match[str], asked: AskedTimes) -> _Taken:
    before, times = found.string[: found.start()].rstrip(), _named(found[0])
    led = re.match(r"(?:on|at|in|during|for|from|over|about|only)\b", found[0])
    if (
        times is None
        or _TURNED_ROUND.search(before[-_LOOK_BACK:])
        or (not led and before != "and" and _COUNTED.search(before[-_LOOK_BACK:]))
    ):
        return None
    if (times.hours and asked.only.hours) or (times.weekdays and asked.only.weekdays):
        return None
    rows = "per week" if "weekend" in found[0] else "per day"
    instead = rows if found["each"] or found["each_part"] else ""
    return replace(asked, only=_both(asked.only, times)), instead, found.end()


def _both(one: LocalTimes, other: LocalTimes) -> LocalTimes:
    return LocalTimes(
        hours=tuple(sorted({*one.hours, *other.hours})), weekdays=tuple(sorted({*one.weekdays, *other.weekdays}))
    )


def _named(phrase: str) -> LocalTimes | None:
    """The times a phrase names; None for all there are, and for hours that are not whole."""
    hours = set(_hours(phrase))
    days = {day for span in _SPAN.finditer(phrase) for day in _from_to(span["first"], span["last"])}
    if _WORKED.search(phrase):
        days |= {1, 2, 3, 4, 5}
    for word in phrase.split():
        if word in {"weekend", "weekends"}:
            days |= {6, 7}
        elif word.removesuffix("s") in WEEKDAYS:
            days.add(weekday_of(word) + 1)
    is_whole = hours == local_times.HOURS or days == local_times.WEEKDAYS or -1 in hours
    return None if is_whole else LocalTimes(hours=tuple(sorted(hours)), weekdays=tuple(sorted(days)))


def _from_to(first: str, last: str) -> Iterator[int]:
    start, end = weekday_of(first), weekday_of(last)
    return ((start + step) % 7 + 1 for step in range((end - start) % 7 + 1))


def _hours(phrase: str) -> Iterator[int]:
    """The hours of the parts of a day and of the clock times; -1 for times that are no whole hours."""
    for word in phrase.split():
        if word.removesuffix("s") in PARTS_OF_DAY:
            start, end = PARTS_OF_DAY[word.removesuffix("s")]
            yield from range(start // local_times.HOUR, end // local_times.HOUR)
    for found in re.finditer(_CLOCK, phrase):
        if found["alone"]:
            midnight_last = found[0].startswith("after")
            told = between(found["alone"], "midnight") if midnight_last else between("midnight", found["alone"])
        else:
            told = between(found["low"] or found["at"], found["high"])
        yield from (whole_hours(told) if told else ()) or (-1,)
