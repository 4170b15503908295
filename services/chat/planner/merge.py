"""A turn merged into what is in force: it replaces what it names and keeps the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period, Vague
from services.chat.lexicon.entry import Kind
from services.chat.lexicon.topics import FAILURES
from services.chat.planner.asking import (
    LEAST_ONLY,
    SHARE_OF_PEOPLE,
    WHICH_STEP,
    WHOLE_TOPICS,
    Question,
    sentence,
    which_topic,
)
from services.chat.planner.contrast import contrasted
from services.chat.planner.filters import MOODS, Edit, edited
from services.chat.planner.forgetting import forgotten
from services.chat.planner.items import Item, Wish
from services.chat.planner.local_times import edited_times
from services.chat.planner.measuring import average_step, is_share_of_people, is_upper_bound
from services.chat.planner.periods import (
    Timing,
    compared_with_previous,
    period_of,
    time_range,
    timing_of,
    whole_earlier,
)
from services.chat.planner.read import Turn
from services.chat.planner.rows import by_listed_units, grouped, told_apart, widens
from services.chat.planner.shares import shared
from services.chat.question import (
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    StatsQuery,
)
from services.chat.results.own_labels import own_labels
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS

_LONGEST_DAY: Final = timedelta(hours=25)
_SAID_OF_TIMES: Final = frozenset({"late", "slow", "lost", "held", "waiting"})
"""States that are as often said of hours and days."""

_PERIODS: Final = (
    "this week compared with last week",
    "last week compared with the week before",
    "last month compared with the month before",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The question after a turn, with notes on how it was read."""

    operation: Operation
    query: StatsQuery
    notes: tuple[str, ...]


def merged(turn: Turn, base: Interpretation | None, clock: Clock) -> Merged | Question:
    """The turn's question, or what has to be asked first."""
    old = base.query if base else StatsQuery(time_zone=clock.zone.key)
    old = replace(old, time_zone=clock.zone.key)
    operation = _operation(turn, base)
    items = _with_states(turn, old.filters)
    cannot = _not_told(turn)
    if cannot is not None:
        return cannot
    if isinstance(items, Question):
        return items
    old = forgotten(old, turn.forgets)
    query = _measured(turn, items, old, operation)
    if isinstance(query, Question):
        return query
    with_period = timed(turn, query, operation, clock)
    if isinstance(with_period, Question):
        return with_period
    query, elapsed = with_period
    if turn.dates and not turn.reading.times and is_short(query):
        query = _at_the_same_times(query, Filters())
    if isinstance(turn.as_of, Period):
        query = replace(query, as_of=clock.instant(turn.as_of.end) if turn.as_of.end else None)
    turn = by_listed_units(turn)
    grouping = turn.reading.grouping
    if grouping is not None and grouping.apart and not grouping.dimensions and not told_apart(query.filters):
        return _which_periods(query)
    query = grouped(turn, items, old, query, operation)
    return Merged(operation=operation, query=query, notes=_notes(turn, query, elapsed=elapsed))


def is_short(query: StatsQuery) -> bool:
    """Whether the period is a day at most, which has its own hours and is no week."""
    span = query.range
    return bool(span and span.start and span.end and span.end - span.start <= _LONGEST_DAY)


def _not_told(turn: Turn) -> Question | None:
    """What to offer in place of a number that cannot be told."""
    if is_share_of_people(turn.reading.text):
        return SHARE_OF_PEOPLE
    if any(item.wish is Wish.ALL and len(item.values) > 1 for item in turn.reading.items):
        return WHOLE_TOPICS
    return LEAST_ONLY if is_upper_bound(turn.reading.text) else None


def _operation(turn: Turn, base: Interpretation | None) -> Operation:
    reading = turn.reading
    if reading.operation is not None:
        return reading.operation
    if base is None or reading.measure is not None:
        return Operation.STATS
    grouped = reading.grouping is not None and (reading.grouping.dimensions or reading.grouping.trend)
    return Operation.STATS if grouped else base.operation


def _with_states(turn: Turn, filters: Filters) -> tuple[Item, ...] | Question:
    """The items, a state without a topic ("only the failed ones") read as one of the topic in force."""
    items = turn.reading.items
    states = [tag for tag in turn.tags if tag.kind is Kind.STATE and tag.values[0] not in {"question", "info"}]
    telling = [tag for tag in states if tag.text not in _SAID_OF_TIMES]
    if not states or any(item.kind in {Kind.CATEGORY, Kind.INTENT} for item in items):
        return items
    topics = filters.categories.any_of or tuple(
        dict.fromkeys(CATEGORY_OF_INTENT[intent] for intent in filters.intents.any_of if intent not in MOODS)
    )
    if not topics:
        bare = not (items or turn.reading.grouping or turn.reading.operation or turn.reading.quoted)
        return which_topic(telling[0].text) if bare and telling else items
    intents = {
        intent for category in topics for tag in states for intent in FAILURES.get(category, {}).get(tag.values[0], ())
    }
    if not intents:
        return items
    ordered = tuple(sorted(intents, key=INTENTS.index))
    state = states[0]
    made = Item(field="intents", kind=Kind.INTENT, values=ordered, start=state.start, end=state.end)
    return (*items, made)


def _measured(turn: Turn, items: Sequence[Item], old: StatsQuery, operation: Operation) -> StatsQuery | Question:
    reading = turn.reading
    measure = reading.measure or old.measure
    if operation is not Operation.STATS:
        measure = Measure.UNIQUE_USERS if reading.measure is Measure.UNIQUE_USERS else Measure.MESSAGE_COUNT
    if measure is Measure.PER_DAY_AVERAGE and reading.measure and average_step(reading.text) not in {"day", "weekday"}:
        return WHICH_STEP
    query = replace(old, measure=measure)
    query = _passages(turn, query)
    if measure is Measure.SHARE:
        return _at_the_same_times(shared(reading, items, query), query.filters)
    edit = Edit(narrows=reading.narrows, adds=reading.adds or widens(turn, items, old.filters))
    return replace(query, filters=edited(query.filters, items, edit), share_of=None)


def _passages(turn: Turn, query: StatsQuery) -> StatsQuery:
    reading, filters = turn.reading, query.filters
    if reading.quoted:
        filters = replace(filters, text=reading.quoted)
    if reading.user_ids:
        filters = replace(filters, user_ids=LabelFilter(any_of=reading.user_ids))
    if reading.min_confidence is not None:
        filters = replace(filters, min_confidence=reading.min_confidence)
    if reading.times:
        filters = edited_times(filters, reading.times, narrows=reading.narrows, adds=reading.adds)
    return replace(query, filters=filters)


def _at_the_same_times(query: StatsQuery, times: Filters) -> StatsQuery:
    """The query, both sides of a share in the hours and on the days of `times`."""

    def at_times(filters: Filters) -> Filters:
        return replace(filters, hours=times.hours, weekdays=times.weekdays)

    whole = None if query.share_of is None else at_times(query.share_of)
    return replace(query, filters=at_times(query.filters), share_of=whole)


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
        contrast=(reading.period_contrast or (reading.contrast and turn.names_two_units))
        and operation is not Operation.SPIKES
        and not (trend and len(turn.dates) < 2)
        and not _entities_only(turn),
        changes=reading.changes and not (series or operation is Operation.SPIKES or _entities_only(turn)),
        of_a_year=reading.another_year,
    )
    if isinstance(found, Vague):
        return _which_period(found, query)
    explains = operation is Operation.EXPLAIN_CHANGE
    timing = found or _without_dates(turn, in_force, clock, explains=explains, trend=series)
    if timing is not None and timing.elapsed and reading.whole:
        timing = whole_earlier(timing)
    if timing is None:
        return _which_periods(query)
    if explains and timing.period is not None and timing.earlier is None:
        timing = compared_with_previous(timing.period, clock)
    query = replace(query, range=time_range(timing.period, clock), compare_to=time_range(timing.earlier, clock))
    return query, timing.elapsed


def _entities_only(turn: Turn) -> bool:
    """Whether the comparison is between things, not periods."""
    return len(turn.dates) < 2 and bool(contrasted(turn.reading, turn.reading.items))


def _without_dates(turn: Turn, in_force: Timing, clock: Clock, *, explains: bool, trend: bool) -> Timing | None:
    """The timing in force, compared where the turn asks what changed; None where it names nothing to compare."""
    changes = turn.reading.changes and not trend and turn.reading.operation is not Operation.SPIKES
    if in_force.period is None or in_force.period.start is None:
        grouping = turn.reading.grouping
        if explains or (changes and (grouping is None or grouping.limit or grouping.ranked)):
            return None
        return in_force
    if (changes or explains) and in_force.earlier is None:
        return compared_with_previous(in_force.period, clock)
    return in_force


def _which_periods(query: StatsQuery) -> Question:
    choices = tuple(sentence(query, phrase) for phrase in _PERIODS)
    return Question(reason="Which periods should I compare?", choices=choices, query=query)


def _which_period(vague: Vague, query: StatsQuery) -> Question:
    phrases = vague.choices or ("last week", "last month", "in the last 30 days")
    return Question(reason=vague.reason, choices=tuple(sentence(query, phrase) for phrase in phrases), query=query)


def _notes(turn: Turn, query: StatsQuery, *, elapsed: bool) -> tuple[str, ...]:
    notes = []
    if turn.is_rolling:
        notes.append("rolling period up to now")
    elif turn.is_calendar and query.range is not None:
        notes.append("calendar period")
    if elapsed:
        notes.append("same elapsed part of both periods")
    if query.as_of is not None:
        notes.append(f"as reported by {query.as_of:%-d %B %Y %H:%M}")
    own = own_labels(query)
    if own:
        notes.append(f"the filter's own {'label' if len(own) == 1 else 'labels'} left out")
    return tuple(notes)
