"""Feasts and shopping days as yearly anchors, for the calendars of Europe and of its trade."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from services.chat.dates.period import Anchor, Period, Unit, containing, day, yearly


def easter_sunday(year: int) -> datetime:
    """Western Easter, by the anonymous Gregorian algorithm (J. Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    last = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * last) // 433
    month = (h + last - 7 * m + 90) // 25
    return datetime(year, month, (h + last - 7 * m + 33 * month + 19) % 32)  # noqa: DTZ001 - a wall date


def _fixed(month: int, number: int) -> Callable[[int], Period | None]:
    return lambda year: day(year, month, number)


def _after_easter(days: int) -> Callable[[int], Period | None]:
    return lambda year: containing(easter_sunday(year) + timedelta(days=days), Unit.DAY)


def _after_thanksgiving(days: int) -> Callable[[int], Period | None]:
    def at(year: int) -> Period:
        first = datetime(year, 11, 1)  # noqa: DTZ001 - a wall date
        thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
        return containing(thursday + timedelta(days=days), Unit.DAY)

    return at


_FEASTS: Final[dict[str, Callable[[int], Period | None]]] = {
    r"new year(?:s|'s)? eve|silvester": _fixed(12, 31),
    r"new year(?:s|'s)?(?: day)?": _fixed(1, 1),
    r"epiphany|three kings(?: day)?": _fixed(1, 6),
    r"(?:saint |st |st\. )?valentine(?:s|'s)?(?: day)?": _fixed(2, 14),
    r"(?:international )?women(?:s|'s)? day": _fixed(3, 8),
    r"(?:saint |st |st\. )?patrick(?:s|'s)?(?: day)?": _fixed(3, 17),
    r"april fool(?:s|'s)?(?: day)?": _fixed(4, 1),
    r"labou?r day|may day": _fixed(5, 1),
    r"assumption(?: day)?": _fixed(8, 15),
    r"halloween|hallowe'en": _fixed(10, 31),
    r"all saints(?:'s)?(?: day)?": _fixed(11, 1),
    r"singles(?:'s)? day": _fixed(11, 11),
    r"(?:saint |st |st\. )?nicholas(?: day)?": _fixed(12, 6),
    r"(?:christmas|xmas) eve": _fixed(12, 24),
    r"boxing day|saint stephen(?:s|'s)? day": _fixed(12, 26),
    r"(?:christmas|xmas)(?: day)?": _fixed(12, 25),
    r"good friday": _after_easter(-2),
    r"easter monday": _after_easter(1),
    r"ascension(?: day)?": _after_easter(39),
    r"whit monday|pentecost monday": _after_easter(50),
    r"pentecost|whit sunday": _after_easter(49),
    r"easter(?: sunday)?": _after_easter(0),
    r"thanksgiving(?: day)?": _after_thanksgiving(0),
    r"black friday": _after_thanksgiving(1),
    r"cyber monday": _after_thanksgiving(4),
}

FEASTS: Final[tuple[tuple[str, Anchor], ...]] = tuple(
    (rf"(?:{pattern})\b", yearly(Unit.DAY, at)) for pattern, at in _FEASTS.items()
)
"""(pattern, anchor), the more telling name first."""
