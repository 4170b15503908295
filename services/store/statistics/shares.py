"""Which messages a row of a share divides by. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from services.store.filters import Filters, ValueFilter
from services.store.statistics.question import TIME_DIMENSIONS, Dimension, StatsQuery

_FIELDS_OF_DIMENSION: Final[Mapping[Dimension, frozenset[str]]] = MappingProxyType(
    {
        Dimension.CATEGORY: frozenset({"categories"}),
        Dimension.INTENT: frozenset({"categories", "intents"}),
        Dimension.SOURCE: frozenset({"sources"}),
        Dimension.SENTIMENT: frozenset({"sentiments"}),
        Dimension.LANGUAGE: frozenset({"languages"}),
        Dimension.CUSTOM_CATEGORY: frozenset({"custom_categories"}),
        Dimension.HOUR: frozenset({"hours"}),
        Dimension.WEEKDAY: frozenset({"weekdays"}),
    }
)
"""Dimension → the filter fields that decide its keys; a condition on the category decides the intents too."""


def denominator_dimensions(query: StatsQuery) -> tuple[Dimension, ...]:
    """The dimensions whose key a row's denominator has in common with the row; no other key restricts it.

    A share says how often something holds among something. A dimension that `filters` restricts and `share_of` does
    not is part of what holds: "deposit or withdraw, of all messages" by category divides by all messages, while
    "negative, of all messages" by category divides by the messages of the row's category. Where `filters` adds nothing
    the question is what the messages are made of: by category or source each row divides by all, by day and category
    by the day's messages, and by times alone by all again.
    """
    asked = _asked_dimensions(query)
    return tuple(dimension for dimension in query.group_by if dimension not in asked)


def _asked_dimensions(query: StatsQuery) -> frozenset[Dimension]:
    grouped = frozenset(query.group_by)
    added = _added_fields(query.filters, query.share_of)
    if not added:
        return grouped - TIME_DIMENSIONS or grouped
    return frozenset(name for name in grouped if not added.isdisjoint(_FIELDS_OF_DIMENSION.get(name, ())))


def _added_fields(filters: Filters, share_of: Filters) -> frozenset[str]:
    """The fields that `filters` restricts otherwise than `share_of` does."""
    wanted, given, nothing = _conditions(filters), _conditions(share_of), _conditions(Filters())
    return frozenset(name for name, condition in wanted.items() if condition not in (given[name], nothing[name]))


def _conditions(filters: Filters) -> dict[str, object]:
    return {item.name: _condition(getattr(filters, item.name)) for item in fields(filters)}


def _condition(value: ValueFilter | tuple[int, ...] | float | str | None) -> object:
    if isinstance(value, ValueFilter):
        return (frozenset(value.any_of), frozenset(value.none_of), frozenset(value.all_of))
    return frozenset(value) if isinstance(value, tuple) else value
