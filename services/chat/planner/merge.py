"""A turn merged into what is in force: it replaces what it names and keeps the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period
from services.chat.lexicon.entry import Kind
from services.chat.lexicon.topics import FAILURES
from services.chat.planner.asking import (
    AVERAGE_OF_PEOPLE,
    LEAST_ONLY,
    NO_MEDIAN,
    SHARE_OF_PEOPLE,
    WHICH_STEP,
    WHOLE_TOPICS,
    Question,
    which_topic,
)
from services.chat.planner.filters import MOODS, Edit, edited
from services.chat.planner.forgetting import forgotten
from services.chat.planner.local_times import edited_times
from services.chat.planner.measuring import (
    average_step,
    is_average_of_people,
    is_bare_count,
    is_median,
    is_share_of_people,
    is_upper_bound,
)
from services.chat.planner.read import Turn
from services.chat.planner.reading import Reading
from services.chat.planner.rows import by_listed_units, grouped, told_apart, widens
from services.chat.planner.shares import shared, tells_times
from services.chat.planner.timed import side_by_side, timed, which_periods
from services.chat.planner.wishes import Item, Wish, wish_of
from services.chat.question import (
    Dimension,
    Filters,
    Interpretation,
    Measure,
    Operation,
    StatsQuery,
)
from services.chat.results.own_labels import own_labels
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS

_LONGEST_DAY: Final = timedelta(hours=25)
_SAID_OF_TIMES: Final = frozenset({"late", "slow", "lost", "held", "waiting"})
"""States that are as often said of hours and days."""


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
    told = told_apart(query.filters) or side_by_side(turn, query)
    if grouping is not None and grouping.apart and not grouping.dimensions and not told:
        return which_periods(query)
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
    if turn.reading.measure is Measure.PER_DAY_AVERAGE and is_average_of_people(turn.reading.text):
        return AVERAGE_OF_PEOPLE
    if any(item.wish is Wish.ALL and len(item.values) > 1 for item in turn.reading.items):
        return WHOLE_TOPICS
    if is_median(turn.reading.text):
        return NO_MEDIAN
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
    states = turn.states
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
    return (*items, replace(made, wish=wish_of(turn.reading.text.split(), (), made)))


def _measured(turn: Turn, items: Sequence[Item], old: StatsQuery, operation: Operation) -> StatsQuery | Question:
    reading = turn.reading
    named = None if is_bare_count(reading.text) and old.measure in _COUNTED_ON else reading.measure
    measure = named or _in_force(reading, old)
    if operation is not Operation.STATS:
        measure = Measure.UNIQUE_USERS if named is Measure.UNIQUE_USERS else Measure.MESSAGE_COUNT
    if measure is Measure.PER_DAY_AVERAGE and reading.measure and average_step(reading.text) not in {"day", "weekday"}:
        return WHICH_STEP
    query = replace(old, measure=measure)
    query = _passages(turn, query)
    if measure is Measure.SHARE:
        return _at_the_same_times(shared(reading, items, query), query.filters, _times_of_all(reading, items, old))
    edit = Edit(narrows=reading.narrows, adds=reading.adds or widens(turn, items, old.filters))
    return replace(query, filters=edited(query.filters, items, edit), share_of=None)


_COUNTED_ON: Final = frozenset({Measure.UNIQUE_USERS, Measure.DISTINCT_INCIDENTS})
"""What "how many last month?" goes on counting."""


def _in_force(reading: Reading, old: StatsQuery) -> Measure:
    """The measure in force, but counts where an average per day is to be told day by day: "which day was worst?"."""
    grouping = reading.grouping
    by_day = grouping is not None and grouping.ranked and Dimension.DAY in grouping.dimensions
    return Measure.MESSAGE_COUNT if by_day and old.measure is Measure.PER_DAY_AVERAGE else old.measure


def _passages(turn: Turn, query: StatsQuery) -> StatsQuery:
    reading, filters = turn.reading, query.filters
    if reading.quoted:
        filters = replace(filters, text=reading.quoted)
    if reading.user_ids:
        filters = replace(filters, user_ids=reading.user_ids)
    if reading.min_confidence is not None:
        filters = replace(filters, min_confidence=reading.min_confidence)
    if reading.times:
        filters = edited_times(filters, reading.times, narrows=reading.narrows, adds=reading.adds)
    return replace(query, filters=filters)


def _times_of_all(reading: Reading, items: Sequence[Item], old: StatsQuery) -> Filters | None:
    """Whose hours and days the whole of a share has where they are not those of the part."""
    if tells_times(reading, items):
        return old.filters
    whole = old.share_of
    apart = whole is not None and _at_times(whole, old.filters) != whole
    return whole if apart else None


def _at_the_same_times(query: StatsQuery, times: Filters, of_all: Filters | None = None) -> StatsQuery:
    """The query, both sides of a share in the hours and on the days of `times`, the whole in those of `of_all`."""
    whole = None if query.share_of is None else _at_times(query.share_of, of_all or times)
    return replace(query, filters=_at_times(query.filters, times), share_of=whole)


def _at_times(filters: Filters, times: Filters) -> Filters:
    return replace(filters, hours=times.hours, weekdays=times.weekdays)


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
    if turn.reading.grouping is not None and turn.reading.grouping.of_each:
        notes.append("all of each, largest first")
    own = own_labels(query)
    if own:
        notes.append(f"the filter's own {'label' if len(own) == 1 else 'labels'} left out")
    return tuple(notes)
