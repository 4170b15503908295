"""The same question as it was known at two instants, and what made the difference. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.store.statistics.canonical import query_id
from services.store.statistics.keys import Keys, by_keys
from services.store.statistics.knowledge import CAUSES, Cause
from services.store.statistics.question import Order, StatsQuery
from services.store.statistics.values import PeriodValues


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One row, or the total: its value as known before and after, and each cause's part of the difference."""

    keys: Keys
    before: float
    after: float
    parts: Mapping[Cause, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The answer. `query`: as it was run, its range closed at `before`."""

    rows: tuple[ComparedRow, ...]
    total: ComparedRow
    total_rows: int
    query: StatsQuery
    before: datetime
    after: datetime
    query_id: str

    @property
    def truncated(self) -> bool:
        """Whether the limit cut rows off."""
        return len(self.rows) < self.total_rows


def compared(query: StatsQuery, before: datetime, after: datetime, steps: Sequence[PeriodValues]) -> Comparison:
    """The comparison, from the values before, after each cause in turn, and so in the end after all of them."""
    keys = {key for step in steps for key in step.rows}
    rows = [_row(key, [step.rows.get(key, 0.0) for step in steps]) for key in keys]
    return Comparison(
        rows=tuple(_sorted(query, rows)[: query.limit]),
        total=_row((), [step.total for step in steps]),
        total_rows=len(rows),
        query=query,
        before=before,
        after=after,
        query_id=query_id(query),
    )


def _row(keys: Keys, values: Sequence[float]) -> ComparedRow:
    parts = {cause: later - earlier for cause, earlier, later in zip(CAUSES, values, values[1:], strict=False)}
    return ComparedRow(keys=keys, before=values[0], after=values[-1], parts=parts)


def _sorted(query: StatsQuery, rows: list[ComparedRow]) -> list[ComparedRow]:
    """By the values known after, or by key; ties by key, ascending."""
    by_key = sorted(rows, key=by_keys(query.group_by), reverse=query.order is Order.KEY_DESC)
    match query.order:
        case Order.VALUE_DESC:
            return sorted(by_key, key=lambda row: -row.after)
        case Order.VALUE_ASC:
            return sorted(by_key, key=lambda row: row.after)
        case _:
            return by_key
