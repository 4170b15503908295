"""Questions about spikes and changes: as values, and what they must be. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.runtime.errors import ErrorReason
from services.store.filters import Filters, TimeRange
from services.store.local_time import DEFAULT_TIME_ZONE
from services.store.statistics.question import Dimension
from services.store.validation import (
    Violation,
    filter_violations,
    instant_violations,
    range_violations,
    time_zone_violations,
)
from services.store.watching.buckets import Step
from services.store.watching.change import DEFAULT_CELLS, MAX_CELLS
from services.store.watching.spikes import DEFAULT_FALSE_ALARM_RATE, Policy

DEFAULT_LENGTH: Final = timedelta(days=7)
HOURLY_UP_TO: Final = timedelta(hours=48)
LEAST_RATE: Final = 1e-6
LARGEST_RATE: Final = 0.5
WATCHABLE: Final = (
    Dimension.CATEGORY,
    Dimension.INTENT,
    Dimension.SOURCE,
    Dimension.SENTIMENT,
    Dimension.LANGUAGE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeQuestion:
    """Where to look for spikes; meanings as in `DetectSpikesRequest`. `step` None: by the length of the range."""

    filters: Filters = field(default_factory=Filters)
    range: TimeRange = field(default_factory=TimeRange)
    time_zone: str = DEFAULT_TIME_ZONE
    group_by: Dimension | None = None
    step: Step | None = None
    policy: Policy = Policy.SEASONAL
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuestion:
    """Which change to split; meanings as in `ExplainChangeRequest`."""

    filters: Filters = field(default_factory=Filters)
    range: TimeRange = field(default_factory=TimeRange)
    compare_to: TimeRange | None = None
    as_of: datetime | None = None
    limit: int = DEFAULT_CELLS
    time_zone: str = DEFAULT_TIME_ZONE


def step_of(question: SpikeQuestion, closed: TimeRange) -> Step:
    """The step asked for, else the one that suits a closed range."""
    if question.step is not None:
        return question.step
    short = closed.start is not None and closed.end is not None and closed.end - closed.start <= HOURLY_UP_TO
    return Step.HOUR if short else Step.DAY


def spike_violations(question: SpikeQuestion) -> Iterator[Violation]:
    """Every rule that a question about spikes breaks."""
    yield from filter_violations(question.filters)
    yield from range_violations(question.range)
    yield from time_zone_violations(question.time_zone)
    yield from instant_violations(question.as_of)
    if not LEAST_RATE <= question.false_alarm_rate <= LARGEST_RATE:
        yield Violation(
            field="false_alarm_rate",
            reason=ErrorReason.BAD_LIMIT,
            description=f"must be from {LEAST_RATE:.6f} to {LARGEST_RATE}, or 0 for {DEFAULT_FALSE_ALARM_RATE}",
        )


def change_violations(question: ChangeQuestion) -> Iterator[Violation]:
    """Every rule that a question about a change breaks."""
    yield from filter_violations(question.filters)
    yield from time_zone_violations(question.time_zone)
    yield from range_violations(question.range)
    yield from instant_violations(question.as_of)
    if question.range.start is None:
        yield Violation(field="range.start", reason=ErrorReason.BAD_RANGE, description="must be given")
    if question.compare_to is not None:
        yield from range_violations(question.compare_to, field="compare_to")
        if question.compare_to.start is None or question.compare_to.end is None:
            yield Violation(
                field="compare_to", reason=ErrorReason.BAD_RANGE, description="must be closed on both sides"
            )
    if not 1 <= question.limit <= MAX_CELLS:
        yield Violation(
            field="limit",
            reason=ErrorReason.BAD_LIMIT,
            description=f"must be from 1 to {MAX_CELLS:,}, or 0 for {DEFAULT_CELLS}",
        )
