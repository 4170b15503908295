"""What a question about numbers and its answer look like."""

from gateway.shapes.answers import Answer


class RangeAnswer(Answer):
    """From `start` on and before `end`, as instants; null is open."""

    start: str | None
    end: str | None


class ValueFilterAnswer(Answer):
    """Values of which one must hold, none may hold, all must hold."""

    any_of: list[str]
    none_of: list[str]
    all_of: list[str]


class FiltersAnswer(Answer):
    """Which messages are counted."""

    categories: ValueFilterAnswer
    intents: ValueFilterAnswer
    sources: ValueFilterAnswer
    sentiments: ValueFilterAnswer
    languages: ValueFilterAnswer
    user_ids: ValueFilterAnswer
    custom_categories: ValueFilterAnswer | None = None
    min_confidence: float | None
    text: str
    hours: list[int] | None = None
    weekdays: list[str] | None = None


class ReadingAnswer(Answer):
    """The parts a query and an interpretation share."""

    measure: str
    filters: FiltersAnswer
    share_of: FiltersAnswer | None
    range: RangeAnswer | None
    time_zone: str
    group_by: list[str]
    order: str | None
    limit: int
    compare_to: RangeAnswer | None


class QueryAnswer(ReadingAnswer):
    """A question to the statistics as it was asked."""

    as_of: str | None


class RowAnswer(Answer):
    """One row: its keys by dimension, its value, and that of the period compared with."""

    keys: dict[str, str]
    value: float
    compare_value: float | None = None


class StatsAnswer(Answer):
    """What was counted."""

    measure: str
    rows: list[RowAnswer]
    total: float
    rows_sum_to_total: bool
    truncated: bool
    total_rows: int
    range: RangeAnswer | None
    time_zone: str
    as_of: str
    query_id: str
    query: QueryAnswer
    compare_total: float | None = None
    compare_to: RangeAnswer | None = None
    first_event_time: str | None = None
    custom_category_names: dict[str, str] | None = None
