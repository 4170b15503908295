"""A range of instants as local days and hours. Pure.

Python's zone tables are the only ones used: Postgres gets the offsets of a range as parameters, so that the two can
never disagree about a zone, whichever release of the IANA data each was built with.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from services.store.statistics.keys import KEY_OF_DAY, Keys, hour_key
from services.store.statistics.question import Dimension

_STEP: Final = timedelta(days=2)
"""No zone has changed its offset twice within three days since 1900 (IANA data 2026b): no change hides in a step."""

_TICK: Final = timedelta(microseconds=1)
_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOURS: Final = range(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part [start, end) of a range in which the zone's offset from UTC does not change."""

    start: datetime
    end: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A range cut by a zone. `hours_of_day`: touched local day → bit set of its local hours that the range touches."""

    segments: tuple[Segment, ...]
    hours_of_day: Mapping[date, int]

    @property
    def days(self) -> int:
        """Number of local days touched."""
        return len(self.hours_of_day)

    def slots(self, dimensions: tuple[Dimension, ...]) -> Counter[Keys]:
        """Every combination of time keys the range touches → number of local days on which it does.

        Keys stand in the order of `dimensions`, all of them times. Without any: the empty combination, all days.
        """
        kinds_of_day = Counter(
            (tuple(KEY_OF_DAY[name](day) for name in dimensions if name in KEY_OF_DAY), hours)
            for day, hours in self.hours_of_day.items()
        )
        slots: Counter[Keys] = Counter()
        for (keys, hours), days in kinds_of_day.items():
            for slot in _with_hours(keys, hours, dimensions):
                slots[slot] += days
        return slots

    def slot_bound(self, dimensions: tuple[Dimension, ...]) -> int:
        """At most this many combinations come from `slots`."""
        return sum(map(int.bit_count, self.hours_of_day.values())) if Dimension.HOUR in dimensions else self.days


NO_CALENDAR: Final = Calendar(segments=(), hours_of_day=MappingProxyType({}))
"""The calendar of an empty range."""


def cut(start: datetime, end: datetime, zone: ZoneInfo) -> Calendar:
    """The calendar of [start, end), aware instants of the years 2 to 9998; work grows with the number of days."""
    segments = tuple(_segments(start.astimezone(UTC), end.astimezone(UTC), zone))
    hours_of_day: dict[date, int] = {}
    for segment in segments:
        for day, hours in _local_hours(segment):
            hours_of_day[day] = hours_of_day.get(day, 0) | hours
    return Calendar(segments=segments, hours_of_day=MappingProxyType(hours_of_day))


def _segments(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Segment]:
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


def _local_hours(segment: Segment) -> Iterator[tuple[date, int]]:
    first = (segment.start + segment.offset).replace(tzinfo=None)
    last = (segment.end + segment.offset - _TICK).replace(tzinfo=None)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        low = first.hour if ordinal == first.toordinal() else _HOURS[0]
        high = last.hour if ordinal == last.toordinal() else _HOURS[-1]
        yield date.fromordinal(ordinal), (2 << high) - (1 << low)


def _with_hours(keys: Keys, hours: int, dimensions: tuple[Dimension, ...]) -> Iterator[Keys]:
    if Dimension.HOUR not in dimensions:
        yield keys
        return
    place = dimensions.index(Dimension.HOUR)
    for hour in _HOURS:
        if hours >> hour & 1:
            yield (*keys[:place], hour_key(hour), *keys[place:])
