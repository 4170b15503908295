"""Spelled numbers and ordinals as figures: "twenty-first" becomes 21st, "ninety" 90. Pure."""

import re
from typing import Final

from services.chat.lexicon.listing import listed

_UNITS: Final = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBERS: Final = {word: number for number, word in enumerate(_UNITS)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_ORDINAL_WORDS: Final = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_ORDINALS: Final = {word: number for number, word in enumerate(_ORDINAL_WORDS, 1)} | {"thirtieth": 30}
MONTH_NAME: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_CALENDAR: Final = re.compile(rf"{MONTH_NAME}|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|q[1-4]|h[12]")


def numbered(words: list[str]) -> list[str]:
    """Spelled numbers and ordinals as figures, calendar words kept apart where a hyphen joined them."""
    made: list[str] = []
    for index, word in enumerate(words):
        if word == "~":
            joined = (
                made
                and index + 1 < len(words)
                and _CALENDAR.fullmatch(made[-1])
                and _CALENDAR.fullmatch(words[index + 1])
            )
            made.extend(["-"] if joined else [])
        elif word in _ORDINALS:
            made.append(_ordinal(made, _ORDINALS[word]))
        elif word in _NUMBERS and word != "one":
            made.append(_number(made, _NUMBERS[word]))
        elif word == "one" and made and made[-1] in {"20", "30", "40", "50", "60", "70", "80", "90"}:
            made.append(_number(made, 1))
        else:
            made.append(word)
    return made


def _number(made: list[str], number: int) -> str:
    tens = made and made[-1] in {"20", "30", "40", "50", "60", "70", "80", "90"} and 0 < number < 10
    return str(int(made.pop()) + number) if tens else str(number)


def _ordinal(made: list[str], number: int) -> str:
    tens = made and made[-1] in {"20", "30"} and number < 10
    total = int(made.pop()) + number if tens else number
    ending = "th" if 10 < total % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(total % 10, "th")
    return f"{total}{ending}"
