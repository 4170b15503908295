"""The interpretation in one line: "Deposits, Telegram, 1–28 February 2026, Europe/Ljubljana, messages by day"."""

from collections.abc import Callable, Mapping
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.wording import range_words
from services.chat.question import Dimension, Filters, LabelFilter, Measure, Operation, Order, StatsQuery
from services.chat.results.local_times import hours, weekdays
from services.chat.results.row_names import label_title, language_name, plain_name, source_name
from services.chat.results.wording import listed

_MEASURES: Final = {
    Measure.MESSAGE_COUNT: "messages",
    Measure.UNIQUE_USERS: "unique users",
    Measure.DISTINCT_INCIDENTS: "distinct incidents",
    Measure.SHARE: "share",
    Measure.PER_DAY_AVERAGE: "average per day",
    Measure.MEAN_CONFIDENCE: "mean confidence",
}
_OPERATIONS: Final = {
    Operation.EXAMPLES: "example messages",
    Operation.EXPLAIN_CHANGE: "what changed",
    Operation.SPIKES: "spikes",
    Operation.INCIDENTS: "incidents",
}
Name = Callable[[str], str]
_TIMES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})


def explanation(operation: Operation, query: StatsQuery, notes: tuple[str, ...], clock: Clock) -> str:
    """One line that says every part of the question as it was understood."""
    parts = [*filter_words(query.filters), range_words(query.range, clock)]
    if query.compare_to is not None:
        parts.append(f"compared with {range_words(query.compare_to, clock)}")
    parts += [query.time_zone, _shape(operation, query), *notes]
    return _begun(", ".join(parts))


def filter_words(filters: Filters) -> list[str]:
    """The filters in words, one entry per field that restricts; values are called by their titles."""
    told = [_begun(words) for field, name in _TITLES.items() if (words := _label_words(getattr(filters, field), name))]
    if filters.min_confidence is not None:
        told.append(f"confidence at least {filters.min_confidence:g}")
    if filters.text:
        told.append(f"mentioning “{filters.text}”")
    if filters.weekdays:
        told.append(weekdays(filters.weekdays))
    if filters.hours:
        told.append(listed(hours(filters.hours)))
    return told


def _label_words(label: LabelFilter, name: Name) -> str:
    told = [" or ".join(map(name, label.any_of))] if label.any_of else []
    told += [" and ".join(map(name, label.all_of))] if label.all_of else []
    told += [f"not {' or '.join(map(name, label.none_of))}"] if label.none_of else []
    return " and ".join(told)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _title(label: str) -> str:
    return label_title(label).alone


def _user(value: str) -> str:
    return f"user {value}"


_TITLES: Final[Mapping[str, Name]] = {
    "categories": _title,
    "intents": _title,
    "sources": source_name,
    "sentiments": plain_name,
    "languages": language_name,
    "user_ids": _user,
}
_READ_AS_WHOLE: Final = frozenset({"deposit_info", "withdrawal_info"})
"""Labels whose titles ("deposit questions") are read as their whole category."""


def value_words(label: LabelFilter, field: str) -> str:
    """One field's filter by names that the planner is sure to read again."""

    def name(value: str) -> str:
        return plain_name(value) if value in _READ_AS_WHOLE else _TITLES[field](value)

    return _label_words(label, name)


def _shape(operation: Operation, query: StatsQuery) -> str:
    if operation is not Operation.STATS:
        told = _OPERATIONS[operation]
        return f"{query.limit} {told.removesuffix('s') if query.limit == 1 else told}" if query.limit else told
    told = _MEASURES[query.measure]
    if query.measure is Measure.SHARE and query.share_of is not None:
        whole = filter_words(query.share_of)
        told = f"share of {'messages: ' + ', '.join(whole) if whole else 'all messages'}"
    if query.group_by:
        told += f" by {' and '.join(dimension.value for dimension in query.group_by)}"
    return f"{told}{_order_words(query)}"


def _order_words(query: StatsQuery) -> str:
    if query.limit and query.group_by:
        return f", {'lowest' if query.order is Order.VALUE_ASC else 'top'} {query.limit}"
    by_value = query.order is Order.VALUE_DESC and any(dimension in _TIMES for dimension in query.group_by)
    return ", highest first" if by_value else ", lowest first" if query.order is Order.VALUE_ASC else ""
