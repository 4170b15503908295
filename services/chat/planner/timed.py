"""When: the period a turn names or keeps for a query, the one it compares with, and what to ask where that is open."""

import re
from dataclasses import replace
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Vague
from services.chat.planner.asking import Question, sentence
from services.chat.planner.contrast import contrasted
from services.chat.planner.periods import period_of, time_range, timing_of
from services.chat.planner.read import Turn
from services.chat.planner.rows import told_apart
from services.chat.planner.timing import Timing, beside, compared_with_previous, whole_earlier
from services.chat.question import Dimension, Operation, StatsQuery

_SERIES: Final = tuple((dimension,) for dimension in (Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH))
_ADDED: Final = re.compile(
    r"^(?:(?:and|but|also|plus|add|include|including|then|now|ok|please|show|give|me|it|the|for|in|on|,) )*§\d+"
    r"(?: (?:too|also|as well|please|,|\?|!))*$"
)
_PERIODS: Final = (
    "this week compared with last week",
    "last week compared with the week before",
    "last month compared with the month before",
)


def timed(turn: Turn, query: StatsQuery, operation: Operation, clock: Clock) -> tuple[StatsQuery, bool] | Question:
    """The query with the period that the turn names or keeps, and whether only its elapsed part is compared; or what
    has to be asked first.
    """
    reading = turn.reading
    in_force = Timing(period=period_of(query.range, clock), earlier=period_of(query.compare_to, clock))
    trend = reading.grouping is not None and reading.grouping.trend
    series = reading.grouping is not None and reading.grouping.is_series
    found = timing_of(
        turn.dates,
        in_force,
        clock,
        contrast=(reading.period_contrast or (reading.contrast and turn.names_two_units) or side_by_side(turn, query))
        and operation is not Operation.SPIKES
        and not (trend and len(turn.dates) < 2)
        and not _entities_only(turn),
        changes=reading.changes and not (series or operation is Operation.SPIKES or _entities_only(turn)),
        of_a_year=reading.another_year,
    )
    if isinstance(found, Vague):
        return _which_period(found, query)
    explains = operation is Operation.EXPLAIN_CHANGE
    if found is not None and _adds_period(turn):
        found = beside(found, in_force, as_one=query.group_by[:1] in _SERIES or operation is not Operation.STATS)
        if isinstance(found, Vague):
            return _which_period(found, query)
    timing = found or _without_dates(turn, in_force, clock, explains=explains, trend=series)
    if timing is not None and timing.elapsed and reading.whole:
        timing = whole_earlier(timing)
    if timing is None:
        return replace(which_periods(query), operation=operation if explains else None)
    if explains and timing.period is not None and timing.earlier is None:
        timing = compared_with_previous(timing.period, clock)
    query = replace(query, range=time_range(timing.period, clock), compare_to=time_range(timing.earlier, clock))
    return query, timing.elapsed


def _adds_period(turn: Turn) -> bool:
    """Whether the turn is nothing but one more period: "September too"."""
    return turn.reading.adds and bool(_ADDED.search(turn.reading.text))


def side_by_side(turn: Turn, query: StatsQuery) -> bool:
    """Whether two periods, and nothing else, are wanted beside each other: "September and October side by side"."""
    grouping = turn.reading.grouping
    apart = grouping is not None and grouping.apart and not grouping.dimensions
    return apart and len(turn.dates) == 2 and not told_apart(query.filters)


def _entities_only(turn: Turn) -> bool:
    """Whether the comparison is between things, not periods."""
    return len(turn.dates) < 2 and bool(contrasted(turn.reading, turn.reading.items))


def _without_dates(turn: Turn, in_force: Timing, clock: Clock, *, explains: bool, trend: bool) -> Timing | None:
    """The timing in force, compared where the turn asks what changed; None where it names nothing to compare."""
    changes = turn.reading.changes and not (trend or turn.reading.operation is Operation.SPIKES or _entities_only(turn))
    if in_force.period is None or in_force.period.start is None:
        grouping = turn.reading.grouping
        if explains or (changes and (grouping is None or grouping.limit or grouping.ranked)):
            return None
        return in_force
    if (changes or explains) and in_force.earlier is None:
        return compared_with_previous(in_force.period, clock)
    return in_force


def which_periods(query: StatsQuery) -> Question:
    """The question to ask where something is compared and no periods are named."""
    choices = tuple(sentence(query, phrase) for phrase in _PERIODS)
    return Question(reason="Which periods should I compare?", choices=choices, query=query)


def _which_period(vague: Vague, query: StatsQuery) -> Question:
    phrases = vague.choices or ("last week", "last month", "in the last 30 days")
    return Question(reason=vague.reason, choices=tuple(sentence(query, phrase) for phrase in phrases), query=query)
