"""Every numeral of a text: digits of any script and grouping, words, fractions, ordinals, dates and times. Pure.

A numeral may be read in several ways ("1.234" is a thousand and something, or one and something); all readings are kept and
a reader of this module decides which one the data supports. Patterns are bounded in length, so that a stream knows how far
it must look ahead (`REACH`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.chat.number_words import JOINERS, PREFIXES, WORDS, could_be_number, is_number_word, spelled_at
from services.chat.written_dates import MONTHS, Found, WrittenDate, WrittenTime, dates_at, is_bare_pair, times_at

REACH: Final = 256
"""No numeral and nothing that decides its reading is longer than this many characters."""


class Kind(StrEnum):
    """What a quantity counts in."""

    NUMBER = "number"
    PERCENT = "percent"
    RATIO = "ratio"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as written. `quantum` is the worth of its last written digit: 0.1 in "12.5", 100 in "1.2k".

    `trailing` is the worth of its last digit that is not zero (1,200 → 100), for "about 1,200". `sign` is 0 where none is
    written.
    """

    kind: Kind
    value: float
    quantum: float = 1.0
    trailing: float = 1.0
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Vague:
    """A magnitude without a number ("hundreds"): half-open [low, high)."""

    low: float
    high: float


Reading = Quantity | Vague | WrittenDate | WrittenTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """One numeral: half-open span, what it may mean, and the numerals it may be made of instead."""

    start: int
    end: int
    readings: tuple[Reading, ...]
    parts: tuple["Numeral", ...] = ()


_SPECIAL = "²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅞Ⅰ-ↈ①-⓿❶-➓"
_LETTERS = rf"[^\W\d_\u2e80-\u9fff{_SPECIAL}]"
_HAN_DIGITS = "〇零一二两三四五六七八九十百千万億亿"
LETTER: Final = re.compile(_LETTERS)
"""A letter as words of `TOKEN` are made of; Han characters are not, they stand alone."""

GAP: Final = "\ufffc"
"""Stands in a text for a number that could not be put there; reads as a numeral that nothing supports."""

TOKEN: Final = re.compile(
    rf"(?P<word>{_LETTERS}+)|(?P<digit>\d)|(?P<special>[{_SPECIAL}])|(?P<han>[{_HAN_DIGITS}])|(?P<inert>[\u2e80-\u9fff])"
    r"|(?P<line>\n)|(?P<item>[,;|)][ \t])|(?P<entity>&(?=\#|\Z))|(?P<gap>\ufffc)"
)
"""The pieces of a text that matter to numerals; everything else is punctuation and space."""

_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_FRACTIONS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5, "fifths": 5,
    "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8, "ninths": 9, "tenth": 10, "tenths": 10,
}  # fmt: skip
_VAGUE = {
    "dozens": Vague(24, 144), "scores": Vague(40, 200), "hundreds": Vague(200, 1000), "thousands": Vague(2000, 10**6),
    "millions": Vague(2 * 10**6, 10**9), "billions": Vague(2 * 10**9, 10**12),
}  # fmt: skip
_FOLDS = {"twofold": 2, "threefold": 3, "fourfold": 4, "fivefold": 5, "sixfold": 6, "tenfold": 10}
_STARTS = (
    WORDS | frozenset(MONTHS) | frozenset(_ORDINALS) | frozenset(_FRACTIONS) | frozenset(_VAGUE) | frozenset(_FOLDS)
)
_START_PREFIXES = PREFIXES | {word[:n] for word in _STARTS for n in range(1, len(word) + 1)}
_ROMAN_WORD = re.compile(
    r"(?:X{0,3}(?:IX|IV|V?I{0,3})|(?=[MDCLXVI]{4})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
)
_ROMAN_LETTERS = frozenset("IVXLCDM")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_LINKS = JOINERS | frozenset(
    "to till until through bis по in out of every by a p m t z w h x o e st nd rd th per pour por point percentage au al de di".split()
)
_HAN_LINKS = frozenset("年月日条个位封件次天名起成")

_TERM = re.compile(
    r"(?:24[/x]7|2fa|3ds?|mp[34]|(?:two|2)[ -](?:factor|step)|(?:two|one|three)-(?:way|time|off|sided|click)|"
    r"first[ -](?:time|hand|come|line)\w*|second[ -](?:hand|line|guess)\w*|third[ -]part(?:y|ies)|one another|one by one|"
    r"one of|one day|(?:first|second|half)[ -]hour|half way|halfway|half-time)(?![^\W_])",
    re.IGNORECASE,
)
_SPACE = " \u00a0\u2009\u202f"
_RUN = re.compile(rf"\d{{1,18}}(?:(?:[.,'’٫٬]|[*_\u200c\u200d]{{1,4}})\d{{1,18}}|[{_SPACE}]\d{{3}}(?!\d)){{0,6}}")
_RANGE_AHEAD = re.compile(r"[ ]?[–‑—-][ ]?\d{1,18}(?:[.,]\d{1,18})?")
_PIECES = re.compile(r"\d+|\D+")
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,2})(?!\w)|[ ]?[x×·*][ ]?10(?:\^([+-]?\d{1,2})|([⁰¹²³⁴-⁹]{1,2}))")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SCALES = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "tsd": 1e3, "тыс": 1e3, "mil": 1e3, "mille": 1e3, "hundred": 1e2, "dozen": 12.0,
    "m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6, "million": 1e6, "millionen": 1e6, "millions": 1e6, "millones": 1e6,
    "milhões": 1e6, "milioni": 1e6, "млн": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9, "千": 1e3, "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip
_SCALE = re.compile(
    rf"[{_SPACE}-]?(?P<long>thousand|tausend|tsd|тыс|mille|mil|hundred|dozen|millionen|millions|million|millones|milhões|milioni|"
    rf"mln|mio|млн|billion)\b\.?|(?P<short>k|mn|m|bn|b)(?![^\W_])|(?P<sign>[千万億亿])",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(r" and a half\b|½")
_PERCENT = re.compile(
    rf"[{_SPACE}-]?(?:%|٪|％|(?P<points>(?:percentage|%)[ -]points?\b|points?\b|pts?\b|pp\b)|(?:per[ ]?cent|pct|prozent|procent|"
    r"pour[ ]cent|por[ ]?cento|por[ ]ciento|per[ ]cento|процент\w{0,5})\b)",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"[{_SPACE}]?[x×](?![^\W_])|[{_SPACE}-]?(?:times|fold|mal|fois|veces|vezes|volte|keer|раза?)\b", re.IGNORECASE
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?![^\W_])|[ºª]", re.IGNORECASE)
_ORDINAL_TAIL = re.compile(r"[ -](" + "|".join(_ORDINALS) + r")\b", re.IGNORECASE)
_FRACTION_TAIL = re.compile(r"[ -](" + "|".join(_FRACTIONS) + r")\b", re.IGNORECASE)
_POINT = re.compile(r" point((?: (?:zero|one|two|three|four|five|six|seven|eight|nine)){1,6})\b", re.IGNORECASE)
_HALF_A = re.compile(r"half an? ([^\W\d_]+)", re.IGNORECASE)
_OUT_OF = re.compile(r"[ ](?:in|out of)[ ](?:every )?(?=[^\W_])", re.IGNORECASE)
_LAST_WORD = re.compile(rf"(?:{_LETTERS})+\Z")
_SLASH = re.compile(r"(\d{1,3})[/⁄](\d{1,3})(?![\d/])")
_ENTITY = re.compile(r"&\#")
_HAN_RUN = re.compile(rf"[{_HAN_DIGITS}]{{1,20}}")
_HAN_UNIT = re.compile(r"[条个位封件次天名起%％成]")
_MINUS = re.compile(r"(?<![\w)])[-−–‑][$€£]?\Z")
_PLUS = re.compile(r"(?<![\w)])\+[$€£]?\Z")
_LEADING_POINT = re.compile(r"(?<![\w.,)])\.\Z")
_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 8, 10, 20, 100})
_FRACTION_QUANTUM = 2.0


def starts_numeral(word: str) -> bool:
    """Whether the complete word may begin a numeral."""
    lower = word.lower()
    if lower in _STARTS or is_number_word(lower) or not word.isalpha():
        return True
    return len(word) > 1 and bool(_ROMAN_WORD.fullmatch(word))


def may_become_numeral(head: str) -> bool:
    """Whether a word that begins with `head`, and is not complete yet, may begin a numeral."""
    lower = head.lower()
    return lower in _START_PREFIXES or could_be_number(lower) or _ROMAN_LETTERS.issuperset(head)


def continues_numeral(word: str) -> bool:
    """Whether a word may stand inside a numeral or between two that are read together."""
    return word.lower() in _LINKS or word in _HAN_LINKS


def is_month(word: str) -> bool:
    """Whether the word names a month, so that what follows may be its day and year."""
    return word.lower() in MONTHS


def _quantity(kind: Kind, value: float, quantum: float = 1.0) -> Quantity:
    trailing = quantum
    while value and trailing < 10**12 and abs(value / (trailing * 10) - round(value / (trailing * 10))) < 1e-9:
        trailing *= 10
    return Quantity(kind=kind, value=value, quantum=quantum, trailing=trailing)


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _is_grouped(groups: list[str], separators: list[str]) -> bool:
    middle = {len(group) for group in groups[1:-1]}
    return (
        len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and len(set(separators)) == 1
        and (middle <= {3} or (middle == {2} and separators[0] == ","))
        and separators[0] != "٫"
    )


def _digit_values(run: str) -> list[tuple[float, float]]:
    """The (value, quantum) pairs that a run of digits and separators may mean; empty when it is no one number."""
    pieces = _PIECES.findall(re.sub(r"[*_\u200c\u200d]", "", run))
    groups, separators = [_ascii(piece) for piece in pieces[::2]], pieces[1::2]
    if not separators:
        return [(float(int(groups[0])), 1.0)]
    values = [(float(int("".join(groups))), 1.0)] if _is_grouped(groups, separators) else []
    head, last = groups[:-1], separators[-1]
    whole = len(head) == 1 or (_is_grouped(head, separators[:-1]) and last != separators[0])
    if whole and last in ".,٫":
        values.append((float("".join(head) + "." + groups[-1]), 10.0 ** -len(groups[-1])))
    return values


def _parts_of_run(text: str, start: int, end: int) -> tuple[Numeral, ...]:
    return tuple(
        Numeral(
            start=start + m.start(),
            end=start + m.end(),
            readings=(_quantity(Kind.NUMBER, float(int(m.group()))),),
        )
        for m in re.finditer(r"\d+", text[start:end])
    )


def _scaled(text: str, position: int, values: list[tuple[float, float]]) -> tuple[int, list[tuple[float, float]]]:
    exponent = _EXPONENT.match(text, position)
    if exponent:
        power = 10.0 ** int(exponent[1] or exponent[2] or exponent[3].translate(_SUPERSCRIPT))
        return exponent.end(), [(value * power, quantum * power) for value, quantum in values]
    half = _AND_A_HALF.match(text, position)
    if half:
        position, values = half.end(), [(value + 0.5, 0.5) for value, _ in values]
    scale = _SCALE.match(text, position)
    if scale:
        factor = _SCALES[(scale["long"] or scale["short"] or scale["sign"]).lower()]
        position, values = scale.end(), [(value * factor, quantum * factor) for value, quantum in values]
    return position, values


def _with_unit(text: str, position: int, values: list[tuple[float, float]]) -> tuple[int, tuple[Reading, ...]]:
    """End and readings of a number whose digits or words end at `position`, with the unit that follows."""
    position, values = _scaled(text, position, values)
    for pattern, kinds in (
        (_PERCENT, (Kind.PERCENT,)),
        (_TIMES, (Kind.RATIO, Kind.NUMBER)),
        (_ORDINAL, (Kind.ORDINAL,)),
    ):
        unit = pattern.match(text, position)
        if unit:
            plain = (Kind.NUMBER,) if unit.groupdict().get("points") else ()
            return unit.end(), tuple(_quantity(kind, *value) for value in values for kind in (*kinds, *plain))
    return position, tuple(_quantity(Kind.NUMBER, *value) for value in values)


def _fraction(start: int, end: int, over: float, under: float) -> Numeral:
    share = _quantity(Kind.PERCENT, 100 * over / under, _FRACTION_QUANTUM)
    return Numeral(start=start, end=end, readings=(share, _quantity(Kind.NUMBER, over / under, 0.01)))


def _digits_at(text: str, start: int) -> list[Numeral]:
    run = _RUN.match(text, start)
    if run is None:
        return []
    slash = _SLASH.match(text, start)
    if slash and int(slash[2]):
        fraction = _fraction(start, slash.end(), int(slash[1]), int(slash[2]))
        return [replace(fraction, parts=_parts_of_run(text, start, slash.end()))]
    values = _digit_values(run.group())
    if not values:
        return list(_parts_of_run(text, start, run.end()))
    if _LEADING_POINT.search(text[max(0, start - 2) : start]):
        values = [(float("0." + _ascii(run.group())), 10.0 ** -len(run.group()))] if run.group().isdecimal() else values
    end, readings = _with_unit(text, run.end(), values)
    ahead = _RANGE_AHEAD.match(text, end) if end == run.end() else None
    if ahead and _PERCENT.match(text, ahead.end()):  # the unit of "10–20 %" holds for both ends
        readings += tuple(_quantity(Kind.PERCENT, *value) for value in values)
    spaced = any(space in run.group() for space in _SPACE)
    parts = _parts_of_run(text, start, run.end()) if spaced else ()
    return [Numeral(start=start, end=end, readings=readings, parts=parts)]


def _dated(text: str, found: list[Found]) -> list[Numeral]:
    numerals = [Numeral(start=f.start, end=f.end, readings=f.readings) for f in found]
    if len(found) == 1 and is_bare_pair(text, found[0]):
        other = _digits_at(text, found[0].start)
        if len(other) == 1 and other[0].end <= found[0].end:
            return [replace(other[0], readings=(*other[0].readings, *found[0].readings))]
        return other
    return numerals


def _digit_numerals(text: str, start: int) -> list[Numeral]:
    dates = dates_at(text, start)
    if dates:
        return _dated(text, dates)
    times = list(times_at(text, start))
    if times:
        return [Numeral(start=f.start, end=f.end, readings=f.readings) for f in times]
    return _digits_at(text, start)


def _spelled_numerals(text: str, start: int) -> list[Numeral]:
    spelled = spelled_at(text, start)
    if not spelled:
        return []
    *before, last = spelled
    numerals = [Numeral(start=s.start, end=s.end, readings=(_quantity(Kind.NUMBER, float(s.value)),)) for s in before]
    ordinal, fraction = _ORDINAL_TAIL.match(text, last.end), _FRACTION_TAIL.match(text, last.end)
    point = _POINT.match(text, last.end)
    if fraction and last.value < 100 and not fraction[1].lower().startswith(("second", "half")):
        return [*numerals, _fraction(last.start, fraction.end(), last.value, _FRACTIONS[fraction[1].lower()])]
    if ordinal and last.value >= 20 and last.value % 10 == 0:
        value = last.value + _ORDINALS[ordinal[1].lower()]
        return [*numerals, _ordinal(last.start, ordinal.end(), value)]
    end, values = last.end, [(float(last.value), 1.0)]
    if point:
        digits = "".join(str(spelled_at(word, 0)[0].value) for word in point[1].split())
        end, values = point.end(), [(float(f"{last.value}.{digits}"), 10.0 ** -len(digits))]
    end, readings = _with_unit(text, end, values)
    return [*numerals, Numeral(start=last.start, end=end, readings=readings)]


def _ordinal(start: int, end: int, value: int) -> Numeral:
    return Numeral(start=start, end=end, readings=(_quantity(Kind.ORDINAL, float(value)),))


def _is_fraction(lower: str, text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start].lower(), text[end : end + 8].lower()
    if lower.startswith("half"):
        return not before.endswith(("first ", "second ", "other ", "latter ", "former ", "last ", "this ", "next "))
    if lower.startswith("quarter"):
        return before.endswith((" a ", "one ")) and not after.startswith((" hour", " ago", " end", "-end"))
    return before.endswith(("\na ", " a ", "(a ", "one ", "one-")) or before == "a "


def _word_numerals(text: str, start: int, end: int) -> list[Numeral]:
    lower = text[start:end].lower()
    if lower in MONTHS:
        dates = dates_at(text, start)
        if dates:
            return _dated(text, dates)
    half = _HALF_A.match(text, start)
    if half:
        scale = _SCALES.get(half[1].lower())
        readings = (_quantity(Kind.NUMBER, scale / 2, scale / 2),) if scale and len(half[1]) > 3 else ()
        return [Numeral(start=start, end=half.end(), readings=readings)] if readings else []
    if lower in _FRACTIONS and _is_fraction(lower, text, start, end):
        return [_fraction(start, end, 1, _FRACTIONS[lower])]
    if lower in _ORDINALS:
        return [_ordinal(start, end, _ORDINALS[lower])]
    if lower in _VAGUE:
        return [Numeral(start=start, end=end, readings=(_VAGUE[lower],))]
    if lower in _FOLDS:
        return [Numeral(start=start, end=end, readings=(_quantity(Kind.RATIO, float(_FOLDS[lower])),))]
    spelled = _spelled_numerals(text, start)
    if spelled or not _ROMAN_WORD.fullmatch(text[start:end]):
        return spelled
    return [_roman(text[start:end], start, end)] if end - start > 1 else []


def _roman(word: str, start: int, end: int) -> Numeral:
    digits = [_ROMAN_DIGITS[letter] for letter in word]
    value = sum(-d if d < max(digits[i:]) else d for i, d in enumerate(digits))
    return Numeral(
        start=start, end=end, readings=(_quantity(Kind.NUMBER, float(value)), _quantity(Kind.ORDINAL, float(value)))
    )


def _special(text: str, start: int) -> list[Numeral]:
    value = unicodedata.numeric(text[start])
    if 0 < value < 1:
        return [_fraction(start, start + 1, value, 1)]
    return [Numeral(start=start, end=start + 1, readings=(_quantity(Kind.NUMBER, value),))]


def _han(text: str, start: int) -> list[Numeral]:
    run = _HAN_RUN.match(text, start)
    if run is None or (len(run.group()) == 1 and not _HAN_UNIT.match(text, run.end())):
        return []
    total = section = digit = 0
    for value in (2 if sign == "两" else int(unicodedata.numeric(sign)) for sign in run.group()):
        if value < 10:
            digit = digit * 10 + value
        elif value < 10**4:
            section, digit = section + max(digit, 1) * value, 0
        else:
            total, section, digit = (total + section + digit) * value, 0, 0
    end, readings = _with_unit(text, run.end(), [(float(total + section + digit), 1.0)])
    return [Numeral(start=start, end=end, readings=readings)]


def ends_in_unit(text: str, numeral: Numeral) -> bool:
    """Whether the numeral takes in a word that is no number ("12 times"): what follows it is then another matter."""
    word = _LAST_WORD.search(text, numeral.start, numeral.end)
    return word is not None and not starts_numeral(word.group())


def _number(numeral: Numeral | None) -> float:
    reading = numeral.readings[0] if numeral and numeral.readings else None
    return reading.value if isinstance(reading, Quantity) and reading.kind is Kind.NUMBER else 0.0


def _out_of(text: str, first: Numeral) -> Numeral | None:
    """A share said as "three in ten" or "3 out of every 10", which may also be two numbers of their own."""
    link = _OUT_OF.match(text, first.end) if _number(first) and not ends_in_unit(text, first) else None
    token = TOKEN.match(text, link.end()) if link else None
    if token is None or token.lastgroup not in ("word", "digit"):
        return None
    found = _digits_at(text, token.start()) if token.lastgroup == "digit" else _spelled_numerals(text, token.start())
    over, under = _number(first), _number(found[0] if found else None)
    if under not in _DENOMINATORS or not 0 < over < under:
        return None
    share = _fraction(first.start, found[0].end, over, under)
    return replace(share, readings=share.readings[:1], parts=(first, found[0]))


def _signed(text: str, numeral: Numeral) -> Numeral:
    before = text[max(0, numeral.start - 3) : numeral.start]
    sign = -1 if _MINUS.search(before) else 1 if _PLUS.search(before) else 0
    if not sign:
        return numeral
    readings = tuple(replace(r, sign=sign) if isinstance(r, Quantity) else r for r in numeral.readings)
    return replace(numeral, readings=readings)


def _at(text: str, token: re.Match[str]) -> list[Numeral]:
    start, kind = token.start(), token.lastgroup
    if kind == "digit":
        return _digit_numerals(text, start)
    if kind == "word" and not token.group().isalpha():
        return [Numeral(start=start, end=token.end(), readings=())]
    if kind == "word":
        return _word_numerals(text, start, token.end()) if starts_numeral(token.group()) else []
    if kind == "special":
        return _special(text, start)
    if kind == "han":
        return _han(text, start)
    if kind == "gap":
        return [Numeral(start=start, end=token.end(), readings=())]
    unreadable = _ENTITY.match(text, start) if kind == "entity" else None
    return [Numeral(start=start, end=unreadable.end(), readings=())] if unreadable else []


def _term_end(text: str, token: re.Match[str]) -> int | None:
    if token.lastgroup not in ("word", "digit"):
        return None
    term = _TERM.match(text, token.start())
    return term.end() if term and not text[max(0, token.start() - 1) : token.start()].isalnum() else None


def _tokens(text: str, start: int, end: int) -> Iterator[Numeral]:
    position = start
    while position < end:
        token = TOKEN.search(text, position)
        if token is None or token.start() >= end:
            return
        position = _term_end(text, token) or token.end()
        if position != token.end():
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
    return list(_tokens(text, start, len(text) if end is None else end))
