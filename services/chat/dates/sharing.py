"""Ends that share a word, written out in full before any date is read: "3 to 10 March" → "3 march to 10 march"."""

import re
from typing import Final

from services.chat.dates.names import DAY, MONTH, MONTHS, YEAR

_JOIN: Final = r"(?P<join>and|or|to|-|until|till|through|thru|vs|versus|with|against)"
_D1: Final = rf"(?P<d1>{DAY})"
_D2: Final = rf"(?P<d2>{DAY})"
_M: Final = rf"(?P<m>{MONTH})\.?"
_M2: Final = rf"(?P<m2>{MONTH})\.?"
_Y: Final = rf"(?P<y>(?: ,)? {YEAR})"

_SHARED: Final = (
    (rf"{_D1} {_JOIN} (?:the )?{_D2} (?:of )?{_M}", r"\g<d1> \g<m> \g<join> \g<d2> \g<m>"),
    (rf"{_M} (?:the )?{_D1} {_JOIN} (?:the )?{_D2}(?! (?:of )?(?:{MONTH}))", r"\g<m> \g<d1> \g<join> \g<m> \g<d2>"),
    (r"(?P<d1>\d{1,2})\.? (?P<join>-|to|until|and|bis) (?P<d2>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}|)",
     r"\g<d1>.\g<m>.\g<y> \g<join> \g<d2>.\g<m>.\g<y>"),
    (r"(?P<k>[qh])(?P<d1>[1-4]) (?P<join>and|to|-|vs|versus|with|against) [qh](?P<d2>[1-4])(?P<y> (?:of )?\d{4})",
     r"\g<k>\g<d1>\g<y> \g<join> \g<k>\g<d2>\g<y>"),
    (r"(?:weeks?|wks?|kw|cw) (?P<d1>\d{1,2}) (?P<join>and|to|-|until|through|vs|versus) (?P<d2>\d{1,2})",
     r"week \g<d1> \g<join> week \g<d2>"),
)  # fmt: skip
_PATTERNS: Final = tuple((re.compile(rf"(?<!\S){pattern}(?!\S)"), into) for pattern, into in _SHARED)
_MONTHS_OF_YEAR: Final = re.compile(
    rf"(?<!\S)(?P<a>(?:{DAY} )?{MONTH}|{MONTH} {DAY}) {_JOIN} (?P<b>(?:{DAY} )?{MONTH}|{MONTH} {DAY}){_Y}(?!\S)"
)


_UNTIL: Final = re.compile(r"(?<!\S)from (?P<low>\S*\d\S*(?: \S+){0,3}?) (?:until|till|up to) (?=\S*\d)")


def spelled_out(text: str) -> str:
    """`text` with every shared month or year repeated. A year shared by comparison words belongs to both sides.

    "Until" behind "from" is "to": alone it would end what has no beginning.
    """
    text = _UNTIL.sub(r"from \g<low> to ", text)
    for pattern, into in _PATTERNS:
        text = _repeated(text, pattern, into)
    return _MONTHS_OF_YEAR.sub(_with_year, text)


def _repeated(text: str, pattern: re.Pattern[str], into: str) -> str:
    def write(found: re.Match[str]) -> str:
        return found[0] if _is_day_of_month(found) else found.expand(into)

    return pattern.sub(write, text)


def _is_day_of_month(found: re.Match[str]) -> bool:
    """Whether the first figure already has its month before it: "March 1 to the 10th of April"."""
    before = found.string[: found.start()].split()
    return bool(before) and before[-1] in MONTHS and found[0][0].isdigit()


def _with_year(found: re.Match[str]) -> str:
    """Ranges are left alone: their first end is found back from the last one, across a new year if need be."""
    if found["join"] in {"to", "-", "until", "till", "through", "thru"}:
        return found[0]
    return f"{found['a']}{found['y']} {found['join']} {found['b']}{found['y']}"
