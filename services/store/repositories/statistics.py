"""Runs a statistics question: every part of it in one snapshot, the range's local calendar made on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.filters import TimeRange
from services.store.pool import Connection, Database
from services.store.statistics.answer import answer
from services.store.statistics.calendar import NO_CALENDAR, Calendar, cut
from services.store.statistics.keys import Keys, key_text, time_dimensions
from services.store.statistics.question import Dimension, StatsQuery, StatsResult
from services.store.statistics.shares import denominator_dimensions
from services.store.statistics.sql import (
    MAX_GROUPS,
    Scope,
    Statement,
    first_message_statement,
    period_statements,
)
from services.store.statistics.validation import check_length, closed_at, needs_calendar
from services.store.statistics.values import NO_COUNTS, NOTHING, PeriodCounts, Tally

_NOW = "SELECT now()"


async def run_query(database: Database, workspace_id: str, query: StatsQuery) -> StatsResult:
    """The exact answer to a validated question, from one snapshot of the database.

    Raises InvalidInputError: BAD_RANGE for a range that does not fit `as_of` or the calendar, BAD_LIMIT for a grouping
    with more than `MAX_GROUPS` rows. Raises what `Database.transaction` raises.
    """
    (result,) = await run_queries(database, workspace_id, [query])
    return result


async def run_queries(database: Database, workspace_id: str, queries: Sequence[StatsQuery]) -> list[StatsResult]:
    """As `run_query` for several questions, all from the same snapshot: what they count can be set side by side."""
    async with database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
        now: datetime = await connection.fetchval(_NOW)
        return [await _run(connection, workspace_id, query, now) for query in queries]


async def _run(connection: Connection, workspace_id: str, query: StatsQuery, now: datetime) -> StatsResult:
    closed = closed_at(query, now)
    # Without a wish for an instant the snapshot itself says what is known, and cheaper.
    as_of = None if query.as_of is None else closed.as_of
    snapshot = _Snapshot(connection, Scope(workspace_id=workspace_id, as_of=as_of), closed)
    current = await snapshot.count(closed.range, "range")
    earlier = None if closed.compare_to is None else await snapshot.count(closed.compare_to, "compare_to")
    return answer(closed, closed.as_of or now, current, earlier)


class _Snapshot:
    """One question in one transaction."""

    def __init__(self, connection: Connection, scope: Scope, query: StatsQuery) -> None:
        self._connection = connection
        self._scope = scope
        self._query = query

    async def count(self, time_range: TimeRange, field: str) -> PeriodCounts:
        """Everything counted in a closed range; `field` names it in errors."""
        query = self._query
        calendar = NO_CALENDAR
        if needs_calendar(query):
            time_range = await self._from_first_message(time_range)
            calendar = self._calendar(time_range, field)
            if not calendar.segments:
                return NO_COUNTS
        statements = period_statements(query, time_range, calendar.segments, self._scope)
        return PeriodCounts(
            calendar=calendar,
            total=await self._total(statements.total),
            rows=await self._rows(statements.rows, query.group_by),
            share_total=await self._total(statements.share_total),
            share_rows=await self._rows(statements.share_rows, denominator_dimensions(query)),
        )

    async def _from_first_message(self, time_range: TimeRange) -> TimeRange:
        """The range with an open start closed; empty where there is no message."""
        if time_range.start is not None:
            return time_range
        statement = first_message_statement(self._scope, time_range.end)
        first: datetime | None = await self._connection.fetchval(statement.sql, *statement.arguments)
        return replace(time_range, start=first or time_range.end)

    def _calendar(self, time_range: TimeRange, field: str) -> Calendar:
        check_length(time_range, field)
        if time_range.start is None or time_range.end is None or time_range.start >= time_range.end:
            return NO_CALENDAR
        calendar = cut(time_range.start, time_range.end, ZoneInfo(self._query.time_zone))
        _check_groups(calendar.slot_bound(time_dimensions(self._query.group_by)))
        return calendar

    async def _total(self, statement: Statement | None) -> Tally:
        if statement is None:
            return NOTHING
        record = await self._connection.fetchrow(statement.sql, *statement.arguments)
        return NOTHING if record is None else _tally(record)

    async def _rows(self, statement: Statement | None, dimensions: tuple[Dimension, ...]) -> Mapping[Keys, Tally]:
        if statement is None:
            return {}
        records = await self._connection.fetch(statement.sql, *statement.arguments)
        _check_groups(len(records))
        return {_keys(record, dimensions): _tally(record) for record in records}


def _check_groups(groups: int) -> None:
    if groups > MAX_GROUPS:
        raise InvalidInputError.of_field(
            "group_by",
            f"must not make more than {MAX_GROUPS:,} rows; shorten the range or leave out a dimension",
            reason=ErrorReason.BAD_LIMIT,
        )


def _tally(record: asyncpg.Record) -> Tally:
    return Tally(record["amount"], record["messages"])


def _keys(record: asyncpg.Record, dimensions: tuple[Dimension, ...]) -> Keys:
    return tuple(key_text(name, record[position]) for position, name in enumerate(dimensions))
