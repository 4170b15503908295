"""Ranges made of named ends: since, until, before, after, between … and …, from … to …."""

from datetime import datetime
from typing import Final

from services.chat.dates.occurrence import latest, upcoming
from services.chat.dates.period import Anchor, Period, Unit, Vague, Value
from services.chat.dates.rewriting import MARK, Hit, Rule, Scene, rule

_TO: Final = r"(?:to|until|till|through|thru|up to|-|\.\.|…)"
_REVERSED: Final = Vague(reason="That range ends before it starts.")


def _end_of(value: Value, scene: Scene) -> Period | None:
    if isinstance(value, Anchor):
        return latest(value, scene.local)
    return value if isinstance(value, Period) else None


def _span(hit: Hit, scene: Scene) -> Value | None:
    """From the first end to the last one, named days included. Ends without a year come as close as they can."""
    low, high = scene.of(hit["low"]), scene.of(hit["high"])
    pair = _pair(low, high, scene.local)
    if pair is None:
        return None
    first, last = pair
    if first.start is None or last.end is None:
        return None
    if last.end <= first.start:
        return _REVERSED
    return Period(start=first.start, end=last.end, unit=Unit.SPAN, parts=(first, last))


def _two_ends(hit: Hit, scene: Scene) -> Value | None:
    """Two periods that are compared, in whichever order they are told."""
    low, high = (_end_of(scene.of(hit[name]), scene) for name in ("low", "high"))
    if low is None or high is None or low.start is None or high.start is None:
        return None
    if high.start >= low.start:
        return _span(hit, scene)
    return Period(start=high.start, end=low.end, unit=Unit.SPAN, parts=(high, low))


def _pair(low: Value, high: Value, local: datetime) -> tuple[Period, Period] | None:
    if isinstance(low, Anchor) and isinstance(high, Anchor):
        first = latest(low, local)
        last = _following(high, first)
    elif isinstance(low, Anchor) and isinstance(high, Period):
        first, last = latest(low, high.start or local), high
    elif isinstance(low, Period) and isinstance(high, Anchor):
        first, last = low, _following(high, low)
    elif isinstance(low, Period) and isinstance(high, Period):
        first, last = low, high
    else:
        return None
    return (first, last) if first is not None and last is not None else None


def _following(anchor: Anchor, first: Period | None) -> Period | None:
    return upcoming(anchor, first.start) if first is not None and first.start is not None else None


def _since(hit: Hit, scene: Scene) -> Value | None:
    period = _end_of(scene.of(hit["low"]), scene)
    return Period(start=period.start) if period and period.start is not None else None


def _until(hit: Hit, scene: Scene) -> Value | None:
    period = _end_of(scene.of(hit["high"]), scene)
    return Period(end=period.end) if period and period.end is not None else None


def _before(hit: Hit, scene: Scene) -> Value | None:
    period = _end_of(scene.of(hit["high"]), scene)
    return Period(end=period.start) if period and period.start is not None else None


def _after(hit: Hit, scene: Scene) -> Value | None:
    period = _end_of(scene.of(hit["low"]), scene)
    return Period(start=period.end) if period and period.end is not None else None


def _named(hit: Hit, scene: Scene) -> Value | None:
    return scene.of(hit["low"])


_LOW: Final = rf"(?:the )?(?P<low>{MARK})"
_HIGH: Final = rf"(?:the )?(?P<high>{MARK})"

_COMPARED: Final = "|".join(rf"(?<={word} )" for word in ("difference", "differ", "compare", "comparison", "changed"))

COMPOUND: Final[tuple[Rule, ...]] = (
    rule(rf"(?:{_COMPARED})between {_LOW} and {_HIGH}", _two_ends),
    rule(rf"(?:in )?(?:between|from) {_LOW} and {_HIGH}", _span),
    rule(rf"(?:(?:between|from|starting(?: from)?|since) )?{_LOW} (?:and )?{_TO} {_HIGH}", _span),
    rule(rf"not (?:earlier than|before|prior to) {_LOW}", _since),
    rule(rf"(?:(?:from|since|starting|starting from) )?{_LOW} (?:to|until|till|up to) now", _since),
    rule(rf"(?:ever )?since {_LOW}", _since),
    rule(rf"(?:starting|beginning|commencing) (?:(?:from|on|with|in|at) )?{_LOW}(?: onwards?)?", _since),
    rule(rf"(?:as )?from {_LOW} (?:on|onwards?|forward|upwards?)", _since),
    rule(rf"{_LOW} (?:onwards?|and (?:later|after)|or later)", _since),
    rule(
        rf"(?:(?:up )?until|till|up to(?: and including)?|through|thru|by|not later than|no later than) {_HIGH}", _until
    ),
    rule(rf"(?:before|prior to|earlier than|preceding) {_HIGH}", _before),
    rule(rf"(?:after|later than|following|past) {_LOW}", _after),
    rule(rf"(?:in|(?<!up )(?<!down )on|during|over|for|within|throughout|across|at|around|dated) {_LOW}", _named),
)
"""A mark after "in" or "on" takes the preposition with it, so that no later reader mistakes it."""
