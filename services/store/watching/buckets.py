"""A range cut into local days or hours, with the instants at which they begin and end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from services.store.statistics.keys import Keys, hour_key

_TICK: Final = timedelta(microseconds=1)
_HOURS: Final = range(24)


class Step(StrEnum):
    """How long a bucket is."""

    HOUR = "hour"
    DAY = "day"


NOMINAL: Final = {Step.HOUR: timedelta(hours=1), Step.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One local day or hour. `length` in nominal steps: 1 but where the clock is changed (an hour that comes twice: 2).

    `keys` are those of a statistics row: the day, and the hour where hours are watched.
    """

    start: datetime
    end: datetime
    keys: Keys
    weekday: int
    hour: int
    length: float


def buckets(start: datetime, end: datetime, zone: ZoneInfo, step: Step) -> list[Bucket]:
    """Every bucket that [start, end) touches, whole, in time. An hour that a change of the clock skips is none."""
    if start >= end:
        return []
    first, last = start.astimezone(zone).date(), (end - _TICK).astimezone(zone).date()
    found: list[Bucket] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        found.extend(_of_day(date.fromordinal(ordinal), zone, step))
    return [bucket for bucket in found if bucket.end > start and bucket.start < end]


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _of_day(day: date, zone: ZoneInfo, step: Step) -> Iterator[Bucket]:
    hours = _HOURS if step is Step.HOUR else _HOURS[:1]
    # An hour that is skipped begins where the next one does, and so has no length.
    begins = [datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in hours]
    ends = [*begins[1:], local_midnight(day + timedelta(days=1), zone)]
    for hour, start, end in zip(hours, begins, ends, strict=True):
        if start < end:
            keys = (day.isoformat(), hour_key(hour)) if step is Step.HOUR else (day.isoformat(),)
            length = (end - start) / NOMINAL[step]
            yield Bucket(start=start, end=end, keys=keys, weekday=day.weekday(), hour=hour, length=length)
