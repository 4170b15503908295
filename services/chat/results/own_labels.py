"""The labels that a filter gives to every message it lets through, and rankings with room for them. Pure.

"Top reasons for complaints" asks what complaints are about: the row of the complaint itself would repeat the total.
"Deposits versus withdrawals" asks for these two: what else their messages are about is no row beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.chat.question import Dimension, Measure, StatsQuery
from services.runtime.labels import CATEGORY_OF_INTENT


def own_labels(query: StatsQuery) -> frozenset[str]:
    """The keys of the rows that are left out: of rows by one label, those that every message in question has.

    Of several labels any of which suffices none is every message's own; their rows are what is compared. The rows of a
    share divide by other messages each and do not repeat the total, unless they are parts of what is filtered.
    """
    categories, intents = query.filters.categories, query.filters.intents
    if query.measure is Measure.SHARE and query.filters != query.share_of:
        return frozenset()
    if query.group_by == (Dimension.INTENT,):
        return frozenset(intents.all_of) | _only(intents.any_of)
    if query.group_by == (Dimension.CATEGORY,):
        named = frozenset(categories.all_of) | _only(categories.any_of)
        return named | frozenset(_categories(intents.all_of)) | _only(_categories(intents.any_of))
    return frozenset()


def _only(labels: Iterable[str]) -> frozenset[str]:
    different = frozenset(labels)
    return different if len(different) == 1 else frozenset()


def _categories(intents: Iterable[str]) -> list[str]:
    return [CATEGORY_OF_INTENT[intent] for intent in intents if intent in CATEGORY_OF_INTENT]


def compared_labels(query: StatsQuery) -> Mapping[int, frozenset[str]]:
    """Place of a dimension → the labels that the filter names as alternatives in it: their rows alone are shown."""
    categories, intents = query.filters.categories.any_of, query.filters.intents.any_of
    named = {
        Dimension.CATEGORY: frozenset(categories or _categories(intents)),
        Dimension.INTENT: frozenset(intents),
    }
    return {
        place: named[dimension]
        for place, dimension in enumerate(query.group_by)
        if dimension in named and len(named[dimension]) > 1
    }


def widened(query: StatsQuery) -> StatsQuery:
    """The query that brings as many rows as `query` wants when rows are left out of them."""
    if compared_labels(query):
        return replace(query, limit=0)
    return replace(query, limit=query.limit + len(own_labels(query))) if query.limit else query
