"""What a numeral may say: quantities, magnitudes, dates and times, and the numeral that carries them. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.chat.ledger.numerals.dates import WrittenDate, WrittenTime

FRACTION_QUANTUM: Final = 2.0
"""How exact, in percentage points, a spelled fraction ("two thirds") is taken to be."""


class Kind(StrEnum):
    """What a quantity counts in."""

    NUMBER = "number"
    PERCENT = "percent"
    RATIO = "ratio"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as written. `quantum` is the worth of its last written digit: 0.1 in "12.5", 100 in "1.2k".

    `trailing` is the worth of its last digit that is not zero (1,200 → 100), for "about 1,200". `sign` is 0 where none
    is written.
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


def quantity(kind: Kind, value: float, quantum: float = 1.0) -> Quantity:
    """A quantity with the worth of its last digit that is not zero worked out."""
    trailing = quantum
    while value and trailing < 10**12 and abs(value / (trailing * 10) - round(value / (trailing * 10))) < 1e-9:
        trailing *= 10
    return Quantity(kind=kind, value=value, quantum=quantum, trailing=trailing)


def fraction(start: int, end: int, over: float, under: float) -> Numeral:
    """A numeral that says `over`/`under`: a share in percent, or the number itself."""
    share = quantity(Kind.PERCENT, 100 * over / under, FRACTION_QUANTUM)
    return Numeral(start=start, end=end, readings=(share, quantity(Kind.NUMBER, over / under, 0.01)))


def number_numeral(start: int, end: int, value: float, kind: Kind = Kind.NUMBER) -> Numeral:
    """A numeral that says one whole number."""
    return Numeral(start=start, end=end, readings=(quantity(kind, value),))
