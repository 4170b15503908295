"""Parts of a named period: "the first week of March", "late March", "the last day of §", "Monday of last week"."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.chat.dates.names import ORDINAL, UNIT, ordinal_of, unit_of
from services.chat.dates.occurrence import latest, upcoming, whole, within
from services.chat.dates.period import MONTHS_IN, Anchor, Period, Unit, Vague, Value, containing, step
from services.chat.dates.rewriting import MARK, Build, Hit, Rule, Scene, rule

_OF: Final = rf" (?:(?:of|in) )?(?:the )?(?P<holder>{MARK})"
_THE: Final = r"(?:(?:in|on|during|over) )?(?:the )?"


def lifted(value: Value, change: Callable[[Period], Period | None]) -> Value | None:
    """`change` applied to a period, or to every occurrence of an anchor; None for anything else."""
    if isinstance(value, Period):
        return change(value)
    if not isinstance(value, Anchor):
        return None
    anchor = value

    def near(local: datetime) -> list[Period]:
        return [made for period in anchor.near(local) if (made := change(period)) is not None]

    sample = near(datetime(2024, 1, 1))  # noqa: DTZ001 - only asks which unit comes out
    return Anchor(unit=sample[0].unit, near=near) if sample else None


def _beside_named(hit: Hit, scene: Scene) -> Value | None:
    """Read "the Friday before Christmas" as the nearest one on that side."""
    anchor, base = scene.of(hit["anchor"]), scene.of(hit["base"])
    if isinstance(base, Anchor):
        base = latest(base, scene.local) or base
    if not isinstance(anchor, Anchor) or not isinstance(base, Period) or base.start is None or base.end is None:
        return None
    return whole(anchor, base.start) if hit["side"] == "before" else upcoming(anchor, base.end)


def _nth_unit(hit: Hit, scene: Scene) -> Value | None:
    nth, count, unit = ordinal_of(hit["nth"]), int(hit["count"] or 1), unit_of(hit["unit"])
    return lifted(scene.of(hit["holder"]), lambda holder: _slice(holder, unit, nth, count))


def _slice(holder: Period, unit: Unit, nth: int, count: int) -> Period | None:
    """The nth `unit` of `holder`, `count` of them from there (or up to there, for the last)."""
    if holder.start is None or holder.end is None or unit >= holder.unit or unit is Unit.MINUTE:
        return None
    if unit is Unit.WEEKEND or (unit is Unit.WEEK and holder.unit is Unit.YEAR):
        return _nth_of_calendar(holder, unit, nth)
    origin = holder.start if nth > 0 else holder.end
    low, high = (nth - 1, nth - 1 + count) if nth > 0 else (-count, 0)
    start, end = step(origin, unit, low), min(step(origin, unit, high), holder.end)
    whole_one = count == 1 and unit is not Unit.WEEK
    inside = holder.start <= start < end
    return Period(start=start, end=end, unit=unit if whole_one else Unit.SPAN) if inside else None


def _nth_of_calendar(holder: Period, unit: Unit, nth: int) -> Period | None:
    first = containing(holder.start or holder.middle, unit, -1)
    found = []
    while first.start is not None and holder.end is not None and first.start < holder.end:
        if holder.start is not None and holder.start <= first.middle < holder.end:
            found.append(first)
        first = containing(first.start, unit, 1)
    index = nth - 1 if nth > 0 else nth
    return found[index] if -len(found) <= index < len(found) else None


def _nth_occurrence(hit: Hit, scene: Scene) -> Value | None:
    """Read "the second Friday of March": the nth of an anchor's occurrences inside the holder."""
    nth, finer = ordinal_of(hit["nth"]), scene.of(hit["finer"])
    if not isinstance(finer, Anchor):
        return None

    def change(holder: Period) -> Period | None:
        if holder.start is None or holder.end is None or holder.unit <= finer.unit:
            return None
        found = [p for p in finer.near(holder.middle) if holder.start <= p.middle < holder.end]
        index = nth - 1 if nth > 0 else nth
        return found[index] if -len(found) <= index < len(found) else None

    return lifted(scene.of(hit["holder"]), change)


def _half(hit: Hit, scene: Scene) -> Value | None:
    first = ordinal_of(hit["nth"]) == 1

    def change(holder: Period) -> Period | None:
        if holder.start is None or holder.end is None:
            return None
        if holder.unit is Unit.YEAR:
            return containing(step(holder.start, Unit.MONTH, 0 if first else 6), Unit.HALF)
        days = 15 if holder.unit is Unit.MONTH else (holder.end - holder.start).days // 2
        middle = holder.start + timedelta(days=days)
        return Period(start=holder.start if first else middle, end=middle if first else holder.end)

    return lifted(scene.of(hit["holder"]), change)


_THIRDS: Final = {
    "early": (0, 10),
    "start": (0, 10),
    "beginning": (0, 10),
    "mid": (10, 20),
    "middle": (10, 20),
    "late": (20, 31),
    "end": (20, 31),
}
_NO_SUCH_PART: Final = Vague(
    reason="Only months have an early, a middle and a late part here.",
    choices=("this quarter", "last quarter", "last month"),
)
_END_WORDS: Final = ("since", "from", "until", "till", "to", "before", "after", "between", "and", "by", "-", "starting")


def _third(hit: Hit, scene: Scene) -> Value | None:
    """Early, mid and late March are its days 1-10, 11-20 and 21 on; other periods have no such parts."""
    low, high = _THIRDS[hit["third"]]

    def change(holder: Period) -> Period | None:
        if holder.start is None or holder.unit is not Unit.MONTH:
            return None
        days = monthrange(holder.start.year, holder.start.month)[1]
        return Period(
            start=holder.start + timedelta(days=low), end=holder.start + timedelta(days=days if high > 30 else high)
        )

    return lifted(scene.of(hit["holder"]), change) or _NO_SUCH_PART


def _edge(*, at_start: bool) -> Build:
    """The first or last day of a period, as an end of a range ("since the beginning of", "until the end of")."""

    def change(holder: Period) -> Period | None:
        if holder.start is None or holder.end is None or holder.unit <= Unit.DAY:
            return None
        return containing(holder.start if at_start else holder.end - timedelta(days=1), Unit.DAY)

    return lambda hit, scene: lifted(scene.of(hit["holder"]), change)


def _middle_day(hit: Hit, scene: Scene) -> Value | None:
    def change(holder: Period) -> Period | None:
        return containing(holder.start + timedelta(days=14), Unit.DAY) if holder.start else None

    return lifted(scene.of(hit["holder"]), change)


def _week_of(hit: Hit, scene: Scene) -> Value | None:
    unit = Unit.WEEKEND if hit["weekend"] else Unit.WEEK
    return lifted(scene.of(hit["holder"]), lambda p: _holding(p, unit))


def _holding(period: Period, unit: Unit) -> Period | None:
    return containing(period.start, unit) if period.start is not None and period.unit is Unit.DAY else None


def _inside(hit: Hit, scene: Scene) -> Value | None:
    """The finer anchor within the coarser period: "Monday of last week", "March last year", "the 3rd of §"."""
    finer, holder = scene.of(hit["finer"]), scene.of(hit["holder"])
    if isinstance(holder, Anchor):
        holder = latest(holder, scene.local) or holder
    if not isinstance(finer, Anchor) or not isinstance(holder, Period) or holder.unit is Unit.SPAN:
        return None
    return within(finer, holder) if finer.unit < holder.unit and not holder.rolling else None


def _last_named(hit: Hit, scene: Scene) -> Value | None:
    anchor = scene.of(hit["anchor"])
    return whole(anchor, scene.local) if isinstance(anchor, Anchor) else None


def _this_named(hit: Hit, scene: Scene) -> Value | None:
    anchor = scene.of(hit["anchor"])
    if not isinstance(anchor, Anchor):
        return None
    holder = Unit.WEEK if _is_weekly(anchor, scene.local) else Unit.YEAR
    return within(anchor, containing(scene.local, holder))


def _is_weekly(anchor: Anchor, local: datetime) -> bool:
    starts = [p.start for p in anchor.near(local) if p.start is not None][:2]
    return len(starts) == 2 and starts[1] - starts[0] == timedelta(days=7)


def _next_named(hit: Hit, scene: Scene) -> Value | None:
    anchor = scene.of(hit["anchor"])
    return upcoming(anchor, scene.local) if isinstance(anchor, Anchor) else None


def _before_last_named(hit: Hit, scene: Scene) -> Value | None:
    anchor = scene.of(hit["anchor"])
    if not isinstance(anchor, Anchor):
        return None
    last = whole(anchor, scene.local)
    return whole(anchor, last.start) if last and last.start else None


def _running_unit(hit: Hit, scene: Scene) -> Value | None:
    value = scene.of(hit["holder"])
    rest = isinstance(value, Period) and value.unit in {Unit.DAY, Unit.WEEK, *MONTHS_IN}
    return replace(value) if isinstance(value, Period) and rest else None


_END: Final = "(?:" + "|".join(rf"(?<={word} )" for word in _END_WORDS) + ")(?:the )?(?:very )?"

PARTS: Final[tuple[Rule, ...]] = (
    rule(rf"{_THE}(?P<nth>{ORDINAL}) (?P<finer>{MARK}) (?:of|in) (?:the )?(?P<holder>{MARK})", _nth_occurrence),
    rule(rf"{_THE}(?P<anchor>{MARK}) before(?: last|(?: that| it)?(?= [,?]|$))", _before_last_named),
    rule(rf"{_THE}(?P<anchor>{MARK}) (?P<side>before|after) (?:the )?(?P<base>{MARK})", _beside_named),
    rule(rf"{_THE}(?:last|previous|past|most recent|latest) (?P<anchor>{MARK})", _last_named),
    rule(rf"{_THE}(?:this|current) (?P<anchor>{MARK})", _this_named),
    rule(rf"{_THE}(?:next|coming|upcoming) (?P<anchor>{MARK})", _next_named),
    rule(rf"(?P<finer>{MARK}) (?:(?:of|in|,|on) )?(?:the )?(?P<holder>{MARK})", _inside),
    rule(rf"(?P<holder>{MARK}) (?:(?:,|on|in) )?(?:the )?(?P<finer>{MARK})", _inside),
    rule(rf"{_THE}(?P<nth>{ORDINAL}) (?:(?P<count>\d{{1,3}}) )?(?P<unit>{UNIT}){_OF}", _nth_unit),
    rule(rf"{_THE}(?P<nth>1st|2nd|last) half{_OF}", _half),
    rule(rf"{_END}(?:start|beginning){_OF}", _edge(at_start=True)),
    rule(rf"{_END}(?:end|close){_OF}", _edge(at_start=False)),
    rule(rf"{_END}(?:mid|middle){_OF}", _middle_day),
    rule(
        rf"{_THE}(?P<third>early|mid|late|start|beginning|middle|end)(?: in"
        rf"| of)? (?:the )?(?P<holder>{MARK})",
        _third,
    ),
    rule(
        rf"{_THE}(?:week(?P<weekend>end)?|wk|w/c)"
        r"(?: (?:of|from|commencing|starting|beginning|ending|containing|with|around))?"
        rf"(?: on)? (?:the )?(?P<holder>{MARK})",
        _week_of,
    ),
    rule(rf"{_THE}(?P<holder>{MARK}) week", _week_of),
    rule(rf"(?:the )?(?:rest|whole|entirety|course|entire|all) of (?P<holder>{MARK})", _running_unit),
    rule(rf"(?:the )?(?:whole|entire|all|full) (?P<holder>{MARK})", _running_unit),
)
