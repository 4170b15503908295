"""Numbers in digits of any script, with grouping, decimals, scale and unit. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.chat.ledger.numerals.letters import LETTERS, WORD_END
from services.chat.ledger.numerals.quantities import Kind, Numeral, Reading, fraction, number_numeral, quantity

SPACE: Final = " \u00a0\u2009\u202f"
"""Spaces that may stand inside a number or before its unit."""

SCALES: Final = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "tsd": 1e3, "тыс": 1e3, "mil": 1e3, "mille": 1e3, "hundred": 1e2,
    "dozen": 12.0, "m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6, "million": 1e6, "millionen": 1e6, "millions": 1e6,
    "millones": 1e6, "milhões": 1e6, "milioni": 1e6, "млн": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9,
    "千": 1e3, "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip
"""Word, letter or sign after a number → what it multiplies by."""

# Emphasis, and what shows nothing or stands on the digit before it: 7️⃣3️⃣ is read as 73.
_BETWEEN: Final = r"*_\u200c\u200d\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f"
_RUN = re.compile(rf"\d{{1,18}}(?:(?:[.,'’٫٬]|[{_BETWEEN}]{{1,4}})\d{{1,18}}|[{SPACE}]\d{{3}}(?!\d)){{0,6}}")
_WORD_RUN = re.compile(r"\d{1,18}(?:[.,'’٫٬]\d{1,18}){0,6}")
_LETTER = re.compile(LETTERS)
_RANGE_AHEAD = re.compile(r"[ ]?[–‑—-][ ]?\d{1,18}(?:[.,]\d{1,18})?")
_PIECES = re.compile(r"\d+|\D+")
_EMPHASIS = re.compile(rf"[{_BETWEEN}]")
_EXPONENT = re.compile(rf"[eE]([+-]?\d{{1,2}}){WORD_END}|[ ]?[x×·*][ ]?10(?:\^([+-]?\d{{1,2}})|([⁰¹²³⁴-⁹]{{1,2}}))")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SCALE = re.compile(
    rf"[{SPACE}-]?(?P<long>thousand|tausend|tsd|тыс|mille|mil|hundred|dozen|millionen|millions|million|millones|"
    rf"milhões|milioni|mln|mio|млн|billion){WORD_END}\.?|[{SPACE}]?(?P<short>k|mn|bn|b|(?<=\d)m|(?-i:M)){WORD_END}|"
    r"(?P<sign>[千万億亿])",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(rf" and a half{WORD_END}|½")
_PERCENT = re.compile(
    rf"[{SPACE}-]?(?:%|٪|％|(?P<points>(?:(?:percentage|%)[ -]points?|points?|pts?|pp){WORD_END})|(?:per[ ]?cent|pct|"
    rf"prozent|procent|pour[ ]cent|por[ ]?cento|por[ ]ciento|per[ ]cento|процент(?:{LETTERS}){{0,5}}){WORD_END})",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"[{SPACE}]?[x×]{WORD_END}|[{SPACE}-]?(?:times|fold|mal|fois|veces|vezes|volte|keer|раза?){WORD_END}",
    re.IGNORECASE,
)
_ORDINAL = re.compile(rf"(?:st|nd|rd|th){WORD_END}|[ºª]", re.IGNORECASE)
_UNITS = ((_PERCENT, (Kind.PERCENT,)), (_TIMES, (Kind.RATIO, Kind.NUMBER)), (_ORDINAL, (Kind.ORDINAL,)))
_SLASH = re.compile(r"(\d{1,3})[/⁄](\d{1,3})(?![\d/])")
_LARGEST_DENOMINATOR = 20
_LEADING_POINT = re.compile(r"(?<![\w.,)])\.\Z")

Value = tuple[float, float]
"""A number and the worth of its last written digit."""


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


def _values(run: str) -> list[Value]:
    """What a run of digits and separators may mean; empty when it is no one number."""
    pieces = _PIECES.findall(_EMPHASIS.sub("", run))
    groups, separators = [_ascii(piece) for piece in pieces[::2]], pieces[1::2]
    if not separators:
        return [(float(int(groups[0])), 1.0)]
    values = [(float(int("".join(groups))), 1.0)] if _is_grouped(groups, separators) else []
    head, last = groups[:-1], separators[-1]
    whole = len(head) == 1 or (_is_grouped(head, separators[:-1]) and last != separators[0])
    if whole and last in ".,٫":
        values.append((float("".join(head) + "." + groups[-1]), 10.0 ** -len(groups[-1])))
    return values


def ends_word(text: str, start: int) -> bool:
    """Whether what stands at `start` is glued to a word: the 2 of "web2"."""
    return start > 0 and _LETTER.match(text, start - 1) is not None


def _parts(text: str, start: int, end: int) -> tuple[Numeral, ...]:
    """What a run says when it is no one number: each piece between spaces ("tier 3 100,000"), else each digit group."""
    return tuple(
        numeral
        for piece in re.finditer(rf"[^{SPACE}]+", text[start:end])
        for numeral in _piece(text, start + piece.start(), start + piece.end())
    )


def _piece(text: str, start: int, end: int) -> Iterator[Numeral]:
    values = _values(text[start:end])
    if values:
        end, readings = with_unit(text, end, values)
        yield Numeral(start=start, end=end, readings=readings)
        return
    yield from _digit_groups(text, start, end)


def _digit_groups(text: str, start: int, end: int) -> tuple[Numeral, ...]:
    digits = re.finditer(r"\d+", text[start:end])
    return tuple(number_numeral(start + m.start(), start + m.end(), float(int(m.group()))) for m in digits)


def _scaled(text: str, position: int, values: list[Value]) -> tuple[int, list[Value]]:
    exponent = _EXPONENT.match(text, position)
    if exponent:
        power = 10.0 ** int(exponent[1] or exponent[2] or exponent[3].translate(_SUPERSCRIPT))
        return exponent.end(), [(value * power, quantum * power) for value, quantum in values]
    half = _AND_A_HALF.match(text, position)
    if half:
        position, values = half.end(), [(value + 0.5, 0.5) for value, _ in values]
    scale = _SCALE.match(text, position)
    if scale:
        factor = SCALES[(scale["long"] or scale["short"] or scale["sign"]).lower()]
        position, values = scale.end(), [(value * factor, quantum * factor) for value, quantum in values]
    return position, values


def with_unit(text: str, position: int, values: list[Value]) -> tuple[int, tuple[Reading, ...]]:
    """End and readings of a number whose digits or words end at `position`, with the scale and unit that follow."""
    position, values = _scaled(text, position, values)
    for pattern, kinds in _UNITS:
        unit = pattern.match(text, position)
        if unit:
            plain = (Kind.NUMBER,) if unit.groupdict().get("points") else ()
            return unit.end(), tuple(quantity(kind, *value) for value in values for kind in (*kinds, *plain))
    return position, tuple(quantity(Kind.NUMBER, *value) for value in values)


def _meant(text: str, run: re.Match[str]) -> list[Value]:
    """The values of a run where it stands: ".5" is a half, and "1,741k" never one thousand seven hundred."""
    written, start = run.group(), run.start()
    if written.isdecimal() and _LEADING_POINT.search(text[max(0, start - 2) : start]):
        return [(float("0." + _ascii(written)), 10.0 ** -len(written))]
    values = _values(written)
    if len(values) > 1 and _SCALE.match(text, run.end()):
        return values[:1] if "," in written else values[1:]
    return values


def _slashed(text: str, slash: re.Match[str]) -> Numeral:
    """A fraction as people write them ("3/4"); any other pair of numbers only as what each says by itself."""
    over, under = int(slash[1]), int(slash[2])
    parts = _digit_groups(text, *slash.span())
    if 0 < over < under <= _LARGEST_DENOMINATOR:
        return replace(fraction(*slash.span(), over, under), parts=parts)
    return Numeral(start=slash.start(), end=slash.end(), readings=(), parts=parts)


def digits_at(text: str, start: int) -> list[Numeral]:
    """The number written in digits at `start`; several where the run of digits is no one number; empty for none."""
    run = (_WORD_RUN if ends_word(text, start) else _RUN).match(text, start)
    if run is None:
        return []
    slash = _SLASH.match(text, start)
    if slash:
        return [_slashed(text, slash)]
    values = _meant(text, run)
    if not values:
        return list(_parts(text, start, run.end()))
    end, readings = with_unit(text, run.end(), values)
    ahead = _RANGE_AHEAD.match(text, end) if end == run.end() else None
    if ahead and _PERCENT.match(text, ahead.end()):  # the unit of "10–20 %" holds for both ends
        readings += tuple(quantity(Kind.PERCENT, *value) for value in values)
    spaced = any(space in run.group() for space in SPACE)
    return [Numeral(start=start, end=end, readings=readings, parts=_parts(text, start, run.end()) if spaced else ())]
