"""A range cut for the roll-ups: whole quarters of an hour inside, what is left at its edges. Pure.

The roll-ups know days in UTC and their quarters of an hour. Offsets of today's zones are multiples of a quarter, so
every local day and hour is a sum of such pieces; where one is not (local mean times of long ago), there are no pieces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from services.store.filters import TimeRange
from services.store.local_time import Segment
from services.store.statistics.keys import KEY_OF_DAY, Keys, hour_key
from services.store.statistics.question import Dimension

QUARTERS: Final = 96
"""Quarters of an hour in a day."""

_QUARTER: Final = timedelta(minutes=15)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Piece(NamedTuple):
    """The quarters [low, high) of a day (UTC), all of them with the same time keys."""

    day: date
    low: int
    high: int
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The part of a range that whole quarters cover, and the at most two parts at its ends that they do not."""

    whole: TimeRange
    edges: tuple[TimeRange, ...]


def inside(time_range: TimeRange) -> Inside | None:
    """The whole quarters within a range, as far as it is closed; None where there is none."""
    start, end = time_range.start, time_range.end
    first = start and _EPOCH - (_EPOCH - start) // _QUARTER * _QUARTER
    last = end and _EPOCH + (end - _EPOCH) // _QUARTER * _QUARTER
    if first and last and first >= last:
        return None
    edges = [TimeRange(start=start, end=first)] if start != first else []
    edges += [TimeRange(start=last, end=end)] if end != last else []
    return Inside(whole=TimeRange(start=first, end=last), edges=tuple(edges))


def are_whole_quarters(segments: Sequence[Segment]) -> bool:
    """Whether pieces can follow the local time of these segments: offsets, and changes of them, in whole quarters."""
    return all(segment.offset % _QUARTER == _NOTHING for segment in segments) and all(
        (segment.start - _EPOCH) % _QUARTER == _NOTHING for segment in segments[1:]
    )


def pieces(
    start: datetime, end: datetime, segments: tuple[Segment, ...], times: tuple[Dimension, ...]
) -> tuple[Piece, ...]:
    """[start, end), whole quarters, as pieces in order; their keys stand in the order of `times`.

    `segments` cover the range and are in whole quarters; without `times` they are not looked at.
    """
    if not times:
        return tuple(_cut(start, end, _NOTHING, _DAY, ()))
    found: list[Piece] = []
    for segment in segments:
        begin, stop = max(start, segment.start), min(end, segment.end)
        if begin < stop:
            found.extend(_cut(begin, stop, segment.offset, _HOUR if Dimension.HOUR in times else _DAY, times))
    return tuple(found)


def _cut(
    start: datetime, end: datetime, offset: timedelta, step: timedelta, times: tuple[Dimension, ...]
) -> Iterator[Piece]:
    """Cut where a local day or hour begins, and at midnight UTC."""
    moment = start
    while moment < end:
        local_next = _EPOCH + ((moment + offset - _EPOCH) // step + 1) * step - offset
        midnight = datetime.combine(moment.date() + _DAY, time(), UTC)
        following = min(local_next, midnight, end)
        low = _quarter(moment)
        high = low + (following - moment) // _QUARTER
        yield Piece(moment.date(), low, high, _keys(moment + offset, times))
        moment = following


def _quarter(moment: datetime) -> int:
    return moment.hour * 4 + moment.minute // 15


def _keys(local: datetime, times: tuple[Dimension, ...]) -> Keys:
    return tuple(hour_key(local.hour) if name is Dimension.HOUR else KEY_OF_DAY[name](local.date()) for name in times)
