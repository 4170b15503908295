"""Dates as people type them, in the words that the grammar reads: "week-44", "oct12", "12-oct-25", "5, 6 and 7 may".

Pure; the text is canonical (see `services.chat.lexicon.text`). Two figures of a year mean this century.
"""

import re
from collections.abc import Callable
from typing import Final

from services.chat.dates.names import DAY, MONTH

Rewrite = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def rewrites(*rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> tuple[Rewrite, ...]:
    """Patterns over whole tokens, each with what it becomes."""
    return tuple((re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), into) for pattern, into in rules)


def rewritten(text: str, rules: tuple[Rewrite, ...]) -> str:
    """`text` after each rule in turn."""
    for pattern, into in rules:
        text = pattern.sub(into, text)
    return text


AT_END: Final = r"(?= ?$| [?!,.()-]| (?:to|and|or|vs|versus|until|till|by|on|in|per|with|than|compared)\b)"
"""What follows a figure that counts nothing."""

_NAME: Final = MONTH.removesuffix(r"\b")
_YY: Final = r"'?(?P<y>[12]\d)"
_DD: Final = r"(?P<d>\d{1,2})"
_Q: Final = r"(?P<q>q[1-4]|h[12])"
_LIST: Final = rf"{DAY}(?:(?: (?:,|and|or|/))+ {DAY})+"
_FIRST_SHORT_YEAR: Final = 20


def _two_weeks(found: re.Match[str]) -> str:
    """Read "week 44/45" as two weeks, "week 44/26" as one of a year; anything else stays to be asked about."""
    first, second = int(found["w"]), int(found["other"])
    if second == first + 1:
        return f"week {first} to week {second}"
    return f"week {first} 20{second}" if _FIRST_SHORT_YEAR <= second < 2 * _FIRST_SHORT_YEAR else found[0]


def _each_day(found: re.Match[str]) -> str:
    """Every day of a list with its month: "5, 6 and 7 november"."""
    listed = re.sub(rf"(?<!\S){DAY}(?!\S)", rf"\g<0> {found['m']}", found["days"])
    return listed.replace("/", ",")


_REWRITES: Final = rewrites(
    (r"(?:weeks?|w|kw|cw)(?: [-.]| no| nr| number)+ (?P<w>\d{1,2})|(?:week_|w )(?P<x>\d{1,2})", r"week \g<w>\g<x>"),
    (r"(?:week |w)(?P<w>\d{1,2})(?: [-/,]| of)? (?P<y>20\d\d)", r"week \g<w> \g<y>"),
    (r"week (?P<w>\d{1,2})[-/.](?P<y>20\d\d)", r"week \g<w> \g<y>"),
    (r"week (?P<w>\d{1,2})/(?P<other>\d{1,2})", _two_weeks),
    (rf"(?P<y>20\d\d) [-/] {_Q}", r"\g<q> \g<y>"),
    (rf"{_Q} (?:[-/] )?{_YY}{AT_END}", r"\g<q> 20\g<y>"),
    (rf"(?P<m>{_NAME})(?P<n>20\d\d|\d{{1,2}}(?:st|nd|rd|th)?)", r"\g<m> \g<n>"),
    (rf"{_DD} (?P<s>[-/.]) (?P<m>{MONTH}) (?P=s) (?:20)?(?P<y>[12]\d)(?! [-/.] {MONTH})", r"\g<d> \g<m> 20\g<y>"),
    (rf"{_DD} [-/.] (?P<m>{MONTH})", r"\g<d> \g<m>"),
    (rf"(?P<m>{MONTH}) [-/] {_DD}(?!(?: [-/.])? {MONTH})", r"\g<m> \g<d>"),
    (rf"{_DD}/(?P<b>\d{{1,2}}) (?P<m>{MONTH})", r"\g<d> \g<m> and \g<b> \g<m>"),
    (rf"(?P<days>{_LIST}) (?:of )?(?P<m>{MONTH})", _each_day),
    (rf"in (?P<m>{MONTH}) '?(?P<y>2\d){AT_END}", r"in \g<m> 20\g<y>"),
    (rf"(?P<m>{MONTH}) - (?P<n>{MONTH}) '?(?P<y>2\d){AT_END}", r"\g<m> - \g<n> 20\g<y>"),
    (rf"(?P<date>{DAY} (?:of )?{MONTH}|{MONTH} {DAY}(?: ,)?) {_YY}{AT_END}", r"\g<date> 20\g<y>"),
    (r"(?:(?P<lead>in|for|since|until|during|of|before|after) )(?:the )?'(?P<y>\d\d)", r"\g<lead> 20\g<y>"),
    (r"(?:the )?year '?(?P<y>[12]\d)", r"20\g<y>"),
    (rf"day {_DD}(?= of (?:(?:the|this|last|next) month\b|{MONTH}))", r"the \g<d>th"),
    (rf"(?P<lead>on|since|until|till|before|after|from|by) the {_DD}{AT_END}", r"\g<lead> the \g<d>th"),
)  # fmt: skip


def in_words(text: str) -> str:
    """A canonical text with its typed dates as the grammar reads them."""
    return rewritten(text, _REWRITES)
