"""Which messages count: the filters of a list or a statistics question, as values and as SQL. Pure.

One place turns `Filters` and `TimeRange` into SQL, so that a list, a count and a grouping of the same filters speak of
the same messages. Every value is bound; the SQL text is made of constants only.

The SQL speaks of `m`, a message, and `l`, its label set in force (all NULL while it has none). A message without labels
matches no `any_of` or `all_of` over labels and every `none_of`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT, INTENTS, roll_up
from services.store.local_time import DEFAULT_TIME_ZONE, Segment, all_segments
from services.store.message import Author

_INTENT_BIT: Final = {name: 1 << position for position, name in enumerate(INTENTS)}
_CATEGORY_BIT: Final = {name: 1 << position for position, name in enumerate(CATEGORIES)}

_WORDS: Final = (
    "coalesce((SELECT s.words FROM message_search s WHERE s.workspace_id = m.workspace_id AND s.message_id = m.id),"
    " to_tsvector('simple', m.text))"
)

IS_LABELLED: Final = "l.message_id IS NOT NULL"
"""SQL condition: the message has labels in force."""

COUNTED: Final = (Author.CUSTOMER,)
"""Whose messages count in statistics. What agents and bots answer is stored and found, and not counted."""

TOP_INTENT_SCORE: Final = "l.intent_scores[1]"
"""SQL expression: calibrated probability (real) of the most probable intent, NULL without labels."""


UNSUPPORTED_LANGUAGE: Final = "(cardinality(l.intents) = 0)"
"""SQL condition: nothing but the language was said, because it is not accepted; NULL without labels."""


def intent_mask(names: Iterable[str]) -> int:
    """Bit set of intents as the column `labels.intent_mask` has it. Raises KeyError for an unknown intent."""
    return _mask(_INTENT_BIT[name] for name in names)


def category_mask(names: Iterable[str]) -> int:
    """Bit set of categories as the column `labels.category_mask` has it. Raises KeyError for an unknown category."""
    return _mask(_CATEGORY_BIT[name] for name in names)


def label_masks(intents: Iterable[str]) -> tuple[int, int]:
    """Bit sets of a model's intents and of their categories. Another model's own labels have no bit."""
    known = [name for name in intents if name in CATEGORY_OF_INTENT]
    return intent_mask(known), category_mask(roll_up(known))


def _mask(bits: Iterable[int]) -> int:
    mask = 0
    for bit in bits:
        mask |= bit
    return mask


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFilter:
    """A condition on one field; empty parts do not restrict, those given hold together."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()

    def values(self) -> tuple[str, ...]:
        """Every value named."""
        return self.any_of + self.none_of + self.all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which messages count; all parts hold together. Field meanings as in `earshot.types.v1.Filters`.

    `weekdays`: Monday is 1. `time_zone`: that of hours and weekdays, "UTC" where there are none of them.
    """

    categories: ValueFilter = ValueFilter()
    intents: ValueFilter = ValueFilter()
    sources: ValueFilter = ValueFilter()
    sentiments: ValueFilter = ValueFilter()
    languages: ValueFilter = ValueFilter()
    user_ids: ValueFilter = ValueFilter()
    custom_categories: ValueFilter = ValueFilter()
    min_confidence: float | None = None
    text: str = ""
    hours: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    time_zone: str = DEFAULT_TIME_ZONE

    def uses_local_time(self) -> bool:
        """True when a condition reads the local hour or day of the week."""
        return bool(self.hours or self.weekdays)

    def uses_labels(self) -> bool:
        """True when a condition reads the label set; without one a count need not join it."""
        on_labels = (self.categories, self.intents, self.sentiments, self.languages)
        return self.min_confidence is not None or any(value_filter.values() for value_filter in on_labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Half-open range [start, end) of event times, both aware; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(slots=True)
class Bindings:
    """The parameters of one statement in the making: `bind` keeps a value and answers its placeholder."""

    values: list[object] = field(default_factory=list)

    def bind(self, value: object, sql_type: str) -> str:
        """Placeholder of `value` with its type, for example `$3::timestamptz`. `sql_type` is a constant of the code."""
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSql:
    """The parts of a SELECT over messages: `SELECT … FROM {from_} WHERE {where}`, its parameters in the Bindings."""

    from_: str
    where: str


class World(Protocol):
    """What is taken for known where that is no single instant."""

    def labels(self, bindings: Bindings) -> str:
        """SQL condition that joins a message `m` with its label set `l`."""

    def known(self, bindings: Bindings) -> str:
        """SQL condition for a message `m` that is known."""


def filter_sql(
    bindings: Bindings,
    *,
    workspace_id: str,
    filters: Filters,
    time_range: TimeRange,
    as_of: datetime | None = None,
    world: World | None = None,
    join_labels: bool = True,
    authors: Collection[Author] = (),
) -> FilterSql:
    """FROM and WHERE for the messages of a workspace that match.

    `as_of`: with the messages and labels known at that instant; None: the snapshot's. A `world` goes before it.
    `join_labels=False` leaves `l` out where neither the filters nor the caller read it. `authors`: only what
    one of these wrote; empty: whoever did.
    Filters must have passed `validation.filter_violations`: unknown label names raise KeyError here.
    """
    workspace = bindings.bind(workspace_id, "text")
    instant = None if as_of is None or world is not None else bindings.bind(as_of, "timestamptz")
    from_ = "messages m"
    if join_labels or filters.uses_labels():
        from_ += f" LEFT JOIN labels l ON {_labels_in_force(instant) if world is None else world.labels(bindings)}"
    conditions = [f"m.workspace_id = {workspace}", *range_conditions(bindings, time_range)]
    if authors:
        conditions.append(written_by(authors))
    if world is not None:
        conditions.append(world.known(bindings))
    elif instant is not None:
        conditions.append(f"m.create_time <= {instant}")
    conditions.extend(filter_conditions(bindings, filters, as_of=as_of))
    return FilterSql(from_=from_, where=" AND ".join(conditions))


def written_by(authors: Collection[Author]) -> str:
    """SQL condition: one of these wrote the message `m`. Constants, so that the planner knows how many there are."""
    names = ", ".join(f"'{author}'" for author in sorted(set(authors)))
    return f"m.author IN ({names})"


def _labels_in_force(instant: str | None) -> str:
    same_message = "l.workspace_id = m.workspace_id AND l.message_id = m.id"
    if instant is None:
        return f"{same_message} AND l.valid_to = 'infinity'"
    return f"{same_message} AND l.valid_from <= {instant} AND l.valid_to > {instant}"


def range_conditions(bindings: Bindings, time_range: TimeRange) -> list[str]:
    """SQL conditions on the event time; none for a range that is open on both sides."""
    conditions: list[str] = []
    if time_range.start is not None:
        conditions.append(f"m.event_time >= {bindings.bind(time_range.start, 'timestamptz')}")
    if time_range.end is not None:
        conditions.append(f"m.event_time < {bindings.bind(time_range.end, 'timestamptz')}")
    return conditions


def filter_conditions(bindings: Bindings, filters: Filters, *, as_of: datetime | None = None) -> list[str]:
    """SQL conditions of the filters over `m` and `l`; NULL means false, as it does in WHERE and in FILTER.

    Usable inside an aggregate's FILTER as well as in WHERE: shares count their numerator that way. `as_of`: what was
    known of custom categories then; None: what is.
    """
    conditions = [
        *_mask_conditions(bindings, "l.category_mask", filters.categories, _CATEGORY_BIT),
        *_mask_conditions(bindings, "l.intent_mask", filters.intents, _INTENT_BIT),
        *_text_conditions(bindings, "m.source", filters.sources),
        *_text_conditions(bindings, "l.sentiment", filters.sentiments),
        *_text_conditions(bindings, "l.language", filters.languages),
        *_text_conditions(bindings, "m.user_id", filters.user_ids),
        *_custom_conditions(bindings, filters.custom_categories, as_of),
        *_local_conditions(bindings, filters),
    ]
    if filters.min_confidence is not None:
        conditions.append(f"{TOP_INTENT_SCORE} >= {bindings.bind(filters.min_confidence, 'real')}")
    if filters.text:
        conditions.append(f"{_WORDS} @@ websearch_to_tsquery('simple', {bindings.bind(filters.text, 'text')})")
    return conditions


# any_of and all_of stay strict (NULL in, NULL out), so that the planner may turn the outer join into an inner one.


def _mask_conditions(bindings: Bindings, column: str, value_filter: ValueFilter, bit_of: dict[str, int]) -> list[str]:
    def mask(names: Sequence[str]) -> str:
        return bindings.bind(_mask(bit_of[name] for name in names), "bigint")

    # Of `=` on an expression the planner expects one row in two hundred, and so looks up the days of every label set by
    # themselves; of `<` and `>=`, which say the same of masks, as these are never negative, it expects a third.
    conditions: list[str] = []
    if value_filter.any_of:
        conditions.append(f"{column} & {mask(value_filter.any_of)} <> 0")
    if value_filter.none_of:
        conditions.append(f"coalesce({column} & {mask(value_filter.none_of)}, 0) < 1")
    if value_filter.all_of:
        wanted = mask(value_filter.all_of)
        conditions.append(f"{column} & {wanted} >= {wanted}")
    return conditions


def _text_conditions(bindings: Bindings, column: str, value_filter: ValueFilter) -> list[str]:
    def array(names: Sequence[str]) -> str:
        return bindings.bind(list(names), "text[]")

    conditions: list[str] = []
    if value_filter.any_of:
        conditions.append(f"{column} = ANY({array(value_filter.any_of)})")
    if value_filter.none_of:
        conditions.append(f"({column} <> ALL({array(value_filter.none_of)})) IS NOT FALSE")
    if value_filter.all_of:
        conditions.append(f"{column} = ALL({array(value_filter.all_of)})")
    return conditions


def _custom_conditions(bindings: Bindings, value_filter: ValueFilter, as_of: datetime | None) -> list[str]:
    def matches(ids: Sequence[str]) -> str:
        return f"FROM {custom_matches(bindings, as_of)} AND k.category_id = ANY({bindings.bind(list(ids), 'uuid[]')})"

    conditions: list[str] = []
    if value_filter.any_of:
        conditions.append(f"EXISTS (SELECT {matches(value_filter.any_of)})")
    if value_filter.none_of:
        conditions.append(f"NOT EXISTS (SELECT {matches(value_filter.none_of)})")
    if value_filter.all_of:
        wanted = sorted(set(value_filter.all_of))
        conditions.append(f"(SELECT count(*) {matches(wanted)}) = {bindings.bind(len(wanted), 'bigint')}")
    return conditions


def _local_conditions(bindings: Bindings, filters: Filters) -> list[str]:
    if not filters.uses_local_time():
        return []
    local = local_time(bindings, all_segments(filters.time_zone))
    fields = (("hour", filters.hours), ("isodow", filters.weekdays))
    return [
        f"extract({field} FROM {local})::int = ANY({bindings.bind(sorted(wanted), 'int[]')})"
        for field, wanted in fields
        if wanted
    ]


def local_time(bindings: Bindings, segments: Sequence[Segment]) -> str:
    """SQL expression: local time (timestamp) of a message `m` that lies in one of the segments."""
    starts = bindings.bind([segment.start for segment in segments], "timestamptz[]")
    offsets = bindings.bind([segment.offset for segment in segments], "interval[]")
    return f"(m.event_time AT TIME ZONE 'UTC' + ({offsets})[width_bucket(m.event_time, {starts})])"


def custom_matches(bindings: Bindings, as_of: datetime | None) -> str:
    """FROM and the beginning of WHERE for the custom categories `k` that hold for a message `m`."""
    known = "" if as_of is None else f" AND k.create_time <= {bindings.bind(as_of, 'timestamptz')}"
    return f"custom_matches k WHERE k.workspace_id = m.workspace_id AND k.message_id = m.id{known}"
