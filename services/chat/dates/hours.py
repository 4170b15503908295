"""Clock times and parts of the day, alone or on a named day: "yesterday evening", "between 9 and 12 on Friday"."""

from datetime import timedelta
from typing import Final

from services.chat.dates.names import PART, PARTS_OF_DAY
from services.chat.dates.parts import lifted
from services.chat.dates.period import Anchor, DayHours, Period, Unit, Value, containing, floor
from services.chat.dates.rewriting import MARK, Build, Hit, Rule, Scene, rule

_DAY_LENGTH: Final = timedelta(days=1)
_NOON: Final = timedelta(hours=12)
TIME: Final = r"(?:\d{1,2}[:.h]\d\d(?:am|pm)?|\d{1,2}(?:am|pm)|\d{1,2} o'clock|noon|midday|midnight)"
BARE: Final = r"(?:[01]?\d|2[0-4])"
AND: Final = r"(?:and|to|-|until|till)"
_ON: Final = r"(?:(?:,|on|of|in|at|during) )?(?:the )?"


def _time(word: str) -> timedelta | None:
    """The time of day of "9", "9:30", "9am", "9:30pm", "9 o'clock", "noon"; None past 24:00."""
    named = {"noon": 12, "midday": 12, "midnight": 0}
    if word in named:
        return timedelta(hours=named[word])
    figures = word.removesuffix(" o'clock").replace("h", ":").replace(".", ":")
    half, figures = figures[-2:], figures.removesuffix("am").removesuffix("pm")
    hours, _, minutes = figures.partition(":")
    hour = int(hours)
    if half in {"am", "pm"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    told = timedelta(hours=hour, minutes=int(minutes or 0))
    return told if told <= _DAY_LENGTH and int(minutes or 0) < 60 else None


def _between(hit: Hit, _: Scene) -> Value | None:
    return between(hit["low"], hit["high"])


def between(low: str, high: str) -> DayHours | None:
    """The hours between two times as written: "9" to "5" is 9 to 17, "22:00" to "6" ends on the next day."""
    if low.isdigit() and high[-2:] in {"am", "pm"}:
        low = _same_half(low, high)
    start, end = _time(low), _time(high)
    if start is None or end is None or start == end:
        return None
    if end < start:
        afternoon = high.isdigit() and end + timedelta(hours=12) > start
        end += timedelta(hours=12) if afternoon else _DAY_LENGTH
    return DayHours(start=start, end=end)


def _same_half(low: str, high: str) -> str:
    """Reads "9-11am" as 9am to 11am, "9-5pm" is 9am to 5pm: the half that keeps the order."""
    hours = int("".join(c for c in high.partition(":")[0] if c.isdigit()))
    earlier = int(low) % 12 < hours % 12
    return low + (high[-2:] if earlier else "am")


def _after(hit: Hit, _: Scene) -> Value | None:
    start = _time(hit["low"])
    return DayHours(start=start, end=_DAY_LENGTH) if start is not None and start < _DAY_LENGTH else None


def _until(hit: Hit, _: Scene) -> Value | None:
    end = _time(hit["high"])
    return DayHours(start=timedelta(0), end=end or _DAY_LENGTH) if end is not None else None


def _at(hit: Hit, _: Scene) -> Value | None:
    start = _time(hit["low"])
    if start is None or start >= _DAY_LENGTH:
        return None
    return DayHours(start=start, end=start + timedelta(hours=1))


def _part(hit: Hit, _: Scene) -> Value | None:
    start, end = PARTS_OF_DAY[hit["part"]]
    return DayHours(start=start, end=end, whole_part=True)


def _last_night(_: Hit, scene: Scene) -> Value | None:
    start, end = PARTS_OF_DAY["night"]
    today = containing(scene.local, Unit.DAY)
    over = today.start is not None and today.start + end <= scene.local
    return _on(today if over else containing(scene.local, Unit.DAY, -1), DayHours(start=start, end=end))


def _of_last_night(change: Build) -> Build:
    """`change` read as hours of the last night: from noon on those of yesterday's evening, which may end today."""

    def build(hit: Hit, scene: Scene) -> Value | None:
        hours = change(hit, scene)
        if not isinstance(hours, DayHours):
            return None
        evening = hours.start >= _NOON
        until = _DAY_LENGTH + PARTS_OF_DAY["night"][1] if evening and hours.end == _DAY_LENGTH else hours.end
        return _on(containing(scene.local, Unit.DAY, -1 if evening else 0), DayHours(start=hours.start, end=until))

    return build


def _part_today(hit: Hit, scene: Scene) -> Value | None:
    start, end = PARTS_OF_DAY[hit["part"] or "evening"]
    return _on(containing(scene.local, Unit.DAY), DayHours(start=start, end=end))


def _part_yesterday(hit: Hit, scene: Scene) -> Value | None:
    start, end = PARTS_OF_DAY[hit["part"]]
    return _on(containing(scene.local, Unit.DAY, -1), DayHours(start=start, end=end))


def _on(day: Period, hours: DayHours) -> Period | None:
    if day.start is None or day.unit is not Unit.DAY:
        return None
    return Period(start=day.start + hours.start, end=day.start + hours.end, unit=Unit.PART)


def on_day(day: Value, hours: DayHours) -> Value | None:
    """Those hours of a day, or of every occurrence of a day without its year; None for anything longer."""
    return lifted(day, lambda period: _on(period, hours))


def _joined(hit: Hit, scene: Scene) -> Value | None:
    hours = scene.of(hit["hours"])
    return on_day(scene.of(hit["day"]), hours) if isinstance(hours, DayHours) else None


def _bare_between(hit: Hit, scene: Scene) -> Value | None:
    hours = _between(hit, scene)
    return lifted(scene.of(hit["day"]), lambda day: _within(day, hours)) if isinstance(hours, DayHours) else None


def _within(day: Period, hours: DayHours) -> Period | None:
    """Hours of a day, or of its part: "yesterday afternoon between 2 and 4" is 14 to 16."""
    if day.unit is not Unit.PART or day.start is None:
        return _on(day, hours)
    midnight = floor(day.start, Unit.DAY)
    later = timedelta(hours=12) if midnight + hours.start < day.start else timedelta(0)
    return Period(start=midnight + hours.start + later, end=midnight + hours.end + later, unit=Unit.PART)


def _point(hit: Hit, scene: Scene) -> Value | None:
    time = _time(hit["low"])
    if time is None:
        return None
    at = time
    return lifted(scene.of(hit["day"]), lambda period: _instant(period, at))


def _instant(day: Period, time: timedelta) -> Period | None:
    if day.start is None or day.unit not in {Unit.DAY, Unit.PART}:
        return None
    at = floor(day.start, Unit.DAY) + time
    return Period(start=at, end=at, unit=Unit.MINUTE)


def _since(hit: Hit, scene: Scene) -> Value | None:
    point = _point(hit, scene) if hit["day"] else _today_at(hit, scene)
    return lifted(point, lambda p: Period(start=p.start)) if isinstance(point, Period | Anchor) else None


def _today_at(hit: Hit, scene: Scene) -> Value | None:
    time = _time(hit["alone"])
    return _instant(containing(scene.local, Unit.DAY), time) if time is not None else None


def _today(change: Build) -> Build:
    """`change` read as hours of today."""

    def build(hit: Hit, scene: Scene) -> Value | None:
        hours = change(hit, scene)
        return _on(containing(scene.local, Unit.DAY), hours) if isinstance(hours, DayHours) else None

    return build


_LOW: Final = rf"(?P<low>{TIME})"
_HIGH: Final = rf"(?P<high>{TIME})"
_DAY: Final = rf"(?P<day>{MARK})"

_LAST_NIGHT: Final = r"(?:last night|overnight)"

HOURS: Final[tuple[Rule, ...]] = (
    *(
        rule(pattern, _of_last_night(build))
        for words, build in (
            (rf"(?:between|from) (?P<low>{TIME}|{BARE}) {AND} {_HIGH}", _between),
            (rf"(?:after|from|since|past) {_LOW}", _after),
            (rf"(?:before|until|till|by) {_HIGH}", _until),
            (rf"(?:at|around|about) {_LOW}", _at),
        )
        for pattern in (rf"{words} {_LAST_NIGHT}", rf"{_LAST_NIGHT} {words}")
    ),
    rule(r"last night|overnight", _last_night),
    rule(rf"last (?P<part>{PART})", _part_yesterday),
    rule(rf"this (?P<part>{PART})|tonight", _part_today),
    rule(rf"(?:in the |at |during the |the )?(?P<part>{PART})", _part),
    rule(rf"{_DAY} {_ON}(?P<hours>{MARK})", _joined),
    rule(rf"(?P<hours>{MARK}) {_ON}{_DAY}", _joined),
    rule(rf"(?:between|from) {_LOW} {_ON}{_DAY} {AND} {_HIGH}(?! (?:on )?{MARK})", _bare_between),
    rule(rf"since (?:(?P<low>{BARE}|{TIME}) (?:on )?(?=§){_DAY}|{_LOW.replace('<low>', '<alone>')})", _since),
    rule(rf"(?:(?:between|from) )?(?P<low>{TIME}|{BARE}) {AND} {_HIGH}", _between),
    rule(rf"(?:(?:between|from) )?{_LOW} {AND} (?P<high>{BARE})(?! {MARK})", _between),
    rule(
        rf"(?:(?:between|from) )?(?P<low>{BARE}) {AND} (?P<high>{BARE})(?: (?:hours|o'clock))? {_ON}{_DAY}",
        _bare_between,
    ),
    rule(
        rf"{_DAY} {_ON}(?:(?:between|from) )?(?P<low>{BARE}) {AND} (?P<high>{BARE})(?: (?:hours"
        r"|o'clock))?",
        _bare_between,
    ),
    rule(rf"(?:after|from|past|starting at|as of) {_LOW}(?! (?:on )?{MARK} (?:to|until|till|-))(?: onwards?)?", _after),
    rule(rf"(?:before|until|till|by|up to) {_HIGH}", _until),
    rule(rf"{_DAY} {_ON}(?P<hours>{MARK})", _joined),
    rule(rf"(?P<hours>{MARK}) {_ON}{_DAY}", _joined),
    rule(rf"{_LOW} {_ON}{_DAY}", _point),
    rule(rf"{_DAY} (?:, )?(?:at )?{_LOW}", _point),
    rule(rf"(?:at|around|about) {_LOW}", _at),
    rule(rf"(?:between|from) (?P<low>{BARE}) {AND} (?P<high>{BARE})(?: hours| o'clock)?", _between),
)
