"""The words and characters that numerals are made of, and which of them may begin or continue one. Pure."""

import re
from functools import lru_cache
from typing import Final

from services.chat.ledger.numerals.dates import MONTHS
from services.chat.ledger.numerals.letters import LETTERS, SPECIAL
from services.chat.ledger.numerals.quantities import Vague
from services.chat.ledger.numerals.spelled import JOINERS, PREFIXES, WORDS, could_be_number, is_number_word

LETTER: Final = re.compile(LETTERS)
"""A letter as words of `TOKEN` are made of."""

LAST_WORD: Final = re.compile(rf"(?:{LETTERS})+\Z")
"""The word that a text ends in."""

HAN_DIGITS: Final = "〇零一二两三四五六七八九十百千万億亿"

GAP: Final = "\ufffc"
"""Stands in a text for a number that could not be put there; reads as a numeral that nothing supports."""

TOKEN: Final = re.compile(
    rf"(?P<word>{LETTERS}+)|(?P<digit>\d)|(?P<special>[{SPECIAL}])|(?P<han>[{HAN_DIGITS}])|(?P<inert>[\u2e80-\u9fff])"
    rf"|(?P<line>\n)|(?P<item>[,;|)][ \t])|(?P<entity>&(?=\#|\Z))|(?P<gap>{GAP})"
)
"""The pieces of a text that matter to numerals; everything else is punctuation and space."""

_FIRST_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS: Final = {word: number for number, word in enumerate(_FIRST_ORDINALS.split(), start=1)} | {
    "thirtieth": 30,
    "fortieth": 40,
    "fiftieth": 50,
    "hundredth": 100,
}
FRACTIONS: Final = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5,
    "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8, "ninths": 9,
    "tenth": 10, "tenths": 10,
}  # fmt: skip
"""Word → denominator."""

MAGNITUDES: Final = {
    "dozens": Vague(24, 144),
    "scores": Vague(40, 200),
    "hundreds": Vague(200, 1000),
    "thousands": Vague(2000, 10**6),
    "millions": Vague(2 * 10**6, 10**9),
    "billions": Vague(2 * 10**9, 10**12),
}
FOLDS: Final = {"twofold": 2, "threefold": 3, "fourfold": 4, "fivefold": 5, "sixfold": 6, "tenfold": 10}
ROMAN: Final = re.compile(
    r"(?:X{0,3}(?:IX|IV|V?I{0,3})|(?=[MDCLXVI]{4})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
)
"""Roman numerals to 39, and longer ones of four letters at least: "CD", "DM" and "MC" are words."""

_ROMAN_LETTERS = frozenset("IVXLCDM")
_STARTS = WORDS.union(MONTHS, ORDINALS, FRACTIONS, MAGNITUDES, FOLDS)
_START_PREFIXES = PREFIXES | {word[:n] for word in _STARTS for n in range(1, len(word) + 1)}
_LINK_WORDS = (
    "to till until through bis по in out of every by a p m t z w h x o e st nd rd th "
    "per pour por point percentage au al de di k b bn mn mln mio tsd тыс млн"
)
_LINKS = JOINERS.union(_LINK_WORDS.split())
_HAN_LINKS = frozenset("年月日条个位封件次天名起成")


_COMMON_LENGTH: Final = 16


def starts_numeral(word: str) -> bool:
    """Whether the complete word may begin a numeral. Remembered for words of common length: texts repeat them."""
    return _starts_known(word) if len(word) <= _COMMON_LENGTH else _starts(word)


@lru_cache(maxsize=8_192)
def _starts_known(word: str) -> bool:
    return _starts(word)


def _starts(word: str) -> bool:
    lower = word.lower()
    if lower in _STARTS or is_number_word(lower) or not word.isalpha():
        return True
    return len(word) > 1 and bool(ROMAN.fullmatch(word))


def is_plain_word(token: re.Match[str]) -> bool:
    """Whether a token is a word, of common length, that begins no numeral: most of a text."""
    if token.lastgroup != "word":
        return False
    word = token.group()
    return len(word) <= _COMMON_LENGTH and not _starts_known(word)


def may_become_numeral(head: str) -> bool:
    """Whether a word that begins with `head`, and is not complete yet, may begin a numeral. Remembered likewise."""
    return _may_become_known(head) if len(head) <= _COMMON_LENGTH else _may_become(head)


@lru_cache(maxsize=8_192)
def _may_become_known(head: str) -> bool:
    return _may_become(head)


def _may_become(head: str) -> bool:
    lower = head.lower()
    return lower in _START_PREFIXES or could_be_number(lower) or _ROMAN_LETTERS.issuperset(head)


def continues_numeral(word: str) -> bool:
    """Whether a word may stand inside a numeral or between two that are read together."""
    return word.lower() in _LINKS or word in _HAN_LINKS


def is_month(word: str) -> bool:
    """Whether the word names a month, so that what follows may be its day and year."""
    return word.lower() in MONTHS
