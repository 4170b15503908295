"""Looks for spikes and splits changes: asks the statistics what they need and hands the answers to the pure parts."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.pool import Database
from services.store.repositories.statistics import run_queries, run_query
from services.store.statistics.question import Dimension, Order, StatsQuery, StatsResult
from services.store.statistics.sql import MAX_GROUPS
from services.store.watching.buckets import NOMINAL, Bucket, Step, buckets, local_midnight
from services.store.watching.change import (
    Change,
    cell_queries,
    cells_of,
    change_of,
    earlier_range,
    has_moodless,
    incident_query,
    moodless_queries,
    total_query,
    user_queries,
    users_of,
)
from services.store.watching.requests import DEFAULT_LENGTH, ChangeQuestion, SpikeQuestion, step_of
from services.store.watching.spikes import Spike, Watched, find_spikes

_HISTORY: Final = {Step.HOUR: timedelta(weeks=8), Step.DAY: timedelta(weeks=12)}
_TIMES: Final = {Step.HOUR: (Dimension.DAY, Dimension.HOUR), Step.DAY: (Dimension.DAY,)}
_CLOSED: Final[Mapping[Dimension, Sequence[str]]] = {
    Dimension.CATEGORY: CATEGORIES,
    Dimension.INTENT: INTENTS,
    Dimension.SENTIMENT: SENTIMENTS,
}


_FIELDS: Final[Mapping[Dimension, str]] = {
    Dimension.CATEGORY: "categories",
    Dimension.INTENT: "intents",
    Dimension.SOURCE: "sources",
    Dimension.SENTIMENT: "sentiments",
    Dimension.LANGUAGE: "languages",
}
_SHOWN_WITH_INCIDENTS: Final = 20
_INCIDENTS_OF_A_SPIKE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCount:
    """An incident and its messages in a spike."""

    incident_id: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeReport:
    """What was found, and in what: the closed range, the step, and the question that counted it."""

    watched: Watched
    range: TimeRange
    step: Step
    counted: StatsResult
    incidents: tuple[tuple[IncidentCount, ...], ...]
    """Of the first spikes, in their order: the incidents among their messages, the largest first."""


async def look_for_spikes(database: Database, workspace_id: str, question: SpikeQuestion) -> SpikeReport:
    """Runs a validated question about spikes. Raises InvalidInputError (BAD_RANGE) and what queries raise."""
    zone = ZoneInfo(question.time_zone)
    beginning, closed = await _beginning(database, workspace_id, question)
    step = step_of(question, closed)
    start, end = _bounds(closed)
    since = max(local_midnight((start - _HISTORY[step]).astimezone(zone).date(), zone), beginning or start)
    _check_number((end - since) / NOMINAL[step])
    spans = buckets(since, end, zone, step)
    counted = await run_query(database, workspace_id, _counting(question, spans, step, end))
    first = next((place for place, bucket in enumerate(spans) if bucket.end > start), len(spans))
    watched = await asyncio.to_thread(
        find_spikes,
        spans,
        _series(counted, spans, question.group_by),
        first,
        policy=question.policy,
        false_alarm_rate=question.false_alarm_rate,
    )
    incidents = await _incidents(database, workspace_id, question, watched.spikes, (end, counted.as_of))
    return SpikeReport(watched=watched, range=closed, step=step, counted=counted, incidents=incidents)


async def _incidents(
    database: Database,
    workspace_id: str,
    question: SpikeQuestion,
    spikes: Sequence[Spike],
    until_and_as_of: tuple[datetime, datetime],
) -> tuple[tuple[IncidentCount, ...], ...]:
    """What the messages of each spike are about, counted from the same instant's knowledge as the spikes."""
    until, as_of = until_and_as_of
    queries = [
        StatsQuery(
            filters=_only(question.filters, question.group_by, spike.key),
            range=TimeRange(start=spike.bucket.start, end=min(spike.bucket.end, until)),
            time_zone=question.time_zone,
            group_by=(Dimension.INCIDENT,),
            order=Order.VALUE_DESC,
            limit=_INCIDENTS_OF_A_SPIKE,
            as_of=as_of,
        )
        for spike in spikes[:_SHOWN_WITH_INCIDENTS]
    ]
    results = await run_queries(database, workspace_id, queries) if queries else []
    return tuple(
        tuple(IncidentCount(incident_id=row.keys[0], messages=round(row.value)) for row in result.rows)
        for result in results
    )


def _only(filters: Filters, dimension: Dimension | None, key: str) -> Filters:
    """The filters narrowed to the messages of one series."""
    if dimension is None:
        return filters
    given: ValueFilter = getattr(filters, _FIELDS[dimension])
    changes: dict[str, Any] = {_FIELDS[dimension]: replace(given, all_of=(*given.all_of, key))}
    return replace(filters, **changes)


async def _beginning(
    database: Database, workspace_id: str, question: SpikeQuestion
) -> tuple[datetime | None, TimeRange]:
    """The local day on which the workspace's messages begin (None: there are none), and the range closed."""
    query = StatsQuery(
        range=TimeRange(end=question.range.end),
        time_zone=question.time_zone,
        group_by=(Dimension.DAY,),
        order=Order.KEY_ASC,
        limit=1,
        as_of=question.as_of,
    )
    result = await run_query(database, workspace_id, query)
    end = result.query.range.end or result.as_of
    closed = TimeRange(start=question.range.start or end - DEFAULT_LENGTH, end=end)
    if not result.rows:
        return None, closed
    day = datetime.fromisoformat(result.rows[0].keys[0]).date()
    return local_midnight(day, ZoneInfo(question.time_zone)), closed


def _bounds(closed: TimeRange) -> tuple[datetime, datetime]:
    if closed.start is None or closed.end is None or closed.start > closed.end:
        raise InvalidInputError.of_field("range", "must not start after its end", reason=ErrorReason.BAD_RANGE)
    return closed.start, closed.end


def _check_number(spans: float) -> None:
    if spans > MAX_GROUPS:
        raise InvalidInputError.of_field(
            "range",
            f"must not hold more than {MAX_GROUPS:,} spans; shorten it or look at days",
            reason=ErrorReason.BAD_RANGE,
        )


def _counting(question: SpikeQuestion, spans: Sequence[Bucket], step: Step, end: datetime) -> StatsQuery:
    watched = () if question.group_by is None else (question.group_by,)
    return StatsQuery(
        filters=question.filters,
        range=TimeRange(start=spans[0].start if spans else end, end=end),
        time_zone=question.time_zone,
        group_by=(*watched, *_TIMES[step]),
        order=Order.KEY_ASC,
        limit=MAX_GROUPS,
        as_of=question.as_of,
    )


def _series(counted: StatsResult, spans: Sequence[Bucket], dimension: Dimension | None) -> Mapping[str, Sequence[int]]:
    """One count per span for every value watched: those of a closed vocabulary, also where they never occur."""
    place = {bucket.keys: position for position, bucket in enumerate(spans)}
    named = ("",) if dimension is None else _CLOSED.get(dimension, ())
    found = {key: [0] * len(spans) for key in named}
    for row in counted.rows:
        key, keys = ("", row.keys) if dimension is None else (row.keys[0], row.keys[1:])
        if keys in place:
            found.setdefault(key, [0] * len(spans))[place[keys]] = round(row.value)
    return found


async def split_change(database: Database, workspace_id: str, question: ChangeQuestion) -> Change:
    """Runs a validated question about a change; everything in it is counted in one snapshot.

    Raises InvalidInputError (BAD_RANGE) and what queries raise.
    """
    base = StatsQuery(
        filters=question.filters, range=question.range, time_zone=question.time_zone, as_of=question.as_of
    )
    now = question.range
    if now.end is None:
        probe = await run_query(database, workspace_id, replace(base, limit=1))
        now = probe.query.range
    before = earlier_range(question.compare_to, now)
    asked = replace(base, range=now, compare_to=before)
    cells = cell_queries(asked, most_rows=MAX_GROUPS)
    others = [
        total_query(asked),
        incident_query(asked, most_rows=MAX_GROUPS),
        *user_queries(asked, now, before),
    ]
    results = await run_queries(database, workspace_id, [*others, *cells])
    if has_moodless(results[len(others) :]):
        # All of it anew: what is set side by side is counted in one snapshot.
        moodless = moodless_queries(asked, most_rows=MAX_GROUPS)
        results = await run_queries(database, workspace_id, [*others, *cells, *moodless])
    total, incidents, *users = results[: len(others)]
    writers = users_of(users[:3]), users_of(users[3:])
    parts = cells_of(results[len(others) :])
    return change_of(total, parts, *writers, by_incident=incidents, limit=question.limit)
