"""From the values of the periods to the answer: comparison, order, limit, and what may be said of the total. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

from services.store.statistics.canonical import query_id
from services.store.statistics.comparison import compared_rows
from services.store.statistics.keys import by_keys
from services.store.statistics.question import Measure, Order, StatsQuery, StatsResult, StatsRow
from services.store.statistics.values import PeriodCounts, period_values

_COUNTS: Final = frozenset({Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS, Measure.DISTINCT_INCIDENTS})
_VALUE: Final = attrgetter("value")
_SAME: Final = 1e-9
"""Sums of quotients this close, relative to their size, are the same number."""


def answer(
    query: StatsQuery,
    as_of: datetime,
    current: PeriodCounts,
    earlier: PeriodCounts | None,
    *,
    first_event_time: datetime | None = None,
) -> StatsResult:
    """The answer to a question closed at `as_of`: `current` counted in its `range`, `earlier` in its `compare_to`."""
    now = period_values(query, current)
    before = None if earlier is None else period_values(query, earlier)
    if before is None:
        rows = [StatsRow(keys=keys, value=value) for keys, value in now.rows.items()]
    else:
        rows = compared_rows(query.group_by, now, before)
    truncated = len(rows) > query.limit
    return StatsResult(
        rows=tuple(_sorted(query, rows)[: query.limit]),
        total=now.total,
        compare_total=None if before is None else before.total,
        rows_sum_to_total=not truncated and _adds_up(query.measure, list(now.rows.values()), now.total),
        truncated=truncated,
        total_rows=len(rows),
        query=query,
        as_of=as_of,
        query_id=query_id(query),
        first_event_time=first_event_time,
    )


def _sorted(query: StatsQuery, rows: Sequence[StatsRow]) -> list[StatsRow]:
    """Ties by key, ascending: both sorts are stable."""
    by_key = sorted(rows, key=by_keys(query.group_by), reverse=query.order is Order.KEY_DESC)
    match query.order:
        case Order.VALUE_DESC:
            return sorted(by_key, key=_VALUE, reverse=True)
        case Order.VALUE_ASC:
            return sorted(by_key, key=_VALUE)
        case _:
            return by_key


def _adds_up(measure: Measure, values: Sequence[float], total: float) -> bool:
    if measure in _COUNTS:
        return sum(values) == total
    return math.isclose(math.fsum(values), total, rel_tol=_SAME, abs_tol=1e-15)
