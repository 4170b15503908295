"""The statements that ask the roll-ups, and what they do not hold. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import accumulate
from typing import Final

from services.store.filters import (
    COUNTED,
    IS_LABELLED,
    Bindings,
    Filters,
    TimeRange,
    ValueFilter,
    filter_conditions,
    filter_sql,
    range_conditions,
    written_by,
)
from services.store.statistics.question import Dimension
from services.store.statistics.rollups import NO_SHAPE, OF_DIMENSION, SETS, Rollup, is_whole, span_places
from services.store.statistics.sql import (
    DIMENSIONS_OF_LABELLED,
    LABEL_DIMENSIONS,
    MAX_GROUPS,
    Statement,
    joins,
    key_columns,
)

NOW_AND_DAYS: Final = "SELECT now(), min(day), max(day) FROM stat_sets WHERE workspace_id = $1"
"""The transaction's instant; first and last day the roll-ups of a workspace know, NULL without any."""

_KIND: Final = (
    "stat_kinds k CROSS JOIN LATERAL (SELECT k.source) AS m"
    " CROSS JOIN LATERAL (SELECT k.intent_mask, k.category_mask, k.sentiment, k.language) AS l"
)
_OF_KIND: Final = "d.workspace_id = k.workspace_id AND d.kind = k.kind"
_SUMS: Final = ("sum(messages)::bigint AS messages", "string_agg(quarters, '') AS quarters")


def rollup_statement(asked: Rollup) -> Statement:
    """Asks the roll-ups. Answers `place`, the masks where labels are grouped by, the other keys by their name, and

    - where it holds all: by `place` of a shape, `messages`, their `quarters` where the shape is no whole day, `users`;
    - else: by `place` of a span, counted through the shapes, `messages`.
    """
    bindings = Bindings()
    names = _key_names(asked.dimensions)
    if not asked.holds_all:
        found, sums = _of_days(bindings, asked, names), ["sum(messages)::bigint AS messages"]
    else:
        found, sums = " UNION ALL ".join(_whole(bindings, asked, names)), list(_SUMS)
        sums += ["string_agg(users, '') AS users"] if asked.counts_users else []
    keys = ", ".join(["place", *names])
    sql = f"SELECT {', '.join([keys, *sums])} FROM ({found}) AS found GROUP BY {keys}"
    return Statement(sql=sql, arguments=tuple(bindings.values))


def _of_days(bindings: Bindings, asked: Rollup, names: list[str]) -> str:
    """From the running sums of the tiers but 'set'."""
    days, place = _days(bindings, asked)
    joined, columns = _span_columns(bindings, asked)
    conditions = [*_of_tier(bindings, asked), *days]
    # What is added up is taken out of the arrays before rows are sorted or hashed, not after.
    return (
        f"SELECT {', '.join([columns[0], *(f'k.{name}' for name in names), *columns[1:]])} FROM {_KIND}"
        f" JOIN stat_days d ON {_OF_KIND} {place} {joined} WHERE {' AND '.join(conditions)} OFFSET 0"
    )


def _whole(bindings: Bindings, asked: Rollup, names: list[str]) -> Iterator[str]:
    """From days message by message, and from the sums of whole months."""
    months = asked.whole_months()
    conditions, from_ = [], "stat_day_users d"
    if asked.tier == SETS:
        conditions, from_ = _of_tier(bindings, asked), f"{_KIND} JOIN stat_sets d ON {_OF_KIND}"
    days, place = _days(bindings, asked, apart_from=months)
    cut = bindings.bind([number for number, shape in enumerate(asked.shapes) if not is_whole(shape)], "int[]")
    columns = ["place.shape AS place", *(f"k.{name}" for name in names), "d.messages"]
    columns += [f"CASE WHEN place.shape = ANY({cut}) THEN d.quarters END AS quarters"]
    columns += ["d.users"] if asked.counts_users else []
    yield f"SELECT {', '.join(columns)} FROM {from_} {place} WHERE {' AND '.join([*conditions, *days])}"
    if months:
        columns = [f"{asked.shape_of_day[months[0]]}", *(f"k.{name}" for name in names), "d.messages", "NULL"]
        of_months = f"d.month = ANY({bindings.bind(list(months), 'date[]')})"
        yield (
            f"SELECT {', '.join(columns)} FROM {_KIND} JOIN stat_months d ON {_OF_KIND}"
            f" WHERE {' AND '.join([*conditions, of_months])}"
        )


def _of_tier(bindings: Bindings, asked: Rollup) -> list[str]:
    return [
        f"k.workspace_id = {bindings.bind(asked.selection.scope.workspace_id, 'text')}",
        f"k.tier = {bindings.bind(asked.tier, 'text')}",
        *_kind_conditions(bindings, asked),
    ]


def _days(bindings: Bindings, asked: Rollup, *, apart_from: tuple[date, ...] = ()) -> tuple[list[str], str]:
    """Conditions on rows `d` of the days that count, and the join that gives each day the place of its shape."""
    days = [
        day for day, shape in asked.shape_of_day.items() if shape != NO_SHAPE and day.replace(day=1) not in apart_from
    ]
    begin = bindings.bind(min(asked.shape_of_day), "date")
    if len(days) < len(asked.shape_of_day):
        which = f"d.day = ANY({bindings.bind(days, 'date[]')})"
    else:
        which = f"d.day BETWEEN {begin} AND {bindings.bind(days[-1], 'date')}"
    conditions = [f"d.workspace_id = {bindings.bind(asked.selection.scope.workspace_id, 'text')}", which]
    # Arrays and not joins: the planner takes the kinds for few, and would walk the arrays for every row. Days have no
    # gap, so a day's place in the array follows from the day.
    shapes = bindings.bind(list(asked.shape_of_day.values()), "int[]")
    return conditions, f"CROSS JOIN LATERAL (SELECT ({shapes})[d.day - {begin} + 1] AS shape) AS place"


def _key_names(dimensions: tuple[Dimension, ...]) -> list[str]:
    names = [OF_DIMENSION[dimension] for dimension in dimensions if dimension in OF_DIMENSION]
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


def _span_columns(bindings: Bindings, asked: Rollup) -> tuple[str, list[str]]:
    """(the join that gives a day its spans, columns of each)."""
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
    return joined, ["span.place", counted]


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
        bindings,
        workspace_id=asked.selection.scope.workspace_id,
        filters=Filters(),
        time_range=edge,
        authors=COUNTED,
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
        written_by(COUNTED),
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
