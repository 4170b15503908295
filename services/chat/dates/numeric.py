"""Dates in figures: ISO 8601 dates, weeks, months and times; day-first European ones with dots, slashes and dashes."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.chat.dates.names import year_of
from services.chat.dates.period import Period, Unit, Vague, Value, containing, day, yearly
from services.chat.dates.rewriting import Hit, Rule, Scene, rule

NO_SUCH_DAY: Final = Vague(reason="The calendar has no such day.")


def _date(hit: Hit, _: Scene) -> Value | None:
    return day(year_of(hit["y"]), int(hit["m"]), int(hit["d"])) or NO_SUCH_DAY


def _day_and_month(hit: Hit, _: Scene) -> Value | None:
    month, number = int(hit["m"]), int(hit["d"])
    if day(2024, month, number) is None:
        return NO_SUCH_DAY if hit["sure"] else None
    return yearly(Unit.DAY, lambda year: day(year, month, number))


def _month(hit: Hit, _: Scene) -> Value | None:
    first = day(int(hit["y"]), int(hit["m"]), 1)
    return containing(first.start, Unit.MONTH) if first and first.start else NO_SUCH_DAY


def _iso_week(hit: Hit, _: Scene) -> Value | None:
    try:
        monday = date.fromisocalendar(int(hit["y"]), int(hit["w"]), 1)
    except ValueError:
        return Vague(reason="That year has no such week.")
    return containing(datetime(monday.year, monday.month, monday.day), Unit.WEEK)  # noqa: DTZ001 - a wall date


def _instant(hit: Hit, scene: Scene) -> Value | None:
    """A point in time; with an offset it is an instant, without one a wall time of the caller."""
    try:
        told = datetime.fromisoformat(hit["iso"].upper())
    except ValueError:
        return NO_SUCH_DAY
    wall = told if told.tzinfo is None else scene.clock.wall(told.astimezone(UTC))
    return Period(start=wall, end=wall, unit=Unit.MINUTE)


def _iso_day(year: int, week: int, weekday: int) -> Period:
    monday = date.fromisocalendar(year, week, weekday)
    start = datetime(monday.year, monday.month, monday.day)  # noqa: DTZ001 - a wall date
    return Period(start=start, end=start + timedelta(days=7), unit=Unit.WEEK)


def _week_of_year(hit: Hit, _: Scene) -> Value | None:
    number = int(hit["w"])

    def at(year: int) -> Period | None:
        try:
            return _iso_day(year, number, 1)
        except ValueError:
            return None

    return yearly(Unit.WEEK, at) if 1 <= number <= 53 else Vague(reason="A year has at most 53 weeks.")


_Y: Final = r"(?P<y>\d{4})"
_D: Final = r"(?P<d>\d{1,2})"
_M: Final = r"(?P<m>\d{1,2})"
_ON: Final = r"(?:(?:on|dated) )?(?:(?:mon|tues?|weds?|wednes|thu|thurs?|fri|satur|sat|sun)(?:day)? (?:, )?)?"

NUMERIC: Final[tuple[Rule, ...]] = (
    rule(r"(?P<iso>\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)", _instant),
    rule(rf"{_ON}{_Y}[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)", _date),
    rule(r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])", _date),
    rule(rf"{_ON}{_D}(?:\.|/|-){_M}(?:\.|/|-)(?P<y>\d{{4}}|\d\d)", _date),
    rule(rf"{_ON}{_D}\. {_M}\. {_Y}", _date),
    rule(rf"{_ON}{_D}(?P<sure>\.){_M}\.", _day_and_month),
    rule(rf"{_ON}{_D}(?P<sure>/){_M}", _day_and_month),
    rule(rf"on {_D}\.{_M}", _day_and_month),
    rule(rf"{_Y}-?w(?P<w>\d\d?)", _iso_week),
    rule(rf"{_Y}[-/](?P<m>0[1-9]|1[0-2])", _month),
    rule(rf"(?P<m>0?[1-9]|1[0-2])[-/.]{_Y}", _month),
    rule(
        r"(?:in )?(?:the )?(?:iso |calendar )?(?:week|wk|cw|kw)(?: number| no| #)? ?(?P<w>\d\d?)(?:st|nd"
        r"|rd|th)?",
        _week_of_year,
    ),
    rule(r"w(?P<w>\d\d?)", _week_of_year),
)
"""Day-first wherever the order is open, as customers and operators in Europe write."""
