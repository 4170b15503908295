"""Phrases told from another period ("the week before", "same time last year"), and what they make of it."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from services.chat.dates.names import UNIT, unit_of
from services.chat.dates.parts import lifted
from services.chat.dates.period import MONTHS_IN, Period, Shift, Unit, Value, containing, floor, step
from services.chat.dates.rewriting import MARK, Build, Hit, Rule, Scene, rule

_FINER: Final = r"(?P<finer>time|period|range|dates?|span|days?|week|month|quarter|weekend)"
_UNIT: Final = rf"(?P<unit>{UNIT})"
_GRAINS: Final = {"week": Unit.WEEK, "month": Unit.MONTH, "quarter": Unit.QUARTER, "weekend": Unit.WEEKEND}


def _same(hit: Hit, scene: Scene) -> Value | None:
    unit = unit_of(hit["unit"])
    grain = _GRAINS.get(hit["finer"], Unit.DAY)
    fallback = containing(step(scene.local, unit, -1), grain) if grain < unit or unit is Unit.DAY else None
    return Shift(count=-1, unit=unit, same=True, fallback=fallback)


def _year_back(_: Hit, scene: Scene) -> Value | None:
    day = containing(step(scene.local, Unit.YEAR, -1), Unit.DAY)
    return Shift(count=-1, unit=Unit.YEAR, same=True, fallback=day)


def _steps(direction: int) -> Build:
    def build(hit: Hit, scene: Scene) -> Value | None:
        unit, count = unit_of(hit["unit"]), min(int(hit["count"] or 1), 999)
        fallback = containing(scene.local, unit, -1) if direction < 0 and count == 1 else None
        return Shift(count=direction * count, unit=unit, fallback=fallback)

    return build


def _own_length(direction: int) -> Build:
    return lambda _, __: Shift(count=direction)


def _from_mark(direction: int) -> Build:
    def build(hit: Hit, scene: Scene) -> Value | None:
        shift = Shift(count=direction * min(int(hit["count"] or 1), 999), unit=unit_of(hit["unit"]))
        return lifted(scene.of(hit["base"]), lambda base: shifted(base, shift))

    return build


FROM_ANOTHER: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?:(?:at|in|during|to|with) )?(?:the )?(?:(?:exact )?same|this|corresponding|comparable) {_FINER}"
        rf"(?: (?:in|of|during|the))* (?:last|previous|prior|preceding) {_UNIT}",
        _same,
    ),
    rule(
        rf"(?:(?:at|in|during) )?(?:the )?(?:same|corresponding) {_FINER} (?:a|1|one|the) {_UNIT}"
        r" (?:ago|before|earlier|prior)",
        _same,
    ),
    rule(r"(?:at )?this time (?:a|1|one|the) year (?:ago|before|earlier)", _year_back),
    rule(r"year on year|year over year|yoy|(?:a|1|one) year (?:earlier|before|prior)", _year_back),
)
"""Tried before the phrases told from now, which would take their parts."""

BEFORE_AND_AFTER: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?:in )?(?:the |a |an )?(?:(?P<count>\d{{1,4}}) )?{_UNIT}"
        rf" (?:before|prior to|preceding|leading up to|ahead of|up to) (?P<base>{MARK})",
        _from_mark(-1),
    ),
    rule(
        rf"(?:in )?(?:the |a |an )?(?:(?P<count>\d{{1,4}}) )?{_UNIT} (?:after|following) (?P<base>{MARK})",
        _from_mark(1),
    ),
    rule(
        rf"(?:in )?(?:the |a |an )?(?:(?P<count>\d{{1,4}}) )?{_UNIT} (?:before|earlier|prior)(?: (?:that|it"
        r"|then|this))?",
        _steps(-1),
    ),
    rule(rf"(?:the |a |an )?(?:(?P<count>\d{{1,4}}) )?{_UNIT} (?:after|later)(?: (?:that|it|then|this))?", _steps(1)),
    rule(rf"(?:the )?following {_UNIT}", _steps(1)),
    rule(
        r"(?:the )?(?:previous|preceding|prior|last|earlier) (?:period|one|span|range|interval)"
        r"|(?:the )?(?:period|one|time) before(?: (?:that|it))?|before that|before then|and before(?= [?]|$)",
        _own_length(-1),
    ),
    rule(
        r"(?:the )?(?:period|one) after(?: (?:that|it))?|after that|the (?:next|following) (?:period|one)",
        _own_length(1),
    ),
)
"""Tried once named periods are marks."""


def shifted(base: Period, shift: Shift) -> Period | None:
    """What `shift` makes of `base`; None where `base` is open or the calendar ends."""
    if base.start is None or base.end is None:
        return None
    with suppress(OverflowError, ValueError):
        if shift.same and shift.unit is not None:
            return _moved(base.start, base.end, base, shift.unit, shift.count)
        return _beside(base.start, base.end, base, shift)
    return None


def _moved(start: datetime, end: datetime, base: Period, unit: Unit, count: int) -> Period:
    """The same shape, `count` units on. A calendar week keeps its ISO number in the other year."""
    is_week = floor(start, Unit.WEEK) == start and base.unit is Unit.WEEK
    if unit is Unit.YEAR and is_week:
        delta = _same_iso_week(start, count) - start
        return Period(start=start + delta, end=end + delta, unit=base.unit, rolling=base.rolling)
    return Period(start=step(start, unit, count), end=step(end, unit, count), unit=base.unit, rolling=base.rolling)


def _same_iso_week(monday: datetime, years: int) -> datetime:
    """The Monday of the week with the same ISO number; 28 December always lies in a year's last week."""
    iso = monday.isocalendar()
    last = date(iso.year + years, 12, 28).isocalendar().week
    other = date.fromisocalendar(iso.year + years, min(iso.week, last), 1)
    return datetime(other.year, other.month, other.day)  # noqa: DTZ001 - a wall date


def _beside(start: datetime, end: datetime, base: Period, shift: Shift) -> Period | None:
    unit, count = shift.unit, shift.count
    if unit is None:
        return _own(start, end, base, count)
    if unit is Unit.WEEKEND:
        return containing(start, unit, count) if count < 0 else containing(end, unit, count - 1)
    if unit is Unit.DAY and end - start < timedelta(days=1):
        return _moved(start, end, base, unit, count)  # the same hours
    if shift.calendar and step(start, unit, 1) > end and floor(start, unit) != start:
        return shift.fallback
    if count < 0:
        return Period(start=step(start, unit, count), end=start, unit=_whole_unit(start, unit, count))
    whole_end = step(start, base.unit, 1) if base.unit in _CALENDAR and floor(start, base.unit) == start else end
    return Period(start=whole_end, end=step(whole_end, unit, count), unit=_whole_unit(whole_end, unit, count))


_CALENDAR: Final = {Unit.DAY, Unit.WEEK, *MONTHS_IN}


def _whole_unit(start: datetime, unit: Unit, count: int) -> Unit:
    return unit if abs(count) == 1 and floor(start, unit) == start else Unit.SPAN


def _own(start: datetime, end: datetime, base: Period, count: int) -> Period:
    """The neighbour of the same length: the calendar neighbour of a calendar unit, else as many days or hours."""
    unit = base.unit
    if unit is Unit.WEEKEND:
        return containing(start, unit, count)
    if unit in _CALENDAR and floor(start, unit) == start and not base.rolling:
        return containing(start, unit, count)
    if base.rolling and unit in MONTHS_IN:
        return Period(start=step(start, unit, count), end=start, unit=unit, rolling=True)
    length = end - start if end - start > timedelta(0) else timedelta(days=1)
    moved = (start + length * count, start) if count < 0 else (end, end + length * count)
    return Period(start=moved[0], end=moved[1], unit=Unit.SPAN, rolling=base.rolling)
