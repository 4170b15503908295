"""What a statistics question must be, and closing it at the instant it is answered. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.runtime.errors import ErrorReason
from services.store.filters import Filters, TimeRange
from services.store.statistics.question import MAX_DIMENSIONS, MAX_ROWS, TIME_DIMENSIONS, Measure, StatsQuery
from services.store.validation import (
    Violation,
    filter_violations,
    instant_violations,
    range_violations,
    refuse,
    time_zone_violations,
)

MAX_LOCAL_DAYS: Final = 36_525
"""Longest range that can be cut into local days: 100 years."""

CLOCK_TOLERANCE: Final = timedelta(minutes=1)
"""An `as_of` this far ahead of the database's clock is another machine's "now", and is read as now."""


def query_violations(query: StatsQuery) -> tuple[Violation, ...]:
    """Every rule the question breaks, as far as that can be said without the database."""
    return tuple(_violations(query))


def _violations(query: StatsQuery) -> Iterator[Violation]:
    yield from filter_violations(query.filters, prefix="filters")
    yield from filter_violations(query.share_of, prefix="share_of")
    if query.measure is not Measure.SHARE and query.share_of != Filters():
        yield Violation(
            field="share_of", reason=ErrorReason.BAD_FILTER, description="is for MEASURE_SHARE only; leave it out"
        )
    yield from range_violations(query.range, field="range")
    if query.compare_to is not None:
        yield from range_violations(query.compare_to, field="compare_to")
    yield from time_zone_violations(query.time_zone)
    yield from instant_violations(query.as_of)
    yield from _shape_violations(query)


def _shape_violations(query: StatsQuery) -> Iterator[Violation]:
    if len(query.group_by) > MAX_DIMENSIONS:
        yield _bad_limit("group_by", f"must be at most {MAX_DIMENSIONS} dimensions")
    if len(set(query.group_by)) < len(query.group_by):
        yield _bad_limit("group_by", "must name each dimension once")
    if not 1 <= query.limit <= MAX_ROWS:
        yield _bad_limit("limit", f"must be from 1 to {MAX_ROWS:,}, or 0 for {MAX_ROWS:,}")


def _bad_limit(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.BAD_LIMIT, description=description)


def needs_calendar(query: StatsQuery) -> bool:
    """Whether the answer depends on local days or hours."""
    return (
        query.measure is Measure.PER_DAY_AVERAGE
        or not TIME_DIMENSIONS.isdisjoint(query.group_by)
        or query.filters.uses_local_time()
        or query.share_of.uses_local_time()
    )


def closed_at(query: StatsQuery, now: datetime) -> StatsQuery:
    """The question with `as_of` and the ends of its ranges filled in. Raises InvalidInputError (BAD_RANGE).

    `now` is the instant of the snapshot that answers it. Starts stay open: nothing lies before the first message.
    """
    as_of = query.as_of or now
    if as_of > now + CLOCK_TOLERANCE:
        _refuse("as_of", "must not lie in the future: what will be known then is not known yet")
    as_of = min(as_of, now)
    compare_to = None if query.compare_to is None else _closed(query.compare_to, as_of, "compare_to")
    return replace(query, as_of=as_of, range=_closed(query.range, as_of, "range"), compare_to=compare_to)


def _closed(time_range: TimeRange, as_of: datetime, field: str) -> TimeRange:
    if time_range.end is not None:
        return time_range
    if time_range.start is not None and time_range.start > as_of:
        _refuse(f"{field}.start", "must not lie after as_of while the end is open")
    return replace(time_range, end=as_of)


def check_length(time_range: TimeRange, field: str) -> None:
    """Raises InvalidInputError (BAD_RANGE) when a closed range is too long to be cut into days."""
    if time_range.start and time_range.end and time_range.end - time_range.start > timedelta(days=MAX_LOCAL_DAYS):
        _refuse(field, f"must be at most {MAX_LOCAL_DAYS:,} days long when local days or hours are asked for")


def _refuse(field: str, description: str) -> None:
    refuse([Violation(field=field, reason=ErrorReason.BAD_RANGE, description=description)])
