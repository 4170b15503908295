"""Which rows of a result are shown: none of the filter's own labels, and of labels it compares only those. Pure.

What is left out follows from the query alone, so whoever runs a receipt's queries again shows the same rows.
"""

from collections.abc import Sequence

from earshot.types.v1 import question_pb2
from services.chat.convert import query_from_proto
from services.chat.results.own_labels import compared_labels, own_labels


def shown(result: question_pb2.StatsResult) -> question_pb2.StatsResult:
    """The result of a widened query as it is shown, saying what the rows left out change."""
    query = query_from_proto(result.query)
    own, compared = own_labels(query), compared_labels(query)
    if not result.rows or not (own or compared):
        return result
    rows = [row for row in result.rows if row.keys[0] not in own]
    rows = [row for row in rows if all(row.keys[place] in labels for place, labels in compared.items())]
    if compared:
        return _with_rows(result, rows, total_rows=len(rows))
    # Every message has its own labels, so where there are rows, theirs are among them.
    most = query.limit - len(own) if query.limit else len(rows)
    return _with_rows(result, rows[:most], total_rows=result.total_rows - len(own))


def _with_rows(
    result: question_pb2.StatsResult, rows: Sequence[question_pb2.StatsRow], *, total_rows: int
) -> question_pb2.StatsResult:
    told = question_pb2.StatsResult()
    told.CopyFrom(result)
    del told.rows[:]
    told.rows.extend(rows)
    told.total_rows = total_rows
    told.truncated = len(told.rows) < total_rows
    told.rows_sum_to_total = False
    return told
