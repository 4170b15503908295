"""A range of instants as local days and hours. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from services.store.local_time import Segment, segments
from services.store.statistics.keys import KEY_OF_DAY, Keys, hour_key
from services.store.statistics.question import Dimension

_TICK: Final = timedelta(microseconds=1)
_HOURS: Final = range(24)


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

    def narrowed(self, *, hours: Collection[int], weekdays: Collection[int]) -> "Calendar":
        """The calendar of these hours and days of the week (Monday is 1) alone; empty ones do not restrict."""
        mask = sum(1 << hour for hour in set(hours)) if hours else -1
        kept = {
            day: touched & mask
            for day, touched in self.hours_of_day.items()
            if touched & mask and (not weekdays or day.isoweekday() in weekdays)
        }
        return Calendar(segments=self.segments, hours_of_day=MappingProxyType(kept))

    def slot_bound(self, dimensions: tuple[Dimension, ...]) -> int:
        """At most this many combinations come from `slots`."""
        names = [KEY_OF_DAY[name] for name in dimensions if name in KEY_OF_DAY]
        days = len({tuple(name(day) for name in names) for day in self.hours_of_day})
        if Dimension.HOUR not in dimensions:
            return days
        return min(days * len(_HOURS), sum(map(int.bit_count, self.hours_of_day.values())))


NO_CALENDAR: Final = Calendar(segments=(), hours_of_day=MappingProxyType({}))
"""The calendar of an empty range."""


def cut(start: datetime, end: datetime, zone: ZoneInfo) -> Calendar:
    """The calendar of [start, end), aware instants of the years 2 to 9998; work grows with the number of days."""
    parts = tuple(segments(start.astimezone(UTC), end.astimezone(UTC), zone))
    hours_of_day: dict[date, int] = {}
    for segment in parts:
        for day, hours in _local_hours(segment):
            hours_of_day[day] = hours_of_day.get(day, 0) | hours
    return Calendar(segments=parts, hours_of_day=MappingProxyType(hours_of_day))


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
