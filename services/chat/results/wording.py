"""How numbers, days and times are put into English. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number(value: float) -> str:
    """A count with thousands separators; one or more decimals only where the value is no whole number."""
    if abs(value - round(value)) < 1e-9:
        return f"{round(value):,}"
    return f"{value:,.1f}" if abs(value) >= 0.1 else f"{value:.3g}"


def percent(fraction: float) -> str:
    """A fraction of one as a percentage with at most one decimal ("12.5%", "8%"), two for small ones."""
    value = 100 * fraction
    digits = 1 if abs(value) >= 0.1 or value == 0 else 2
    text = f"{value:.{digits}f}"
    if value and float(text) == 0:
        return "less than 0.01%"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def signed_percent(fraction: float) -> str:
    """A change in percent with its sign ("+12.5%", "−3%")."""
    return ("+" if fraction > 0 else "−" if fraction < 0 else "") + percent(abs(fraction))


def plural(count: float, singular: str, more: str = "") -> str:
    """The noun that goes with a count: "message" for exactly one, else "messages" or `more`."""
    return singular if count == 1 else more or singular + "s"


def day(value: date, *, year: bool = True) -> str:
    """A date as "1 February 2026"."""
    return f"{value.day} {MONTHS[value.month - 1]}" + (f" {value.year}" if year else "")


def weekday_and_day(value: date) -> str:
    """A date as "Saturday 14 February 2026"."""
    return f"{WEEKDAYS[value.weekday()]} {day(value)}"


def _is_month_end(value: date) -> bool:
    return (value + timedelta(days=1)).day == 1


def days(first: date, last: date) -> str:
    """A span of whole days, both included, as briefly as people write it: "February 2026", "1–28 February 2026"."""
    if first == last:
        return day(first)
    if first.day == 1 and _is_month_end(last):
        if (first.year, first.month) == (last.year, last.month):
            return f"{MONTHS[first.month - 1]} {first.year}"
        if (first.month, last.month) == (1, 12) and first.year == last.year:
            return str(first.year)
        return f"{MONTHS[first.month - 1]} {first.year} to {MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{day(first, year=first.year != last.year)} to {day(last)}"


def clock(value: datetime) -> str:
    """A time of day as "14:05"."""
    return f"{value.hour:02}:{value.minute:02}"


def hour(value: int) -> str:
    """One hour of the day: "14:00–15:00"."""
    return f"{value:02}:00–{value + 1:02}:00"


def listed(words: list[str], link: str = "and") -> str:
    """Words as "a, b and c"."""
    return f" {link} ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
