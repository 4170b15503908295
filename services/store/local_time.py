"""Local times: the parts of a range in which a zone keeps one offset from UTC. Pure.

Python's zone tables are the only ones used: Postgres gets the offsets of a range as parameters, so that the two can
never disagree about a zone, whichever release of the IANA data each was built with.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

DEFAULT_TIME_ZONE: Final = "UTC"
"""The zone where none is named."""

_STEP: Final = timedelta(days=2)
"""No zone has changed its offset twice within three days since 1900 (IANA data 2026b): no change hides in a step."""

_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Messages are at most a day ahead of the clock, so that none is later while this lies ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part [start, end) of a range in which the zone's offset from UTC does not change."""

    start: datetime
    end: datetime
    offset: timedelta


def is_time_zone(name: str) -> bool:
    """Whether `name` is a zone of the IANA database: neither this machine's own, nor one that counts leap seconds."""
    return name in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}


@lru_cache(maxsize=64)
def all_segments(zone: str) -> tuple[Segment, ...]:
    """The segments of a zone, by its name, over all times that messages can have."""
    return tuple(segments(_EPOCH, _LAST, ZoneInfo(zone)))


def segments(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Segment]:
    """The segments of [start, end), instants in UTC, in their order; work grows with the number of days."""
    begin = moment = start
    offset = _offset(start, zone)
    while moment < end:
        following = min(moment + _STEP, end)
        if _offset(following, zone) != offset:
            change = _first_change(moment, following, zone)
            yield Segment(start=begin, end=change, offset=offset)
            begin, offset = change, _offset(change, zone)
        moment = following
    if begin < end:
        yield Segment(start=begin, end=end, offset=offset)


def _first_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (before, after] at which the zone leaves the offset of `before`; always a whole second."""
    offset = _offset(before, zone)

    def has_changed(second: int) -> bool:
        return _offset(_EPOCH + second * _SECOND, zone) != offset

    seconds = range((before - _EPOCH) // _SECOND + 1, (after - _EPOCH) // _SECOND + 1)
    position = bisect_left(seconds, True, key=has_changed)  # noqa: FBT003 - the value searched for
    return _EPOCH + seconds[position] * _SECOND


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
