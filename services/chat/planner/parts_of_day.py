"""Parts of a day said of several days: "and at night?" after a week, "mornings vs evenings last month". Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.chat.dates.period import DayHours
from services.chat.dates.resolve import Settled
from services.chat.planner.local_times import LocalTimes, is_longer, whole_hours
from services.chat.planner.merge import is_short
from services.chat.planner.read import Turn
from services.chat.planner.reading import Grouping
from services.chat.question import Dimension, Interpretation, Measure

_SIDES: Final = 2


def in_the_period(turn: Turn, base: Interpretation | None) -> Turn:
    """A turn whose hours of a day are those of every day of the period that it names or that is in force.

    Two parts of the day set against each other are told hour by hour, since one count cannot tell them apart.
    """
    parts = [value for value in turn.dates if isinstance(value, DayHours)]
    others = tuple(value for value in turn.dates if not isinstance(value, DayHours))
    in_force = base is not None and base.query.range is not None and not is_short(base.query)
    if turn.reading.contrast:
        longer = all(map(is_longer, others)) if others else in_force
        both = len(parts) == _SIDES and all(part.whole_part for part in parts)
        return _hour_by_hour(turn, parts, others) if both and longer and len(others) <= 1 else turn
    alone = base is None or base.query.range is None
    if others or len(parts) != 1 or not (in_force or (alone and turn.reading.measure is Measure.SHARE)):
        return turn
    hours = whole_hours(parts[0])
    return _at(turn, hours, ()) if hours else turn


def _hour_by_hour(turn: Turn, parts: Sequence[DayHours], others: tuple[Settled, ...]) -> Turn:
    hours = sorted({hour for part in parts for hour in whole_hours(part)})
    turn = _at(turn, tuple(hours), others)
    grouping = turn.reading.grouping or Grouping(dimensions=(Dimension.HOUR,))
    return replace(turn, reading=replace(turn.reading, contrast=False, period_contrast=False, grouping=grouping))


def _at(turn: Turn, hours: tuple[int, ...], others: tuple[Settled, ...]) -> Turn:
    only = LocalTimes(hours=hours, weekdays=turn.reading.times.only.weekdays)
    times = replace(turn.reading.times, only=only)
    return replace(turn, dates=others, reading=replace(turn.reading, times=times))
