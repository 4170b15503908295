"""A bare year after a shorter period: "same for 2025" after "in October" is October 2025. Pure."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period, Shift, Unit, containing, floor
from services.chat.dates.resolve import clipped
from services.chat.dates.shifts import shifted

_CALENDAR: Final = frozenset({Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR})
_OF_ANOTHER: Final = re.compile(
    r"(?:(?:ok|okay|and|but|now|then|the|(?:what |how )?(?:about )?(?:the )?same|thing|question|again|please|show|give"
    r"|me|it|that|this|for|in|of|from|on|vs|versus|with|to|compare|compared|against|,) )+§\d+"
    r"(?: (?:please|too|as well|instead|then))?(?: \?)*"
)
_SAME: Final = re.compile(r"\b(?:same|for|vs|versus|compared?|against)\b")


def is_of_another_year(told: str, dated: str) -> bool:
    """Whether a turn says nothing but that the same is wanted of another period: "same for 2025", "vs last year".

    `told` is its canonical text, `dated` the same with marks for its dates. "And in 2025?" names that year itself.
    """
    return bool(_OF_ANOTHER.fullmatch(dated) and _SAME.search(told))


def same_part(year: Period, in_force: Period | None, clock: Clock) -> Period:
    """The period in force moved into `year`: "same for 2025" after "in October". Else the year itself."""
    if year.unit is not Unit.YEAR or year.start is None or year.end is None or in_force is None:
        return year
    if in_force.start is None or in_force.end is None or _may_be_a_year(in_force, in_force.start):
        return year
    whole = replace(in_force, end=_whole_end(in_force.start, in_force.end, in_force.unit))
    years = year.start.year - in_force.start.year
    moved = shifted(whole, Shift(count=years, unit=Unit.YEAR, same=True)) if years else None
    got = clipped(moved, clock) if moved is not None else None
    return got if isinstance(got, Period) else year


def _may_be_a_year(period: Period, start: datetime) -> bool:
    """Whether a period is a year, or one that has begun: in its first months such a one is no longer than a quarter."""
    begun = period.unit in {Unit.QUARTER, Unit.HALF} and start == floor(start, Unit.YEAR)
    return period.unit is Unit.YEAR or (begun and period.end != containing(start, period.unit).end)


def _whole_end(start: datetime, end: datetime, unit: Unit) -> datetime:
    """The end of the calendar unit that a period has begun, of another period its own."""
    return containing(start, unit).end or end if unit in _CALENDAR and floor(start, unit) == start else end
