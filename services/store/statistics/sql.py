"""The statements of a statistics question: SQL text from closed tables, every value a bound parameter. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT
from services.store.filters import (
    COUNTED,
    IS_LABELLED,
    TOP_INTENT_SCORE,
    UNSUPPORTED_LANGUAGE,
    Bindings,
    Filters,
    TimeRange,
    World,
    category_mask,
    custom_matches,
    filter_conditions,
    filter_sql,
    intent_mask,
    local_time,
)
from services.store.local_time import Segment
from services.store.statistics.question import TIME_DIMENSIONS, Dimension, Measure, StatsQuery

MAX_GROUPS: Final = 200_000
"""Largest number of rows before `limit`; a statement answers one more to say that there are too many."""

CONFIDENCE_UNITS: Final = 1_000_000_000
"""Probabilities are added as whole billionths: a sum of integers is the same in whatever order rows are read."""

_COUNT: Final = "count(*)"
_AMOUNT: Final[Mapping[Measure, str]] = MappingProxyType(
    {
        Measure.MESSAGE_COUNT: _COUNT,
        Measure.UNIQUE_USERS: "count(DISTINCT m.user_id)",
        Measure.SHARE: _COUNT,
        Measure.PER_DAY_AVERAGE: _COUNT,
        Measure.MEAN_CONFIDENCE: (
            f"coalesce(sum(round({TOP_INTENT_SCORE}::float8 * {CONFIDENCE_UNITS})::bigint), 0)::bigint"
        ),
    }
)

_INCIDENT: Final = (
    "SELECT k.incident_id FROM incident_members k WHERE k.workspace_id = m.workspace_id AND k.message_id = m.id"
)

_KEY: Final[Mapping[Dimension, str]] = MappingProxyType(
    {
        Dimension.CATEGORY: "label.category",
        Dimension.INTENT: "label.intent",
        Dimension.SOURCE: "m.source",
        Dimension.SENTIMENT: "l.sentiment",
        Dimension.LANGUAGE: "l.language",
        Dimension.STATUS: f"CASE WHEN {IS_LABELLED} THEN 'labelled' ELSE 'pending' END",
        Dimension.HOUR: "extract(hour FROM clock.local_time)::int",
        Dimension.DAY: "clock.local_time::date",
        Dimension.WEEK: "date_trunc('week', clock.local_time)::date",
        Dimension.MONTH: "date_trunc('month', clock.local_time)::date",
        Dimension.WEEKDAY: "extract(isodow FROM clock.local_time)::int",
        Dimension.CUSTOM_CATEGORY: "own.category_id::text",
        Dimension.INCIDENT: "burst.incident_id::text",
    }
)

_INTENT_LABELS: Final = tuple((intent_mask([name]), name, category) for name, category in CATEGORY_OF_INTENT.items())
_CATEGORY_LABELS: Final = tuple((category_mask([name]), "", name) for name in CATEGORIES)

LABEL_DIMENSIONS: Final = frozenset({Dimension.CATEGORY, Dimension.INTENT})
DIMENSIONS_OF_LABELLED: Final = frozenset({Dimension.SENTIMENT, Dimension.LANGUAGE})
_DIMENSIONS_ON_LABELS: Final = LABEL_DIMENSIONS | DIMENSIONS_OF_LABELLED | {Dimension.STATUS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL and its parameters. Answers the keys `key_0`…, then `amount` and `messages`, both whole numbers."""

    sql: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the store is asked: a workspace as known at an instant, None for the statement's own snapshot."""

    workspace_id: str
    as_of: datetime | None
    world: World | None = None
    """Where something else than one instant says what is known of messages and labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is counted: messages of a range that meet all `conditions`; `segments` cut its times where they are grouped.

    `grouped_by` counts the rows themselves; label sets are joined where something reads them.
    """

    scope: Scope
    time_range: TimeRange
    segments: tuple[Segment, ...]
    measure: Measure
    conditions: tuple[Filters, ...]

    def grouped_by(self, dimensions: tuple[Dimension, ...]) -> Statement:
        """The statement that counts them, a row for each combination of keys; one row where nothing is grouped."""
        bindings = Bindings()
        base = filter_sql(
            bindings,
            workspace_id=self.scope.workspace_id,
            filters=self.conditions[0],
            time_range=self.time_range,
            as_of=self.scope.as_of,
            world=self.scope.world,
            join_labels=self._reads_labels(dimensions),
            authors=COUNTED,
        )
        from_ = " ".join([base.from_, *joins(bindings, dimensions, self.segments, as_of=self.scope.as_of)])
        where = [base.where, *self._further_conditions(bindings, dimensions)]
        columns = ", ".join([*key_columns(dimensions), f"{self._amount(bindings)} AS amount", f"{_COUNT} AS messages"])
        sql = f"SELECT {columns} FROM {from_} WHERE {' AND '.join(where)}"
        if dimensions:
            grouping = ", ".join(str(position + 1) for position in range(len(dimensions)))
            sql += f" GROUP BY {grouping} LIMIT {MAX_GROUPS + 1}"
        return Statement(sql=sql, arguments=tuple(bindings.values))

    def _amount(self, bindings: Bindings) -> str:
        if self.measure is not Measure.DISTINCT_INCIDENTS:
            return _AMOUNT[self.measure]
        return f"count(DISTINCT ({_INCIDENT}{_known_by(bindings, self.scope.as_of)}))"

    def _reads_labels(self, dimensions: tuple[Dimension, ...]) -> bool:
        return (
            self.measure is Measure.MEAN_CONFIDENCE
            or not _DIMENSIONS_ON_LABELS.isdisjoint(dimensions)
            or any(filters.uses_labels() for filters in self.conditions)
        )

    def _further_conditions(self, bindings: Bindings, dimensions: tuple[Dimension, ...]) -> list[str]:
        further = self.conditions[1:]
        conditions = [sql for given in further for sql in filter_conditions(bindings, given, as_of=self.scope.as_of)]
        if self.measure is Measure.MEAN_CONFIDENCE or not DIMENSIONS_OF_LABELLED.isdisjoint(dimensions):
            conditions.append(IS_LABELLED)
        # In a language that is not accepted a message has a label set without intents and sentiment; of a model that
        # gives no sentiment it has intents.
        if self.measure is Measure.MEAN_CONFIDENCE:
            conditions.append(f"NOT {UNSUPPORTED_LANGUAGE}")
        if Dimension.SENTIMENT in dimensions:
            conditions.append("l.sentiment <> ''")
        return conditions


def period_selections(
    query: StatsQuery, time_range: TimeRange, segments: tuple[Segment, ...], scope: Scope
) -> tuple[Selection, Selection | None]:
    """What `query` counts in one closed period, and what a share divides it by; None for other measures."""

    def selection(*conditions: Filters) -> Selection:
        return Selection(
            scope=scope, time_range=time_range, segments=segments, measure=query.measure, conditions=conditions
        )

    if query.measure is not Measure.SHARE:
        return selection(query.filters), None
    return selection(query.share_of, query.filters), selection(query.share_of)


def first_message_statement(scope: Scope, end: datetime | None) -> Statement:
    """The event time of the workspace's first message before `end`, NULL without one, as the only value."""
    bindings = Bindings()
    base = filter_sql(
        bindings,
        workspace_id=scope.workspace_id,
        filters=Filters(),
        time_range=TimeRange(end=end),
        as_of=scope.as_of,
        world=scope.world,
        join_labels=False,
        authors=COUNTED,
    )
    sql = f"SELECT min(m.event_time) FROM {base.from_} WHERE {base.where}"
    return Statement(sql=sql, arguments=tuple(bindings.values))


def key_columns(dimensions: tuple[Dimension, ...]) -> list[str]:
    """SQL of the keys `key_0`… over `m`, `l` and what `joins` adds."""
    return [f"{_KEY[dimension]} AS key_{position}" for position, dimension in enumerate(dimensions)]


def joins(
    bindings: Bindings,
    dimensions: tuple[Dimension, ...],
    segments: tuple[Segment, ...],
    *,
    as_of: datetime | None = None,
) -> list[str]:
    """Joins that the keys of these dimensions need: one row per label or custom category, the incident, the local time.

    `as_of`: with the custom categories and incidents known then; None: with those known now.
    """
    found: list[str] = []
    if not LABEL_DIMENSIONS.isdisjoint(dimensions):
        found.append(_label_join(bindings, dimensions))
    if not TIME_DIMENSIONS.isdisjoint(dimensions):
        found.append(_clock_join(bindings, segments))
    if Dimension.CUSTOM_CATEGORY in dimensions:
        found.append(f"CROSS JOIN LATERAL (SELECT k.category_id FROM {custom_matches(bindings, as_of)}) AS own")
    if Dimension.INCIDENT in dimensions:
        found.append(f"CROSS JOIN LATERAL ({_INCIDENT}{_known_by(bindings, as_of)}) AS burst")
    return found


def _known_by(bindings: Bindings, as_of: datetime | None) -> str:
    return "" if as_of is None else f" AND k.create_time <= {bindings.bind(as_of, 'timestamptz')}"


def _label_join(bindings: Bindings, dimensions: tuple[Dimension, ...]) -> str:
    """One row per label a message has. By category and intent both, an intent stands under its own category."""
    by_intent = Dimension.INTENT in dimensions
    masks, intents, categories = zip(*(_INTENT_LABELS if by_intent else _CATEGORY_LABELS), strict=True)
    columns = (
        bindings.bind(list(masks), "bigint[]"),
        bindings.bind(list(intents), "text[]"),
        bindings.bind(list(categories), "text[]"),
    )
    mask = "l.intent_mask" if by_intent else "l.category_mask"
    return f"JOIN unnest({', '.join(columns)}) AS label (bit, intent, category) ON {mask} & label.bit <> 0"


def _clock_join(bindings: Bindings, segments: tuple[Segment, ...]) -> str:
    return f"CROSS JOIN LATERAL (SELECT {local_time(bindings, segments)} AS local_time) AS clock"
