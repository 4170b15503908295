"""Runs a statistics question: every part of it in one snapshot, the range's local calendar made on the way."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import asyncpg

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.filters import TimeRange
from services.store.pool import Connection, Database
from services.store.statistics.answer import answer
from services.store.statistics.calendar import NO_CALENDAR, Calendar, cut
from services.store.statistics.keys import Keys, key_text, time_dimensions
from services.store.statistics.question import Dimension, Measure, StatsQuery, StatsResult
from services.store.statistics.rollup_answer import RollupAnswer
from services.store.statistics.rollup_sql import NOW_AND_DAYS, rest_statement, rollup_statement
from services.store.statistics.rollups import Rollup, in_all, is_answerable, rollup
from services.store.statistics.shares import denominator_dimensions
from services.store.statistics.sql import (
    MAX_GROUPS,
    Scope,
    Selection,
    Statement,
    first_message_statement,
    period_selections,
)
from services.store.statistics.validation import check_length, closed_at, needs_calendar
from services.store.statistics.values import (
    NO_COUNTS,
    NOTHING,
    PeriodCounts,
    PeriodValues,
    Tally,
    period_values,
)

Counted: TypeAlias = tuple[Tally, Mapping[Keys, Tally]]
"""In all, and row by row."""

NO_ROWS: Final[Counted] = (NOTHING, {})


async def run_query(database: Database, workspace_id: str, query: StatsQuery) -> StatsResult:
    """The exact answer to a validated question, from one snapshot of the database.

    Raises InvalidInputError: BAD_RANGE for a range that does not fit `as_of` or the calendar, BAD_LIMIT for a grouping
    with more than `MAX_GROUPS` rows. Raises what `Database.transaction` raises.
    """
    (result,) = await run_queries(database, workspace_id, [query])
    return result


async def run_queries(
    database: Database, workspace_id: str, queries: Sequence[StatsQuery], *, rollups: bool = True
) -> list[StatsResult]:
    """As `run_query` for several questions, all from the same snapshot: what they count can be set side by side.

    `rollups=False` counts the messages themselves, which is slower and must give the same.
    """
    async with database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
        ((now, first, last),) = await connection.fetch(NOW_AND_DAYS, workspace_id)
        known = _Known(days=(first, last) if first and last else None) if rollups else None
        return [await _run(connection, workspace_id, query, now, known) for query in queries]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """First and last day in the roll-ups; None where they are empty."""

    days: tuple[date, date] | None

    def begins_before(self, instant: datetime) -> bool:
        """Whether there is a whole day of UTC with messages before the instant."""
        return self.days is not None and self.days[0] < instant.astimezone(UTC).date()


async def _run(
    connection: Connection, workspace_id: str, query: StatsQuery, now: datetime, known: _Known | None
) -> StatsResult:
    """`known` None: counted from the messages."""
    closed = closed_at(query, now)
    # Without a wish for an instant the snapshot itself says what is known, and cheaper.
    as_of = None if query.as_of is None else closed.as_of
    snapshot = _Snapshot(connection, Scope(workspace_id=workspace_id, as_of=as_of), closed, known)
    current = await snapshot.count(closed.range, "range")
    earlier = None if closed.compare_to is None else await snapshot.count(closed.compare_to, "compare_to")
    first = await snapshot.first_event_after([closed.range, closed.compare_to])
    return answer(closed, closed.as_of or now, current, earlier, first_event_time=first)


async def values_in(connection: Connection, query: StatsQuery, scope: Scope) -> PeriodValues:
    """What a closed question counts in its range, as far as it is known in the scope, row by row and in all.

    Raises InvalidInputError as `run_query` does.
    """
    return period_values(query, await _Snapshot(connection, scope, query, None).count(query.range, "range"))


class _Snapshot:
    """One question in one transaction."""

    def __init__(self, connection: Connection, scope: Scope, query: StatsQuery, known: _Known | None) -> None:
        self._connection = connection
        self._scope = scope
        self._query = query
        self._known = known

    async def count(self, time_range: TimeRange, field: str) -> PeriodCounts:
        """Everything counted in a closed range; `field` names it in errors."""
        query = self._query
        calendar = NO_CALENDAR
        if needs_calendar(query):
            time_range = await self._from_first_message(time_range)
            calendar = self._calendar(time_range, field)
            if not calendar.segments:
                return NO_COUNTS
        counted, shared = period_selections(query, time_range, calendar.segments, self._scope)
        total, rows = await self._counted(counted, query.group_by)
        share_total, share_rows = await self._counted(shared, denominator_dimensions(query)) if shared else NO_ROWS
        return PeriodCounts(calendar=calendar, total=total, rows=rows, share_total=share_total, share_rows=share_rows)

    async def first_event_after(self, periods: Sequence[TimeRange | None]) -> datetime | None:
        """When the workspace's first message was sent, if one of the periods begins before it."""
        begin = min((period.start for period in periods if period and period.start), default=None)
        known = self._known if self._scope.as_of is None else None
        if begin is None or (known and known.begins_before(begin)):
            return None
        first = await self._first_event_time(None)
        return first if first and begin < first else None

    async def _first_event_time(self, end: datetime | None) -> datetime | None:
        statement = first_message_statement(self._scope, end)
        first: datetime | None = await self._connection.fetchval(statement.sql, *statement.arguments)
        return first

    async def _from_first_message(self, time_range: TimeRange) -> TimeRange:
        """The range with an open start closed; empty where there is no message."""
        if time_range.start is not None:
            return time_range
        first = await self._first_event_time(time_range.end)
        return replace(time_range, start=first or time_range.end)

    def _calendar(self, time_range: TimeRange, field: str) -> Calendar:
        check_length(time_range, field)
        if time_range.start is None or time_range.end is None or time_range.start >= time_range.end:
            return NO_CALENDAR
        calendar = cut(time_range.start, time_range.end, ZoneInfo(self._query.time_zone))
        _check_groups(calendar.slot_bound(time_dimensions(self._query.group_by)))
        # A share's rows are those of the messages it divides by.
        restricted = self._query.share_of if self._query.measure is Measure.SHARE else self._query.filters
        return calendar.narrowed(hours=restricted.hours, weekdays=restricted.weekdays)

    async def _counted(self, selection: Selection, dimensions: tuple[Dimension, ...]) -> Counted:
        """All there is, and the rows of a grouping, from the roll-ups where they know the answer."""
        asked = self._rollup(selection, dimensions)
        if asked is None or not asked.holds_all:
            total = (await self._rows(selection, ())).get((), NOTHING)
            return total, await self._rows(selection, dimensions) if dimensions else {}
        records = await self._fetch(rollup_statement(asked)) if asked.shapes else []
        total = (await self._answered(in_all(asked), records)).get((), NOTHING)
        return total, await self._answered(asked, records) if dimensions else {}

    async def _rows(self, selection: Selection, dimensions: tuple[Dimension, ...]) -> Mapping[Keys, Tally]:
        asked = self._rollup(selection, dimensions)
        if asked is None:
            records = await self._fetch(selection.grouped_by(dimensions))
            return _checked({_keys(record, dimensions): _tally(record) for record in records})
        return await self._answered(asked, await self._fetch(rollup_statement(asked)) if asked.shapes else [])

    def _rollup(self, selection: Selection, dimensions: tuple[Dimension, ...]) -> Rollup | None:
        if self._known is None or not is_answerable(selection, dimensions):
            return None
        return rollup(selection, dimensions, self._known.days)

    async def _answered(self, asked: Rollup, records: Sequence[asyncpg.Record]) -> Mapping[Keys, Tally]:
        """What the roll-ups answered, with what they do not hold."""
        found = RollupAnswer.of(asked)
        rest = await self._fetch(rest_statement(asked))

        def tallies() -> Mapping[Keys, Tally]:
            found.add_rollup(records)
            found.add_rest(rest)
            return found.tallies()

        # Telling apart the users of millions of messages takes a second, which other calls are not to wait for.
        return _checked(await asyncio.to_thread(tallies) if asked.counts_users else tallies())

    async def _fetch(self, statement: Statement) -> list[asyncpg.Record]:
        return await self._connection.fetch(statement.sql, *statement.arguments)


def _checked(tallies: Mapping[Keys, Tally]) -> Mapping[Keys, Tally]:
    _check_groups(len(tallies))
    return tallies


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
