"""Every numeral of a text: digits of any script and grouping, words, fractions, ordinals, dates and times. Pure.

A numeral may be read in several ways ("1.234" is a thousand and something, or one and something); all readings are
kept, and a reader of this module decides which one the data supports. Patterns are bounded in length, so that a stream
knows how far it must look ahead (`REACH`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.chat.ledger.numerals.dates import Found, dates_at, is_bare_pair, times_at
from services.chat.ledger.numerals.digits import digits_at, ends_word
from services.chat.ledger.numerals.quantities import Kind, Numeral, Quantity, fraction
from services.chat.ledger.numerals.vocabulary import LAST_WORD, TOKEN, is_month, is_plain_word, starts_numeral
from services.chat.ledger.numerals.words import han_at, special_at, spelled_numerals_at, words_at

REACH: Final = 256
"""No numeral and nothing that decides its reading is longer than this many characters."""

_TERM = re.compile(
    r"(?:24[/x]7|2fa|3ds?|mp[34]|(?:two|2)[ -](?:factor|step)|(?:two|one|three)-(?:way|time|off|sided|click)|"
    r"first[ -](?:time|hand|come|line)|second[ -](?:hand|line|guess)|third[ -]part(?:y|ies)|one another|one by one|"
    r"one of|one day|(?:first|second|half)[ -]hour|half way|halfway|half-time)(?![^\W_])",
    re.IGNORECASE,
)
_TERM_HEADS: Final = frozenset({"mp", "MP", "Mp", "mP"})
"""Words that begin a term and no numeral."""
_OUT_OF = re.compile(r"[ ](?:in|out of)[ ](?:every )?(?=[^\W_])", re.IGNORECASE)
_ENTITY = re.compile(r"&\#")
_MINUS = re.compile(r"(?<![\w)])[-−–‑][$€£]?\Z|\bminus[ ]\Z", re.IGNORECASE)
_PLUS = re.compile(r"(?<![\w)])\+[$€£]?\Z")
_DENOMINATORS: Final = frozenset({2, 3, 4, 5, 6, 8, 10, 20, 100})


def _dated(text: str, found: list[Found]) -> list[Numeral]:
    if len(found) == 1 and is_bare_pair(text, found[0]):
        other = digits_at(text, found[0].start)
        if len(other) == 1 and other[0].end <= found[0].end:
            return [replace(other[0], readings=(*other[0].readings, *found[0].readings))]
        return other
    return [Numeral(start=f.start, end=f.end, readings=f.readings) for f in found]


def _from_digit(text: str, start: int) -> list[Numeral]:
    if ends_word(text, start):  # the 2 of "web2 March" begins no date
        return digits_at(text, start)
    dates = dates_at(text, start)
    if dates:
        return _dated(text, dates)
    times = [Numeral(start=f.start, end=f.end, readings=f.readings) for f in times_at(text, start)]
    return times or digits_at(text, start)


def _from_word(text: str, token: re.Match[str]) -> list[Numeral]:
    word, start = token.group(), token.start()
    if not word.isalpha():  # a character that counts, in a script not known here
        return [Numeral(start=start, end=token.end(), readings=())]
    if not starts_numeral(word):
        return []
    dates = dates_at(text, start) if is_month(word) else []
    return _dated(text, dates) if dates else words_at(text, start, token.end())


def _at(text: str, token: re.Match[str]) -> list[Numeral]:
    start = token.start()
    match token.lastgroup:
        case "digit":
            return _from_digit(text, start)
        case "word":
            return _from_word(text, token)
        case "special":
            return special_at(text, start)
        case "han":
            return han_at(text, start)
        case "gap" | "entity":
            end = start + 2 if _ENTITY.match(text, start) else token.end()
            return [Numeral(start=start, end=end, readings=())] if token.lastgroup == "gap" or end > token.end() else []
    return []


def ends_in_unit(text: str, numeral: Numeral) -> bool:
    """Whether the numeral takes in a word that is no number ("12 times"): what follows it is then another matter."""
    word = LAST_WORD.search(text, numeral.start, numeral.end)
    return word is not None and not starts_numeral(word.group())


def _plain_value(numeral: Numeral | None) -> float:
    reading = numeral.readings[0] if numeral and numeral.readings else None
    return reading.value if isinstance(reading, Quantity) and reading.kind is Kind.NUMBER else 0.0


def _out_of(text: str, first: Numeral) -> Numeral | None:
    """A share said as "three in ten" or "3 out of every 10", which may also be two numbers of their own."""
    link = _OUT_OF.match(text, first.end) if _plain_value(first) and not ends_in_unit(text, first) else None
    token = TOKEN.match(text, link.end()) if link else None
    if token is None or token.lastgroup not in ("word", "digit"):
        return None
    found = (digits_at if token.lastgroup == "digit" else spelled_numerals_at)(text, token.start())
    over, under = _plain_value(first), _plain_value(found[0] if found else None)
    if under not in _DENOMINATORS or not 0 < over < under:
        return None
    share = fraction(first.start, found[0].end, over, under)
    return replace(share, readings=share.readings[:1], parts=(first, found[0]))


def _signed(text: str, numeral: Numeral) -> Numeral:
    before = text[max(0, numeral.start - 10) : numeral.start]
    sign = -1 if _MINUS.search(before) else 1 if _PLUS.search(before) else 0
    if not sign:
        return numeral
    readings = tuple(replace(r, sign=sign) if isinstance(r, Quantity) else r for r in numeral.readings)
    return replace(numeral, readings=readings)


def _term_end(text: str, token: re.Match[str]) -> int | None:
    """End of an expression that only looks like a number ("two-factor", "24/7")."""
    if token.lastgroup not in ("word", "digit"):
        return None
    term = _TERM.match(text, token.start())
    return term.end() if term and not text[max(0, token.start() - 1) : token.start()].isalnum() else None


def _next_token(text: str, position: int, end: int) -> re.Match[str] | None:
    """The next token that begins before `end`, plain words passed over."""
    for token in TOKEN.finditer(text, position):
        if token.start() >= end:
            return None
        if not is_plain_word(token) or token.group() in _TERM_HEADS:
            return token
    return None


def _numerals(text: str, start: int, end: int) -> Iterator[Numeral]:
    position = start
    while token := _next_token(text, position, end):
        term_end = _term_end(text, token)
        position = term_end or token.end()
        if term_end:
            continue
        found = _at(text, token)
        joined = _out_of(text, found[0]) if len(found) == 1 else None
        for numeral in [joined] if joined else found:
            yield _signed(text, numeral)
            position = max(position, numeral.end)


def find(text: str, start: int = 0, end: int | None = None) -> list[Numeral]:
    """The numerals that begin in text[start:end], in order; what lies around that part is context.

    `start` must not lie inside a word or number.
    """
    return list(_numerals(text, start, len(text) if end is None else end))
