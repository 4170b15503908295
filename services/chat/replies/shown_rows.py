"""Which rows of a result are shown: all but those of the filter's own labels. Pure.

What is left out follows from the query alone, so whoever runs a receipt's queries again shows the same rows.
"""

from earshot.types.v1 import question_pb2
from services.chat.convert import query_from_proto
from services.chat.results.own_labels import own_labels


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
