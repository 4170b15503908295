"""The typed question: what planner, store client, ledger and narrator pass to one another. Pure data.

Mirrors `earshot.types.v1` and `earshot.chat.v1.Interpretation`; `convert` is the only place that knows both.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

DEFAULT_EXAMPLES: Final = 5
MAX_EXAMPLES: Final = 20
"""How many messages an answer shows where the question does not say, and how many at most."""


class Behaviour(StrEnum):
    """What the chat does with a turn."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REFUSE = "refuse"


class Operation(StrEnum):
    """Which kind of answer is asked for."""

    STATS = "stats"
    EXAMPLES = "examples"
    EXPLAIN_CHANGE = "explain_change"
    SPIKES = "spikes"
    INCIDENTS = "incidents"


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


class Order(StrEnum):
    """How rows are sorted."""

    VALUE_DESC = "value_desc"
    VALUE_ASC = "value_asc"
    KEY_ASC = "key_asc"
    KEY_DESC = "key_desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFilter:
    """A filter over one dimension's values. Empty parts do not restrict."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.any_of or self.none_of or self.all_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which messages count. All parts hold together. `hours` and `weekdays` (Monday is 1) are those of the zone."""

    categories: LabelFilter = field(default_factory=LabelFilter)
    intents: LabelFilter = field(default_factory=LabelFilter)
    sources: LabelFilter = field(default_factory=LabelFilter)
    sentiments: LabelFilter = field(default_factory=LabelFilter)
    languages: LabelFilter = field(default_factory=LabelFilter)
    user_ids: LabelFilter = field(default_factory=LabelFilter)
    min_confidence: float | None = None
    text: str = ""
    hours: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Half-open [start, end) of aware instants; None on a side leaves it open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuery:
    """One closed statistics question. `range` None means all time."""

    measure: Measure = Measure.MESSAGE_COUNT
    filters: Filters = field(default_factory=Filters)
    share_of: Filters | None = None
    range: TimeRange | None = None
    time_zone: str = "UTC"
    group_by: tuple[Dimension, ...] = ()
    order: Order = Order.VALUE_DESC
    limit: int = 0
    compare_to: TimeRange | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall:
    """A call that a language model made: the function's name, and its checked arguments as JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """How a question was understood. `query` is meaningful only where `behaviour` is ANSWER.

    `verified_by`: who said that this reading is right; empty where the question was read anew. `call`: how a language
    model said it; None where none was asked, and in what is kept in force.
    """

    behaviour: Behaviour = Behaviour.ANSWER
    operation: Operation = Operation.STATS
    query: StatsQuery = field(default_factory=StatsQuery)
    explanation: str = ""
    choices: tuple[str, ...] = ()
    reason: str = ""
    verified_by: str = ""
    call: FunctionCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRow:
    """One result row: the keys of the grouping (dimension name → value) and its value(s)."""

    keys: tuple[tuple[str, str], ...]
    value: float
    compare_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsResult:
    """The store's answer to one `StatsQuery`. Counts are whole numbers held in float."""

    query: StatsQuery
    query_id: str
    rows: tuple[StatsRow, ...]
    total: float
    compare_total: float | None
    rows_sum_to_total: bool
    range: TimeRange
    compare_range: TimeRange | None
    as_of: datetime
    truncated: bool = False
    first_event_time: datetime | None = None
    """Of the first message there is, where `range` or `compare_range` begins before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleMessage:
    """A message quoted in an answer of operation EXAMPLES."""

    message_id: str
    source: str
    event_time: datetime
    text: str
    intents: tuple[str, ...] = ()
