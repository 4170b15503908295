"""Which questions the roll-ups answer, and the statements that ask them. Pure. The one place that decides.

Roll-ups know what is labelled now, by quarters of an hour. So an answer is the sum of four: the roll-ups over the whole
quarters of a range, the changes not yet added to them, the messages at the range's edges, and those without labels.
What needs a text, single users, probabilities or another instant than now is counted from the messages themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, groupby
from typing import Final, NamedTuple

from services.runtime.labels import CATEGORIES, INTENTS
from services.store.filters import (
    IS_LABELLED,
    Bindings,
    Filters,
    TimeRange,
    ValueFilter,
    category_mask,
    filter_conditions,
    filter_sql,
    intent_mask,
    range_conditions,
)
from services.store.statistics.keys import WEEKDAYS, Keys, hour_key, time_dimensions
from services.store.statistics.pieces import QUARTERS, Inside, Piece, are_whole_quarters, inside, pieces
from services.store.statistics.question import TIME_DIMENSIONS, Dimension, Measure
from services.store.statistics.sql import (
    DIMENSIONS_OF_LABELLED,
    LABEL_DIMENSIONS,
    MAX_GROUPS,
    Selection,
    Statement,
    joins,
    key_columns,
)

NOW_AND_DAYS: Final = "SELECT now(), min(day), max(day) FROM stat_sets WHERE workspace_id = $1"
"""The transaction's instant; first and last day the roll-ups of a workspace know, NULL without any."""

SETS: Final = "set"
"""The tier that tells every label set from every other."""

NO_SHAPE: Final = -1
"""The place of a day of which nothing counts."""

_FULL: Final = "full"
_ALL: Final = "all"
_DAY: Final = timedelta(days=1)
_OF_DIMENSION: Final = {
    Dimension.SOURCE: "source",
    Dimension.SENTIMENT: "sentiment",
    Dimension.LANGUAGE: "language",
}
_LABEL_KINDS: Final = {
    Dimension.CATEGORY: tuple((0, category_mask([name])) for name in CATEGORIES),
    Dimension.INTENT: tuple((intent_mask([name]), 0) for name in INTENTS),
}
_ANY_LABELS: Final = ((0, 0),)
_BESIDE_LABELS: Final = frozenset({Dimension.CUSTOM_CATEGORY, Dimension.INCIDENT})
_KIND: Final = (
    "stat_kinds k CROSS JOIN LATERAL (SELECT k.source) AS m"
    " CROSS JOIN LATERAL (SELECT k.intent_mask, k.category_mask, k.sentiment, k.language) AS l"
)


class Span(NamedTuple):
    """A stretch of a day: its quarters [low, high) have the time keys `keys`."""

    low: int
    high: int
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """How the roll-ups answer a question.

    `tier` and `labels` (pairs of masks) name the kinds to add up; tier 'set' without labels: every set that meets the
    conditions. `shapes`: different ways in which a day is cut; `shape_of_day`: the place of each day's, or
    NO_SHAPE.
    """

    selection: Selection
    dimensions: tuple[Dimension, ...]
    inside: Inside
    tier: str
    labels: tuple[tuple[int, int], ...]
    shapes: tuple[tuple[Span, ...], ...]
    shape_of_day: Mapping[date, int]

    @property
    def counts_users(self) -> bool:
        """Whether users are counted, and not messages."""
        return self.selection.measure is Measure.UNIQUE_USERS


def is_answerable(selection: Selection, dimensions: tuple[Dimension, ...]) -> bool:
    """Whether the roll-ups know what the question asks for."""
    return (
        selection.scope.as_of is None
        and selection.measure not in (Measure.MEAN_CONFIDENCE, Measure.DISTINCT_INCIDENTS)
        and _BESIDE_LABELS.isdisjoint(dimensions)
        and all(_is_known(filters) for filters in selection.conditions)
        and (not _reads_local_time(selection, dimensions) or are_whole_quarters(selection.segments))
    )


def _reads_local_time(selection: Selection, dimensions: tuple[Dimension, ...]) -> bool:
    return not TIME_DIMENSIONS.isdisjoint(dimensions) or any(
        filters.uses_local_time() for filters in selection.conditions
    )


def _is_known(filters: Filters) -> bool:
    beside = filters.user_ids.values() or filters.custom_categories.values()
    return not filters.text and filters.min_confidence is None and not beside


def rollup(selection: Selection, dimensions: tuple[Dimension, ...], known: tuple[date, date] | None) -> Rollup | None:
    """How the roll-ups, which know the days `known`, answer an answerable question.

    None where the range holds no whole quarter: then the messages themselves are few.
    """
    within = inside(selection.time_range)
    if within is None:
        return None
    tier, labels = _kinds(selection, dimensions)
    shapes, shape_of_day = _shapes(_known_pieces(within.whole, known, selection, time_dimensions(dimensions)))
    return Rollup(
        selection=selection,
        dimensions=dimensions,
        inside=within,
        tier=tier,
        labels=labels,
        shapes=shapes,
        shape_of_day=shape_of_day,
    )


def _known_pieces(
    whole: TimeRange, known: tuple[date, date] | None, selection: Selection, times: tuple[Dimension, ...]
) -> Iterable[tuple[Piece, bool]]:
    """The pieces, and whether the conditions let their times through."""
    if known is None:
        return ()
    first, last = (datetime.combine(day, time(), UTC) for day in known)
    start, end = max(whole.start or first, first), min(whole.end or last + _DAY, last + _DAY)
    if start >= end:
        return ()
    allowed = _allowed_keys(selection.conditions)
    cut = (*times, *(name for name in allowed if name not in times))
    wanted = [(cut.index(name), keys) for name, keys in allowed.items()]
    return (
        (piece._replace(keys=piece.keys[: len(times)]), all(piece.keys[place] in keys for place, keys in wanted))
        for piece in pieces(start, end, selection.segments, cut)
    )


def _allowed_keys(conditions: Iterable[Filters]) -> Mapping[Dimension, frozenset[str]]:
    """Keys of hours and weekdays that all conditions let through, where any restricts them."""
    allowed: dict[Dimension, frozenset[str]] = {}
    for filters in conditions:
        hours = frozenset(map(hour_key, filters.hours))
        weekdays = frozenset(WEEKDAYS[day - 1] for day in filters.weekdays)
        for name, keys in ((Dimension.HOUR, hours), (Dimension.WEEKDAY, weekdays)):
            if keys:
                allowed[name] = allowed.get(name, keys) & keys
    return allowed


def _shapes(found: Iterable[tuple[Piece, bool]]) -> tuple[tuple[tuple[Span, ...], ...], Mapping[date, int]]:
    numbers: dict[tuple[Span, ...], int] = {}
    shape_of_day: dict[date, int] = {}
    for day, of_day in groupby(found, key=lambda item: item[0].day):
        shape = _joined(piece for piece, counts in of_day if counts)
        shape_of_day[day] = numbers.setdefault(shape, len(numbers)) if shape else NO_SHAPE
    return tuple(numbers), shape_of_day


def _joined(of_day: Iterable[Piece]) -> tuple[Span, ...]:
    """The pieces of one day as spans; neighbours with the same keys are one."""
    spans: list[Span] = []
    for piece in of_day:
        if spans and spans[-1].high == piece.low and spans[-1].keys == piece.keys:
            spans[-1] = spans[-1]._replace(high=piece.high)
        else:
            spans.append(Span(piece.low, piece.high, piece.keys))
    return tuple(spans)


def _kinds(selection: Selection, dimensions: tuple[Dimension, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The smallest tier that tells apart what the question tells apart."""
    used = {name for dimension, name in _OF_DIMENSION.items() if dimension in dimensions}
    used |= {name for filters in selection.conditions for name in _restricted(filters)}
    labels = _labels(selection.conditions, dimensions)
    if labels is None or selection.measure is Measure.UNIQUE_USERS:
        return SETS, ()
    return _FULL if len(used) > 1 else next(iter(used), _ALL), labels


def _restricted(filters: Filters) -> Iterable[str]:
    named = {"source": filters.sources, "sentiment": filters.sentiments, "language": filters.languages}
    return (name for name, value_filter in named.items() if value_filter.values())


def _labels(conditions: tuple[Filters, ...], dimensions: tuple[Dimension, ...]) -> tuple[tuple[int, int], ...] | None:
    """The labels one of which a message must have, as masks; None where it is not that simple."""
    filters = [(named.categories, named.intents) for named in conditions]
    values = [value_filter for pair in filters for value_filter in pair if value_filter.values()]
    if not values:
        grouped = [name for name in (Dimension.INTENT, Dimension.CATEGORY) if name in dimensions]
        return _LABEL_KINDS[grouped[0]] if grouped else _ANY_LABELS
    if any(not _is_one(value_filter) for value_filter in values) or not LABEL_DIMENSIONS.isdisjoint(dimensions):
        return None
    wanted = {(0, category_mask(categories.values())) for categories, _ in filters if categories.values()}
    wanted |= {(intent_mask(intents.values()), 0) for _, intents in filters if intents.values()}
    return tuple(wanted) if len(wanted) == 1 else None


def _is_one(value_filter: ValueFilter) -> bool:
    return not value_filter.none_of and len(set(value_filter.values())) == 1


def rollup_statement(asked: Rollup) -> Statement:
    """Asks the roll-ups. Answers `place`, the masks where labels are grouped by, the other keys by their name, and

    - of tier 'set': by `place` of a shape, `messages`, their `quarters` where the shape is not a whole day, `users`;
    - of the others: by `place` of a span, counted through the shapes, `messages`.
    """
    bindings = Bindings()
    workspace = bindings.bind(asked.selection.scope.workspace_id, "text")
    days = list(asked.shape_of_day)
    first, last = bindings.bind(days[0], "date"), bindings.bind(days[-1], "date")
    # Arrays and not joins: the planner takes the kinds for few, and would walk the arrays for every row. Days have no
    # gap, so a day's place in the array follows from the day.
    shapes = bindings.bind(list(asked.shape_of_day.values()), "int[]")
    place = f"CROSS JOIN LATERAL (SELECT ({shapes})[d.day - {first} + 1] AS shape) AS place"
    conditions = [
        f"k.workspace_id = {workspace}",
        f"k.tier = {bindings.bind(asked.tier, 'text')}",
        f"d.workspace_id = {workspace}",
        f"d.day BETWEEN {first} AND {last}",
        *([f"place.shape > {NO_SHAPE}"] if NO_SHAPE in asked.shape_of_day.values() else []),
        *_kind_conditions(bindings, asked),
    ]
    table, joined, columns, sums = (
        _set_columns(bindings, asked) if asked.tier == SETS else _day_columns(bindings, asked)
    )
    names = _key_names(asked.dimensions)
    found = (
        f"SELECT {', '.join([columns[0], *(f'k.{name}' for name in names), *columns[1:]])} FROM {_KIND}"
        f" JOIN {table} d ON d.workspace_id = k.workspace_id AND d.kind = k.kind"
        f" {place} {joined}"
        f" WHERE {' AND '.join(conditions)}"
    )
    if asked.tier != SETS:
        # What is added up is taken out of the arrays before rows are sorted or hashed, not after.
        found += " OFFSET 0"
    keys = ", ".join(["place", *names])
    sql = f"SELECT {', '.join([keys, *sums])} FROM ({found}) AS found GROUP BY {keys}"
    return Statement(sql=sql, arguments=tuple(bindings.values))


def _key_names(dimensions: tuple[Dimension, ...]) -> list[str]:
    names = [_OF_DIMENSION[dimension] for dimension in dimensions if dimension in _OF_DIMENSION]
    if Dimension.INTENT in dimensions:
        return ["intent_mask", *names]
    return ["category_mask", *names] if Dimension.CATEGORY in dimensions else names


def _kind_conditions(bindings: Bindings, asked: Rollup) -> list[str]:
    # The times are those of the spans.
    conditions = tuple(replace(filters, hours=(), weekdays=()) for filters in asked.selection.conditions)
    if asked.tier == SETS:
        return [sql for filters in conditions for sql in filter_conditions(bindings, filters)]
    # The label is the kind's own; a mask of one bit would not meet a condition on several.
    plain = [replace(filters, categories=ValueFilter(), intents=ValueFilter()) for filters in conditions]
    intents, categories = zip(*asked.labels, strict=True)
    wanted = f"unnest({bindings.bind(list(intents), 'bigint[]')}, {bindings.bind(list(categories), 'bigint[]')})"
    return [
        f"(k.intent_mask, k.category_mask) IN (SELECT * FROM {wanted})",
        *(sql for filters in plain for sql in filter_conditions(bindings, filters)),
    ]


def _set_columns(bindings: Bindings, asked: Rollup) -> tuple[str, str, list[str], list[str]]:
    """(table, further join, columns, their sums) of tier 'set'."""
    cut = bindings.bind([number for number, shape in enumerate(asked.shapes) if not is_whole(shape)], "int[]")
    quarters = f"CASE WHEN place.shape = ANY({cut}) THEN d.quarters END AS quarters"
    columns = ["place.shape AS place", "d.messages", quarters]
    sums = ["sum(messages)::bigint AS messages", "string_agg(quarters, '') AS quarters"]
    if asked.counts_users:
        columns.append("d.users")
        sums.append("string_agg(users, '') AS users")
    return "stat_sets", "", columns, sums


def is_whole(shape: tuple[Span, ...]) -> bool:
    """Whether a day of this shape is not cut."""
    return len(shape) == 1 and shape[0].high - shape[0].low == QUARTERS


def _day_columns(bindings: Bindings, asked: Rollup) -> tuple[str, str, list[str], list[str]]:
    """(table, further join, columns, their sums) of the other tiers."""
    spans = [span for shape in asked.shapes for span in shape]
    places = span_places(asked.shapes)
    lists = ([span.low for span in spans], [span.high for span in spans], [places[span.keys] for span in spans])
    low, high, at = (f"({bindings.bind(values, 'int[]')})" for values in lists)
    if len(spans) == len(asked.shapes):
        one = "[place.shape + 1]"
        joined = f"CROSS JOIN LATERAL (SELECT {low}{one} AS low, {high}{one} AS high, {at}{one} AS place) AS span"
    else:
        # The spans of shape s are those from ends[s] + 1 to ends[s + 1].
        ends = bindings.bind([0, *accumulate(len(shape) for shape in asked.shapes)], "int[]")
        some = f"[({ends})[place.shape + 1] + 1 : ({ends})[place.shape + 2]]"
        joined = f"CROSS JOIN LATERAL unnest({low}{some}, {high}{some}, {at}{some}) AS span (low, high, place)"
    counted = "d.counts[span.high + 1] - d.counts[span.low + 1] AS messages"
    return "stat_days", joined, ["span.place", counted], ["sum(messages)::bigint AS messages"]


def span_places(shapes: Iterable[tuple[Span, ...]]) -> dict[Keys, int]:
    """Every different combination of time keys → its place."""
    keys = dict.fromkeys(span.keys for shape in shapes for span in shape)
    return {key: place for place, key in enumerate(keys)}


def rest_statement(asked: Rollup) -> Statement:
    """Asks for what the roll-ups do not hold: `key_0`…, `messages` (less than 0 where some ceased to count), `users`.

    Where users are counted there is a row for each: `user_number` where they have one, else `user_id`.
    """
    bindings = Bindings()
    parts = [
        _changes(bindings, asked),
        *(_edge(bindings, asked, edge) for edge in asked.inside.edges),
        *([] if _needs_labels(asked) else [_unlabelled(bindings, asked)]),
    ]
    return Statement(sql=" UNION ALL ".join(parts), arguments=tuple(bindings.values))


def _needs_labels(asked: Rollup) -> bool:
    grouped = LABEL_DIMENSIONS | DIMENSIONS_OF_LABELLED
    return not grouped.isdisjoint(asked.dimensions) or any(
        value_filter.any_of or value_filter.all_of
        for filters in asked.selection.conditions
        for value_filter in (filters.categories, filters.intents, filters.sentiments, filters.languages)
    )


def _changes(bindings: Bindings, asked: Rollup) -> str:
    from_ = (
        "stat_changes m CROSS JOIN LATERAL (SELECT m.workspace_id AS message_id, m.intent_mask, m.category_mask,"
        " m.sentiment, m.language) AS l"
    )
    conditions = [
        f"m.workspace_id = {bindings.bind(asked.selection.scope.workspace_id, 'text')}",
        *range_conditions(bindings, asked.inside.whole),
    ]
    return _part(bindings, asked, from_, conditions, "sum(m.change)")


def _edge(bindings: Bindings, asked: Rollup, edge: TimeRange) -> str:
    base = filter_sql(
        bindings, workspace_id=asked.selection.scope.workspace_id, filters=Filters(), time_range=edge, join_labels=True
    )
    return _part(bindings, asked, base.from_, [base.where, IS_LABELLED], "count(*)")


def _unlabelled(bindings: Bindings, asked: Rollup) -> str:
    """Messages without labels wait in the queue, or stay there as failed; nothing else holds them together."""
    # Looked up one by one, whatever the planner holds of tables that have just been filled.
    from_ = (
        "label_queue q CROSS JOIN LATERAL"
        " (SELECT * FROM messages WHERE workspace_id = q.workspace_id AND id = q.message_id OFFSET 0) AS m"
        " LEFT JOIN LATERAL (SELECT * FROM labels WHERE workspace_id = m.workspace_id AND message_id = m.id"
        " AND valid_to = 'infinity' OFFSET 0) AS l ON true"
    )
    conditions = [
        f"q.workspace_id = {bindings.bind(asked.selection.scope.workspace_id, 'text')}",
        f"NOT ({IS_LABELLED})",
        *range_conditions(bindings, asked.selection.time_range),
    ]
    return _part(bindings, asked, from_, conditions, "count(*)")


def _part(bindings: Bindings, asked: Rollup, from_: str, conditions: list[str], amount: str) -> str:
    selection, dimensions = asked.selection, asked.dimensions
    tables = [from_, *joins(bindings, dimensions, selection.segments)]
    columns = key_columns(dimensions)
    if asked.counts_users:
        tables.append("LEFT JOIN stat_users u ON u.workspace_id = m.workspace_id AND u.user_id = m.user_id")
        columns += ["m.user_id", "u.number AS user_number"]
    conditions += [sql for filters in selection.conditions for sql in filter_conditions(bindings, filters)]
    grouping = ", ".join(str(position + 1) for position in range(len(columns)))
    sql = f"SELECT {', '.join([*columns, f'{amount}::bigint AS messages'])} FROM {' '.join(tables)}"
    sql += f" WHERE {' AND '.join(conditions)}"
    if not columns:
        return f"({sql})"
    # One more than are allowed is enough to refuse them; users are not rows of the answer, and each of them counts.
    limit = "" if asked.counts_users else f" LIMIT {MAX_GROUPS + 1}"
    return f"({sql} GROUP BY {grouping}{limit})"
