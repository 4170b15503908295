"""From what the database counted in one period to the measure's values. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.store.statistics.calendar import NO_CALENDAR, Calendar
from services.store.statistics.keys import Keys, time_dimensions, time_part
from services.store.statistics.question import Measure, StatsQuery
from services.store.statistics.shares import denominator_dimensions
from services.store.statistics.sql import CONFIDENCE_UNITS


class Tally(NamedTuple):
    """What a statement counted: the measure's amount, and the messages it was counted over."""

    amount: int
    messages: int


NOTHING: Final = Tally(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodCounts:
    """Everything counted in one period. `share_…`: the denominators of a share, empty for the other measures."""

    calendar: Calendar
    total: Tally
    rows: Mapping[Keys, Tally]
    share_total: Tally
    share_rows: Mapping[Keys, Tally]


NO_COUNTS: Final = PeriodCounts(calendar=NO_CALENDAR, total=NOTHING, rows={}, share_total=NOTHING, share_rows={})
"""A period without a single message in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodValues:
    """The values of one period. `slots`: every combination of time keys it touches → local days on which it does."""

    rows: Mapping[Keys, float]
    total: float
    slots: Mapping[Keys, int]


def period_values(query: StatsQuery, counts: PeriodCounts) -> PeriodValues:
    """The measure over each row and over all. Where there is nothing to divide by, the value is 0.

    A grouping by times alone has a row for every combination the period touches, messages or not; any other has rows
    for what occurs.
    """
    times = time_dimensions(query.group_by)
    slots: Mapping[Keys, int] = counts.calendar.slots(times) if times else {(): counts.calendar.days}
    total = _quotient(counts.total.amount, _total_base(query, counts))
    rows: dict[Keys, float] = {} if query.group_by else {(): total}
    if times == query.group_by != ():
        rows.update(dict.fromkeys(slots, 0.0))
    if denominator_dimensions(query) == query.group_by:
        rows.update(dict.fromkeys(counts.share_rows, 0.0))
    rows.update(_row_values(query, counts, slots))
    return PeriodValues(rows=rows, total=total, slots=slots)


def _quotient(amount: int, base: int) -> float:
    return amount / base if base else 0.0


def _total_base(query: StatsQuery, counts: PeriodCounts) -> int:
    match query.measure:
        case Measure.SHARE:
            return counts.share_total.messages
        case Measure.PER_DAY_AVERAGE:
            return counts.calendar.days
        case Measure.MEAN_CONFIDENCE:
            return counts.total.messages * CONFIDENCE_UNITS
        case _:
            return 1


def _row_values(query: StatsQuery, counts: PeriodCounts, slots: Mapping[Keys, int]) -> dict[Keys, float]:
    base = _row_base(query, counts, slots)
    if base is None:
        return {keys: float(tally.amount) for keys, tally in counts.rows.items()}
    return {keys: _quotient(tally.amount, base(keys, tally)) for keys, tally in counts.rows.items()}


def _row_base(
    query: StatsQuery, counts: PeriodCounts, slots: Mapping[Keys, int]
) -> Callable[[Keys, Tally], int] | None:
    """What a row's amount is divided by; None where it is the value."""
    match query.measure:
        case Measure.SHARE:
            return _share_base(query, counts)
        case Measure.PER_DAY_AVERAGE:
            return lambda keys, _: slots[time_part(keys, query.group_by)]
        case Measure.MEAN_CONFIDENCE:
            return lambda _, tally: tally.messages * CONFIDENCE_UNITS
        case _:
            return None


def _share_base(query: StatsQuery, counts: PeriodCounts) -> Callable[[Keys, Tally], int]:
    kept = denominator_dimensions(query)
    places = [place for place, name in enumerate(query.group_by) if name in kept]
    if not places:
        return lambda _keys, _tally: counts.share_total.messages
    return lambda keys, _: counts.share_rows[tuple(keys[place] for place in places)].messages
