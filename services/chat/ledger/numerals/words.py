"""Numbers in words, Roman and Han numerals, and single characters such as ½. Pure."""

import re
import unicodedata
from typing import Final

from services.chat.ledger.numerals.digits import SCALES, with_unit
from services.chat.ledger.numerals.letters import WORD_END
from services.chat.ledger.numerals.quantities import Kind, Numeral, fraction, number_numeral, quantity
from services.chat.ledger.numerals.spelled import Spelled, spelled_at
from services.chat.ledger.numerals.vocabulary import FOLDS, FRACTIONS, HAN_DIGITS, MAGNITUDES, ORDINALS, ROMAN

_ORDINAL_TAIL = re.compile(rf"[ -]({'|'.join(ORDINALS)}){WORD_END}", re.IGNORECASE)
_FRACTION_TAIL = re.compile(rf"[ -]({'|'.join(FRACTIONS)}){WORD_END}", re.IGNORECASE)
_POINT = re.compile(
    rf" point((?: (?:zero|one|two|three|four|five|six|seven|eight|nine)){{1,6}}){WORD_END}", re.IGNORECASE
)
_HALF_A = re.compile(r"half an? ([^\W\d_]+)", re.IGNORECASE)
_HAN_RUN = re.compile(rf"[{HAN_DIGITS}]{{1,20}}")
_HAN_UNIT = re.compile(r"[条个位封件次天名起%％成]")
_ROMAN_DIGITS: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_HALVES_OF_TIME = ("first ", "second ", "other ", "latter ", "former ", "last ", "this ", "next ")


def _tailed(text: str, last: Spelled) -> Numeral | None:
    """A spelled number that goes on as a fraction ("two thirds") or an ordinal ("twenty-first")."""
    share, ordinal = _FRACTION_TAIL.match(text, last.end), _ORDINAL_TAIL.match(text, last.end)
    if share and last.value < 100 and not share[1].lower().startswith("half"):
        return fraction(last.start, share.end(), last.value, FRACTIONS[share[1].lower()])
    if ordinal and last.value >= 20 and last.value % 10 == 0:
        return number_numeral(last.start, ordinal.end(), last.value + ORDINALS[ordinal[1].lower()], Kind.ORDINAL)
    return None


def spelled_numerals_at(text: str, start: int) -> list[Numeral]:
    """The numbers in the run of number words that begins at `start`, the last one with its unit."""
    spelled = spelled_at(text, start)
    if not spelled:
        return []
    *before, last = spelled
    numerals = [number_numeral(number.start, number.end, float(number.value)) for number in before]
    tailed, point = _tailed(text, last), _POINT.match(text, last.end)
    if tailed:
        return [*numerals, tailed]
    end, value = last.end, (float(last.value), 1.0)
    if point:
        digits = "".join(str(spelled_at(word, 0)[0].value) for word in point[1].split())
        end, value = point.end(), (float(f"{last.value}.{digits}"), 10.0 ** -len(digits))
    end, readings = with_unit(text, end, [value])
    return [*numerals, Numeral(start=last.start, end=end, readings=readings)]


def _is_fraction(lower: str, text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start].lower(), text[end : end + 8].lower()
    if lower.startswith("half"):
        return not before.endswith(_HALVES_OF_TIME)
    if lower.startswith("quarter"):
        return before.endswith((" a ", "one ")) and not after.startswith((" hour", " ago", " end", "-end"))
    return before.endswith(("\na ", " a ", "(a ", "one ", "one-")) or before == "a "


def _half_a(match: re.Match[str]) -> list[Numeral]:
    """Half a million is a number, half an hour is not."""
    scale = SCALES.get(match[1].lower()) if len(match[1]) > 3 else None
    if scale is None:
        return []
    readings = (quantity(Kind.NUMBER, scale / 2, scale / 2),)
    return [Numeral(start=match.start(), end=match.end(), readings=readings)]


def _one_word(lower: str, text: str, start: int, end: int) -> Numeral | None:
    if lower in FRACTIONS and _is_fraction(lower, text, start, end):
        return fraction(start, end, 1, FRACTIONS[lower])
    if lower in ORDINALS:
        return number_numeral(start, end, ORDINALS[lower], Kind.ORDINAL)
    if lower in MAGNITUDES:
        return Numeral(start=start, end=end, readings=(MAGNITUDES[lower],))
    if lower in FOLDS:
        return number_numeral(start, end, FOLDS[lower], Kind.RATIO)
    return None


def words_at(text: str, start: int, end: int) -> list[Numeral]:
    """The numerals that the word text[start:end], and those after it that belong to it, spell; empty for none."""
    half = _HALF_A.match(text, start)
    if half:
        return _half_a(half)
    one = _one_word(text[start:end].lower(), text, start, end)
    if one:
        return [one]
    spelled = spelled_numerals_at(text, start)
    if spelled or end - start < 2 or not ROMAN.fullmatch(text[start:end]):
        return spelled
    return [_roman(text[start:end], start, end)]


def _roman(word: str, start: int, end: int) -> Numeral:
    digits = [_ROMAN_DIGITS[letter] for letter in word]
    value = float(sum(-d if d < max(digits[i:]) else d for i, d in enumerate(digits)))
    return Numeral(start=start, end=end, readings=(quantity(Kind.NUMBER, value), quantity(Kind.ORDINAL, value)))


def special_at(text: str, start: int) -> list[Numeral]:
    """The number that the one character at `start` says: "½", "²", "③"."""
    value = unicodedata.numeric(text[start])
    if 0 < value < 1:
        return [fraction(start, start + 1, value, 1)]
    return [number_numeral(start, start + 1, value)]


def _han_value(run: str) -> float:
    total = section = digit = 0
    for value in (2 if sign == "两" else int(unicodedata.numeric(sign)) for sign in run):
        if value < 10:
            digit = digit * 10 + value
        elif value < 10**4:
            section, digit = section + max(digit, 1) * value, 0
        else:
            total, section, digit = (total + section + digit) * value, 0, 0
    return float(total + section + digit)


def han_at(text: str, start: int) -> list[Numeral]:
    """The number in Han characters at `start`; a single one only before something that is counted."""
    run = _HAN_RUN.match(text, start)
    if run is None or (len(run.group()) == 1 and not _HAN_UNIT.match(text, run.end())):
        return []
    end, readings = with_unit(text, run.end(), [(_han_value(run.group()), 1.0)])
    return [Numeral(start=start, end=end, readings=readings)]
