"""Dates in words: days, months, quarters, halves, weekdays, feasts and years, mostly without their year."""

from datetime import datetime
from typing import Final

from services.chat.dates.feasts import FEASTS
from services.chat.dates.names import (
    DAY,
    MONTH,
    ORDINAL,
    SHORT_YEAR,
    WEEKDAY,
    YEAR,
    day_of,
    month_of,
    ordinal_of,
    weekday_of,
    year_of,
)
from services.chat.dates.numeric import NO_SUCH_DAY
from services.chat.dates.period import (
    Anchor,
    Period,
    Unit,
    Value,
    containing,
    day,
    monthly,
    weekly,
    yearly,
)
from services.chat.dates.rewriting import Build, Hit, Rule, Scene, rule

_THE: Final = r"(?:(?:on|in|at|during|over) )?(?:the )?"
_WEEKDAY: Final = rf"(?:(?:on )?{WEEKDAY} (?:, )?(?:the )?)?"
_YEAR: Final = rf"(?: (?:, |of |in )?(?P<y>{YEAR})| (?P<short>{SHORT_YEAR}))?"
_MONTH: Final = rf"(?P<m>{MONTH})\.?"
_DAY: Final = rf"(?P<d>{DAY})"
_ORDINAL_DAY: Final = r"(?P<d>\d{1,2}(?:st|nd|rd|th))"
_NTH: Final = (
    rf"(?:(?:on )?the {_ORDINAL_DAY}|on {_ORDINAL_DAY.replace('<d>', '<d2>')}"
    rf"|{_ORDINAL_DAY.replace('<d>', '<d3>')}(?= (?:to|-|and|until|till|of|,|\?)|$))"
    r"(?! (?:week|day|month|quarter|half|weekend|most|one|row|item|entry|result|busiest|quietest|calmest|biggest"
    r"|largest|highest|lowest|smallest|worst|best|main|top|least|§|\d)"
    r"|(?: \w+)? (?:message|complaint|question|answer|request|ticket|contact|reply|topic|reason|deposit|withdrawal"
    r"|bonus|payout|login|account|game|bet|try|attempt|time|party)\b)"
)


def _at_start_of(year: int, month: int) -> datetime:
    return datetime(year, month, 1)  # noqa: DTZ001 - a wall date


def _dated(hit: Hit, _: Scene) -> Value | None:
    month, number = month_of(hit["m"]), day_of(hit["d"])
    written = hit["y"] or hit["short"]
    if written:
        return day(year_of(written), month, number) or NO_SUCH_DAY
    if day(2024, month, number) is None:
        return NO_SUCH_DAY
    return yearly(Unit.DAY, lambda year: day(year, month, number))


def _month(hit: Hit, _: Scene) -> Value | None:
    return _in_year(hit, Unit.MONTH, month_of(hit["m"]))


def _in_year(hit: Hit, unit: Unit, first_month: int) -> Period | Anchor:
    written = hit["y"] or hit["short"]
    if written:
        return containing(_at_start_of(year_of(written), first_month), unit)
    return yearly(unit, lambda year: containing(_at_start_of(year, first_month), unit))


def _quarter(hit: Hit, _: Scene) -> Value | None:
    number = ordinal_of(hit["n"]) if hit["n"] else int(hit["q"])
    if number == -1:
        number = 4
    return _in_year(hit, Unit.QUARTER, 3 * number - 2) if 1 <= number <= 4 else None


def _half(hit: Hit, _: Scene) -> Value | None:
    number = ordinal_of(hit["n"]) if hit["n"] else int(hit["q"])
    return _in_year(hit, Unit.HALF, 6 * number - 5) if number in {1, 2} else None


def _year(hit: Hit, _: Scene) -> Value | None:
    return containing(_at_start_of(int(hit["y"]), 1), Unit.YEAR)


def _no_day(_: Hit, __: Scene) -> Value | None:
    return NO_SUCH_DAY


def _weekday(hit: Hit, _: Scene) -> Value | None:
    return weekly(weekday_of(hit["w"]))


def _day_of_month(hit: Hit, _: Scene) -> Value | None:
    number = day_of(hit["d"] or hit["d2"] or hit["d3"])
    return monthly(number) if number <= 31 else NO_SUCH_DAY


def _feast(anchor: Anchor, unit: Unit) -> Build:
    """The feast's day, or the weekend of its week."""

    def near(local: datetime) -> list[Period]:
        return [p if unit is Unit.DAY else containing(p.start, unit) for p in anchor.near(local) if p.start is not None]

    def build(hit: Hit, _: Scene) -> Value | None:
        written = hit["y"] or hit["short"]
        if not written:
            return Anchor(unit=unit, near=near)
        return next((p for p in near(_at_start_of(year_of(written), 7)) if _is_in(p, year_of(written))), None)

    return build


def _is_in(period: Period, year: int) -> bool:
    return period.start is not None and period.start.year == year


FEAST_DAYS: Final[tuple[Rule, ...]] = (
    *(rule(rf"{_THE}{pattern}{_YEAR} weekend", _feast(anchor, Unit.WEEKEND)) for pattern, anchor in FEASTS),
    *(rule(rf"{_THE}{pattern} weekend{_YEAR}", _feast(anchor, Unit.WEEKEND)) for pattern, anchor in FEASTS),
    *(rule(rf"{_THE}{pattern}{_YEAR}", _feast(anchor, Unit.DAY)) for pattern, anchor in FEASTS),
)
"""Tried before anything that would take their weekdays or weekends."""

_TOO_LATE: Final = r"(?:3[2-9]|[4-9]\d)(?:st|nd|rd|th)?"

NAMED: Final[tuple[Rule, ...]] = (
    rule(rf"(?:on|from|since|until|till|before|after|by|the) {_TOO_LATE} (?:of )?{_MONTH}{_YEAR}", _no_day),
    rule(rf"{_THE}{_WEEKDAY}(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}", _dated),
    rule(rf"{_THE}{_WEEKDAY}{_MONTH} (?:the )?{_DAY}{_YEAR}", _dated),
    rule(rf"(?:in )?(?:the )?(?:q(?P<q>[1-4])|(?P<n>{ORDINAL}) quarter){_YEAR}", _quarter),
    rule(rf"(?:in )?(?:the )?(?:month of )?{_MONTH}{_YEAR}", _month),
    rule(rf"(?:on )?{WEEKDAY} (?:the )?{_ORDINAL_DAY}", _day_of_month),
    rule(rf"(?:on )?(?:the )?(?P<w>(?!\w+days\b){WEEKDAY})", _weekday),
    rule(rf"(?:in )?(?:the )?(?:year )?(?P<y>{YEAR})", _year),
    rule(rf"{_NTH}(?: of the month)?", _day_of_month),
)

HALVES: Final[tuple[Rule, ...]] = (rule(rf"(?:in )?(?:the )?(?:h(?P<q>[12])|(?P<n>1st|2nd) half){_YEAR}", _half),)
"""Tried after "the first half of March" has found its month."""
