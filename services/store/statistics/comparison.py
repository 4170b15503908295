"""Two periods side by side: which row of one stands beside which row of the other. Pure.

Days, weeks and months are matched by their position in their period, all other keys by themselves: the hour 09 stands
beside the hour 09 and a Monday beside a Monday, on whichever day the periods begin.
"""

from collections.abc import Mapping
from typing import TypeAlias

from services.store.statistics.keys import Keys, time_dimensions, time_part
from services.store.statistics.question import RUNNING_DIMENSIONS, Dimension, StatsRow
from services.store.statistics.values import PeriodValues

_Translation: TypeAlias = Mapping[int, Mapping[str, str]]
"""Place of a running dimension in the keys → its keys in one period → the keys at the same positions in the other."""


def compared_rows(dimensions: tuple[Dimension, ...], now: PeriodValues, before: PeriodValues) -> list[StatsRow]:
    """The rows of `now` and those that occur only in `before`, as far as `now` has their time, with both values.

    `compare_value` is None where `before` has no such time.
    """
    there, back = _translation(dimensions, now, before), _translation(dimensions, before, now)
    rows = dict(now.rows)
    for keys in before.rows:
        counterpart = _counterpart(keys, dimensions, back, now)
        if counterpart is not None:
            rows.setdefault(counterpart, 0.0)
    return [
        StatsRow(keys=keys, value=value, compare_value=_value(before, _counterpart(keys, dimensions, there, before)))
        for keys, value in rows.items()
    ]


def _value(period: PeriodValues, keys: Keys | None) -> float | None:
    return None if keys is None else period.rows.get(keys, 0.0)


def _translation(dimensions: tuple[Dimension, ...], source: PeriodValues, target: PeriodValues) -> _Translation:
    times = time_dimensions(dimensions)
    running = ((dimensions.index(name), times.index(name)) for name in times if name in RUNNING_DIMENSIONS)
    # Not strict: what one period has more than the other stands beside nothing.
    return {place: dict(zip(_ordered(source, slot), _ordered(target, slot), strict=False)) for place, slot in running}


def _ordered(period: PeriodValues, place: int) -> list[str]:
    return sorted({slot[place] for slot in period.slots})


def _counterpart(
    keys: Keys, dimensions: tuple[Dimension, ...], translation: _Translation, target: PeriodValues
) -> Keys | None:
    """The keys of the row of `target` that stands beside the row `keys`; None where it has no such time."""
    translated = list(keys)
    for place, table in translation.items():
        if keys[place] not in table:
            return None
        translated[place] = table[keys[place]]
    counterpart = tuple(translated)
    return counterpart if time_part(counterpart, dimensions) in target.slots else None
