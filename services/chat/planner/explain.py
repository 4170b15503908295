"""The interpretation in one line: "Deposit, Telegram, 1–28 February 2026, Europe/Ljubljana, messages by day"."""

from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.wording import range_words
from services.chat.question import Dimension, Filters, LabelFilter, Measure, Operation, Order, StatsQuery

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
_FIELDS: Final = ("categories", "intents", "sources", "sentiments", "languages", "user_ids")
_TIMES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})


def explanation(operation: Operation, query: StatsQuery, notes: tuple[str, ...], clock: Clock) -> str:
    """One line that says every part of the question as it was understood."""
    parts = [*filter_words(query.filters), range_words(query.range, clock)]
    if query.compare_to is not None:
        parts.append(f"compared with {range_words(query.compare_to, clock)}")
    parts += [query.time_zone, _shape(operation, query), *notes]
    line = ", ".join(parts)
    return line[0].upper() + line[1:]


def filter_words(filters: Filters) -> list[str]:
    """The filters in words, one entry per field that restricts."""
    told = [word for field in _FIELDS if (word := _label_words(getattr(filters, field)))]
    if filters.min_confidence is not None:
        told.append(f"confidence at least {filters.min_confidence:g}")
    if filters.text:
        told.append(f"mentioning “{filters.text}”")
    return told


def _label_words(label: LabelFilter) -> str:
    told = [" or ".join(_name(value) for value in label.any_of)] if label.any_of else []
    told += [" and ".join(_name(value) for value in label.all_of)] if label.all_of else []
    told += [f"not {' or '.join(_name(value) for value in label.none_of)}"] if label.none_of else []
    return " and ".join(told)


def _name(value: str) -> str:
    return value.replace("_", " ").capitalize() if len(value) > 3 else value


def _shape(operation: Operation, query: StatsQuery) -> str:
    if operation is not Operation.STATS:
        return f"{query.limit} {_OPERATIONS[operation]}" if query.limit else _OPERATIONS[operation]
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
