"""Phrases told from now: yesterday, this and last, rolling spans, "three weeks ago", year to date, vague words."""

from datetime import timedelta
from typing import Final

from services.chat.dates.names import MONTH, UNIT, WEEKDAY, YEAR, unit_of, weekday_of
from services.chat.dates.occurrence import latest, whole
from services.chat.dates.period import (
    Period,
    Several,
    Shift,
    Unit,
    Vague,
    Value,
    containing,
    floor,
    step,
    weekly,
)
from services.chat.dates.rewriting import Build, Hit, Rule, Scene, rule

_LAST: Final = r"(?:last|past|recent|latest|trailing|rolling|most recent)"
_BEFORE: Final = r"(?:previous|preceding|prior)"
_IN: Final = r"(?:(?:in|over|during|for|within|across|throughout) )?(?:(?:the|these|those|our|this) )?"
_COUNT: Final = r"(?P<count>\d{1,6})"
_UNIT: Final = rf"(?P<unit>{UNIT})"
_NOT_OF: Final = (
    rf"(?! (?:of|in) (?:(?:the|current|previous|past|whole|entire) )*(?:{MONTH}|{YEAR}|[qh]\d|§|\d|last|this|next"
    rf"|{UNIT}|summer|winter|spring|autumn|half))"
)
_WHOLE: Final = r"(?:whole|full|complete|completed|entire|calendar)"
_TO_DATE: Final = {"y": Unit.YEAR, "q": Unit.QUARTER, "m": Unit.MONTH, "w": Unit.WEEK}
_RECENT: Final = Vague(
    reason="That period can be read in more than one way.",
    choices=("in the last 24 hours", "in the last 7 days", "in the last 30 days"),
)
_SEASON: Final = Vague(
    reason="Seasons have no fixed days here.", choices=("in the last 3 months", "this quarter", "last quarter")
)


def _day(offset: int) -> Build:
    return lambda _, scene: containing(scene.local + timedelta(days=offset), Unit.DAY)


def _running(hit: Hit, scene: Scene) -> Value | None:
    unit = unit_of(hit["unit"])
    return _this_weekend(scene) if unit is Unit.WEEKEND else containing(scene.local, unit)


def _this_weekend(scene: Scene) -> Period:
    return containing(scene.local, Unit.WEEKEND)


def _weekend(_: Hit, scene: Scene) -> Value | None:
    running = _this_weekend(scene)
    begun = running.start is not None and running.start <= scene.local
    return running if begun else containing(scene.local, Unit.WEEKEND, -1)


def _whole_weekend(scene: Scene, back: int = 0) -> Period:
    """The latest whole weekend, or one `back` weekends before it."""
    return containing(scene.local, Unit.WEEKEND, -1 - back)


def _previous(hit: Hit, scene: Scene) -> Value | None:
    """The calendar unit before the running one. The last hour is the exception: nobody means the clock hour."""
    unit = unit_of(hit["unit"])
    if unit <= Unit.HOUR:
        return _rolled(scene, unit, 1)
    return _whole_weekend(scene) if unit is Unit.WEEKEND else containing(scene.local, unit, -1)


def _previous_told(hit: Hit, scene: Scene) -> Value | None:
    unit, fallback = unit_of(hit["unit"]), _previous(hit, scene)
    if not isinstance(fallback, Period):
        return fallback
    return Shift(count=-1, unit=unit, fallback=fallback, calendar=True)


def _before_last(hit: Hit, scene: Scene) -> Value | None:
    unit = unit_of(hit["unit"])
    return _whole_weekend(scene, 1) if unit is Unit.WEEKEND else containing(scene.local, unit, -2)


def _rolled(scene: Scene, unit: Unit, count: int) -> Period:
    """[now - count, now): hours by the instant, days and longer by the wall clock."""
    if unit <= Unit.HOUR:
        length = timedelta(minutes=count) if unit is Unit.MINUTE else timedelta(hours=count)
        start = scene.clock.wall(scene.clock.now - length)
    else:
        start = step(scene.local, unit, -count)
    return Period(start=start, end=scene.local, unit=unit if count == 1 else Unit.SPAN, rolling=True)


def _rolling(hit: Hit, scene: Scene) -> Value | None:
    unit, count = unit_of(hit["unit"]), int(hit["count"] or 1)
    if count == 0:
        return None
    if unit is Unit.WEEKEND:
        return Several(periods=tuple(_whole_weekend(scene, back) for back in range(min(count, 99))))
    return _rolled(scene, unit, count)


def _rolling_before(hit: Hit, scene: Scene) -> Value | None:
    fallback = _rolling(hit, scene)
    if not isinstance(fallback, Period):
        return fallback
    return Shift(count=-int(hit["count"]), unit=unit_of(hit["unit"]), fallback=fallback)


def _whole_units(hit: Hit, scene: Scene) -> Value | None:
    """Read "the last 3 full months": calendar units, the running one left out."""
    unit, count = unit_of(hit["unit"]), int(hit["count"] or 1)
    end = floor(scene.local, unit)
    return Period(start=step(end, unit, -count), end=end, unit=unit if count == 1 else Unit.SPAN)


def _last_weekdays(hit: Hit, scene: Scene) -> Value | None:
    last = whole(weekly(weekday_of(hit["weekday"])), scene.local)
    if last is None or last.start is None:
        return None
    back = range(min(int(hit["count"]), 99))
    return Several(periods=tuple(containing(last.start - timedelta(days=7 * week), Unit.DAY) for week in back))


def _ago(hit: Hit, scene: Scene) -> Value | None:
    unit, count = unit_of(hit["unit"]), int(hit["count"] or 1)
    period = containing(scene.local, unit, -count)
    return Shift(count=-1, unit=unit, same=True, fallback=period) if (unit, count) == (Unit.YEAR, 1) else period


def _day_ago(hit: Hit, scene: Scene) -> Value | None:
    unit, count = unit_of(hit["unit"] or hit["u"]), int(hit["count"] or hit["n"] or 1)
    return containing(step(scene.local, unit, -count), Unit.DAY)


def _weekday_ago(hit: Hit, scene: Scene) -> Value | None:
    found = latest(weekly(weekday_of(hit["weekday"])), scene.local)
    if found is None or found.start is None:
        return None
    return containing(found.start - timedelta(days=7 * int(hit["count"] or 1)), Unit.DAY)


def _weekdays_ago(hit: Hit, scene: Scene) -> Value | None:
    last = whole(weekly(weekday_of(hit["weekday"])), scene.local)
    if last is None or last.start is None or not int(hit["count"]):
        return None
    return containing(last.start - timedelta(days=7 * (int(hit["count"]) - 1)), Unit.DAY)


def _to_date(hit: Hit, scene: Scene) -> Value | None:
    return containing(scene.local, _TO_DATE[hit["letter"][0]])


def _yet_to_come(hit: Hit, scene: Scene) -> Value | None:
    unit, count = unit_of(hit["unit"]), min(int(hit["count"] or 1), 99)
    start = step(floor(scene.local, unit), unit, 1)
    return Period(start=start, end=step(start, unit, count), unit=unit)


def _say(value: Vague) -> Build:
    return lambda _, __: value


RELATIVE: Final[tuple[Rule, ...]] = (
    rule(r"(?:the )?day before yesterday", _day(-2)),
    rule(r"later (?:today|(?:this|the) (?:week|month|quarter|year))|later on", _day(1)),
    rule(r"(?:the )?day after tomorrow", _day(2)),
    rule(rf"(?:the )?{_UNIT} before (?:the )?last(?: (?:one|1|{UNIT}))?", _before_last),
    rule(rf"{_IN}(?:{_LAST}|{_BEFORE}) (?:{_COUNT} )?{_WHOLE} {_UNIT}", _whole_units),
    rule(rf"{_IN}{_LAST} (?:rolling )?{_COUNT} {_UNIT}{_NOT_OF}", _rolling),
    rule(rf"{_IN}{_BEFORE} {_COUNT} {_UNIT}", _rolling_before),
    rule(rf"{_IN}(?:{_LAST}|{_BEFORE}) {_COUNT} (?P<weekday>{WEEKDAY})", _last_weekdays),
    rule(rf"{_COUNT} (?P<weekday>{WEEKDAY}) ago", _weekdays_ago),
    rule(rf"{_COUNT} {_UNIT} (?:to now|until now|up to now)", _rolling),
    rule(rf"{_IN}(?:past|rolling|trailing) (?!weekend){_UNIT}", _rolling),
    rule(rf"(?P<weekday>{WEEKDAY}) (?:{_COUNT}|a) weeks? ago", _weekday_ago),
    rule(rf"(?:{_COUNT}|a|1) weeks? ago (?:on )?(?P<weekday>{WEEKDAY})", _weekday_ago),
    rule(
        rf"(?:{_COUNT}|a|1) {_UNIT} ago today|today (?:{_COUNT.replace('<count>', '<n>')}|a) "
        rf"{_UNIT.replace('<unit>', '<u>')} ago",
        _day_ago,
    ),
    rule(rf"(?:(?:about|around|some|roughly) )?(?:{_COUNT}|a|an) {_UNIT} (?:ago|back)", _ago),
    rule(r"(?:the )?(?P<letter>y|q|m|w)td", _to_date),
    rule(r"(?P<letter>year|quarter|month|week) to (?:date|now)", _to_date),
    rule(rf"(?:so far|up to now|to now) (?:this|in the|in this|of the) {_UNIT}", _running),
    rule(
        rf"(?<!last )(?<!previous )(?<!past )(?:(?:this|the current|current) )?{_UNIT}"
        r" (?:so far|up to now|until now|to now)",
        _running,
    ),
    rule(rf"{_IN}(?:current|running|present|ongoing|this) {_UNIT}", _running),
    rule(rf"this {_UNIT}", _running),
    rule(rf"{_IN}(?:whole|entire|full) {_UNIT}{_NOT_OF}", _running),
    rule(rf"{_IN}(?:last|past) (?P<unit>weekend){_NOT_OF}", _previous),
    rule(r"(?:in )?last (?P<unit>year)(?! of)", _previous),
    rule(rf"{_IN}last {_UNIT}{_NOT_OF}", _previous),
    rule(rf"{_IN}{_BEFORE} {_UNIT}", _previous_told),
    rule(
        r"(?<!\dst )(?<!\dnd )(?<!\drd )(?<!\dth )(?:of|in) the (?P<unit>week|month|quarter|year)"
        r"(?! (?:before|after|of|with|starting|beginning|commencing|ending|containing|to|prior|\d))",
        _running,
    ),
    rule(rf"{_IN}(?:next|coming|upcoming) (?:{_COUNT} )?{_UNIT}", _yet_to_come),
    rule(rf"in {_COUNT} {_UNIT}(?: time)?(?! ago)", _yet_to_come),
    rule(r"today|this very day|the day so far|right now|(?<=and )now(?= [,?]|$)", _day(0)),
    rule(r"yesterday", _day(-1)),
    rule(r"tomorrow", _day(1)),
    rule(
        r"(?<!1st )(?<!2nd )(?<!last )(?:at |on |over |during )?(?:the )?weekend"
        rf"(?! (?:before|after|starting|beginning|commencing|ending)\b){_NOT_OF}",
        _weekend,
    ),
    rule(rf"{_IN}(?:last |past )?(?:few|several|some) {UNIT}(?: (?:ago|back))?", _say(_RECENT)),
    rule(r"(?:in |over |during )?the other (?:day|week|month)", _say(_RECENT)),
    rule(r"recently|lately|these days|nowadays|a while (?:ago|back)|some time ago|the other day", _say(_RECENT)),
    rule(r"(?:in (?:the )?)?(?:last |this |the )?(?:spring|summer|autumn|winter)(?: \d{4})?", _say(_SEASON)),
)
"""In order: the longer phrase first."""
