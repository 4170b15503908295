"""The labels that a filter gives to every message it lets through, and rankings without them.

"Top reasons for complaints" asks what complaints are about: the row of the complaint itself would repeat the total.
What is left out follows from the query alone, so whoever runs a receipt's queries again shows the same rows.
"""

from collections.abc import Iterable
from dataclasses import replace

from earshot.types.v1 import question_pb2
from services.chat.convert import query_from_proto
from services.chat.question import Dimension, Measure, StatsQuery
from services.runtime.labels import CATEGORY_OF_INTENT


def own_labels(query: StatsQuery) -> frozenset[str]:
    """The keys of the rows that are left out: of rows by one label, those that every message in question has.

    Of several labels any of which suffices none is every message's own; their rows are what is compared. The rows of a
    share divide by other messages each and do not repeat the total.
    """
    categories, intents = query.filters.categories, query.filters.intents
    if query.measure is Measure.SHARE:
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


def widened(query: StatsQuery) -> StatsQuery:
    """The query that brings as many rows as `query` wants when its own labels are left out of them."""
    return replace(query, limit=query.limit + len(own_labels(query))) if query.limit else query


def shown(result: question_pb2.StatsResult) -> question_pb2.StatsResult:
    """The result of a widened query as it is shown: without the rows of own labels, and saying what that changes."""
    query = query_from_proto(result.query)
    own = own_labels(query)
    if not own or not result.rows:
        return result
    rows = [row for row in result.rows if row.keys[0] not in own]
    told = question_pb2.StatsResult()
    told.CopyFrom(result)
    del told.rows[:]
    told.rows.extend(rows[: query.limit - len(own)] if query.limit else rows)
    # Every message has its own labels, so where there are rows, theirs are among them.
    told.total_rows -= len(own)
    told.truncated = len(told.rows) < told.total_rows
    told.rows_sum_to_total = False
    return told
