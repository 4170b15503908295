"""Numerals as models write them: lies in every way of writing a number, truths as they may rightly be said. Pure."""

import random
from typing import Final

from services.chat.question import StatsResult
from services.chat.results.row_names import row_name
from services.chat.results.wording import MONTHS

_DIGITS: Final = ("٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９")
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(value: int) -> str:
    """A number below a million in English words."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        rest = value % 10
        return _TENS[value // 10 - 2] + (f"-{_ONES[rest]}" if rest else "")
    unit, name = (100, "hundred") if value < 1_000 else (1_000, "thousand")
    rest = value % unit
    joined = " and " if unit == 100 or rest < 100 else " "
    return f"{in_words(value // unit)} {name}" + (f"{joined}{in_words(rest)}" if rest else "")


def lies_of(value: int, chance: random.Random) -> list[str]:
    """The value in every way a number can be written."""
    grouped = f"{value:,}"
    written = [
        str(value), grouped, grouped.replace(",", "."), grouped.replace(",", " "), grouped.replace(",", "\u202f"),
        grouped.replace(",", "'"), f"{value}.0", "**".join(str(value)),
        *(str(value).translate(str.maketrans("0123456789", digits)) for digits in _DIGITS),
    ]  # fmt: skip
    if value < 1_000_000:
        written.append(in_words(value))
    if value >= 10_000:
        written += [f"{value / 1000:.1f}k", f"{value / 1000:.1f} thousand"]
    if value < 100:
        written += [f"{value}%", f"{value}.{chance.randint(1, 9)} percent", f"{in_words(value)} per cent", f"{value}x"]
        written += [f"the {value}th", f"{value}–{value + 3}"]
    return [*written, f"{chance.randint(1, 28)} {chance.choice(MONTHS)} 20{chance.randint(31, 79)}"]


def truths_of(result: StatsResult) -> list[tuple[str, str]]:
    """(line, numeral in it) for what a truthful model may say of a result by category with a comparison."""
    total, before = int(result.total), int(result.compare_total or 0)
    gap, change = abs(total - before), 100 * (total - before) / before
    said = [(f"There were {n} messages.", n) for n in _spellings(total)]
    said += [(f"It was {n} in the period before.", n) for n in _spellings(before)]
    said += [(f"That is a difference of {n} messages.", n) for n in _spellings(gap)]
    said += [(f"The change is {n}.", n) for n in (f"{change:+.1f}%", f"{change:+.1f} percent")]
    said.append(("In all {{q1.total}} came in.", f"{total:,}"))
    start = result.range.start
    if start is not None:
        month = f"{MONTHS[start.month - 1]} {start.year}"
        said += [(f"The period is {month}.", month), (f"It begins on 1 {month}.", f"1 {month}")]
    for place, row in enumerate(result.rows):
        name = row_name(result.query.group_by[0], row.keys[0][1])
        share = 100 * row.value / result.total
        said += [(f"- {name}: {n}", n) for n in _spellings(int(row.value))]
        said += [(f"- {name}: {n} of all", n) for n in (f"{share:.1f}%", f"{share:.0f} %")]
        said.append((f"- {name}: {{{{q1.rows[{place}].value}}}}", f"{int(row.value):,}"))
    return said


def _spellings(value: int) -> list[str]:
    grouped = f"{value:,}"
    spaced = [grouped.replace(",", mark) for mark in (" ", "\u202f", ".")]
    words = [in_words(value)] if value < 1_000_000 else []
    return [str(value), grouped, *spaced, f"{value / 1000:.1f}k", f"about {round(value, -2):,}", *words]
