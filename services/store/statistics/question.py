"""The typed question and its answer as plain values; meanings as in `earshot/types/v1/question.proto`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from services.store.filters import Filters, TimeRange
from services.store.local_time import DEFAULT_TIME_ZONE

MAX_ROWS: Final = 10_000
MAX_DIMENSIONS: Final = 3


class Measure(StrEnum):
    """What is computed."""

    MESSAGE_COUNT = "message_count"
    UNIQUE_USERS = "unique_users"
    DISTINCT_INCIDENTS = "distinct_incidents"
    SHARE = "share"
    PER_DAY_AVERAGE = "per_day_average"
    MEAN_CONFIDENCE = "mean_confidence"


class Dimension(StrEnum):
    """What rows are grouped by."""

    CATEGORY = "category"
    INTENT = "intent"
    SOURCE = "source"
    SENTIMENT = "sentiment"
    LANGUAGE = "language"
    STATUS = "status"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WEEKDAY = "weekday"
    CUSTOM_CATEGORY = "custom_category"
    INCIDENT = "incident"


TIME_DIMENSIONS: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})
"""Dimensions cut from the event time in the query's zone."""

RUNNING_DIMENSIONS: Final = frozenset({Dimension.DAY, Dimension.WEEK, Dimension.MONTH})
"""Time dimensions whose keys never come again; a comparison matches them by their position in the period."""


class Order(StrEnum):
    """How rows are sorted; ties by key, ascending."""

    VALUE_DESC = "value_desc"
    VALUE_ASC = "value_asc"
    KEY_ASC = "key_asc"
    KEY_DESC = "key_desc"


def default_order(group_by: tuple[Dimension, ...]) -> Order:
    """The order of a question that says none: in time where the first dimension is one, else largest first."""
    return Order.KEY_ASC if group_by and group_by[0] in TIME_DIMENSIONS else Order.VALUE_DESC


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuery:
    """One closed statistics question, its defaults filled in."""

    measure: Measure = Measure.MESSAGE_COUNT
    filters: Filters = field(default_factory=Filters)
    share_of: Filters = field(default_factory=Filters)
    range: TimeRange = field(default_factory=TimeRange)
    time_zone: str = DEFAULT_TIME_ZONE
    group_by: tuple[Dimension, ...] = ()
    order: Order = Order.VALUE_DESC
    limit: int = MAX_ROWS
    compare_to: TimeRange | None = None
    as_of: datetime | None = None


class StatsRow(NamedTuple):
    """One row: a key per dimension, the value, and the value of `compare_to` where that has such a row."""

    keys: tuple[str, ...]
    value: float
    compare_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsResult:
    """The answer; `query` is the question as it was run, with `as_of` and the ends of its ranges filled in."""

    rows: tuple[StatsRow, ...]
    total: float
    compare_total: float | None
    rows_sum_to_total: bool
    truncated: bool
    total_rows: int
    query: StatsQuery
    as_of: datetime
    query_id: str
    first_event_time: datetime | None = None
    """Of the workspace's first message, where a period begins before it."""
