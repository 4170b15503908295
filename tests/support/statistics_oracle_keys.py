"""Which rows a message stands in and which times a range touches, for the statistics oracle: plain Python."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.statistics.question import Dimension, StatsQuery
from tests.support.statistics_oracle_filters import Known
from tests.support.statistics_world import WorldLabels

Slot = tuple[date, int]
"""A local day and an hour of it."""

Key = tuple[str, ...]

_TICK = timedelta(microseconds=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TIMES = (Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY)


def keys_of(query: StatsQuery, item: Known, dimensions: tuple[Dimension, ...] | None = None) -> set[Key]:
    """Every row the message stands in."""
    names = query.group_by if dimensions is None else dimensions
    found: set[Key] = {()}
    for dimension in names:
        found = {(*key, part) for key in found for part in _parts(query, item, dimension)}
    if Dimension.CATEGORY in names and Dimension.INTENT in names:
        category, intent = names.index(Dimension.CATEGORY), names.index(Dimension.INTENT)
        found = {key for key in found if CATEGORY_OF_INTENT[key[intent]] == key[category]}
    return found


def stands_in(query: StatsQuery, item: Known, key: Key, dimensions: tuple[Dimension, ...]) -> bool:
    return key in keys_of(query, item, dimensions)


def _parts(query: StatsQuery, item: Known, dimension: Dimension) -> set[str]:
    labels = item.labels
    if dimension in TIMES:
        local = item.message.event_time.astimezone(ZoneInfo(query.time_zone))
        return {time_key(dimension, (local.date(), local.hour))}
    of_labelled: dict[Dimension, Callable[[WorldLabels], set[str]]] = {
        Dimension.CATEGORY: lambda _: item.categories,
        Dimension.INTENT: lambda _: item.intents,
        Dimension.SENTIMENT: lambda found: {found.sentiment},
        Dimension.LANGUAGE: lambda found: {found.language},
    }
    if dimension in of_labelled:
        return of_labelled[dimension](labels) if labels else set()
    if dimension is Dimension.CUSTOM_CATEGORY:
        return set(item.custom)
    if dimension is Dimension.INCIDENT:
        return {item.incident} if item.incident else set()
    if dimension is Dimension.STATUS:
        return {"labelled" if labels else "pending"}
    return {item.message.source}


def time_key(dimension: Dimension, slot: Slot) -> str:
    day, hour = slot
    match dimension:
        case Dimension.HOUR:
            return f"{hour:02}"
        case Dimension.DAY:
            return day.strftime("%Y-%m-%d")
        case Dimension.WEEK:
            return day.strftime("%G-W%V")
        case Dimension.MONTH:
            return day.strftime("%Y-%m")
        case _:
            return WEEKDAYS[day.weekday()]


def slots_of(start: datetime, end: datetime, zone: ZoneInfo) -> set[Slot]:
    """Every local day and hour with an instant in [start, end). Zones change on quarters of an hour, or just after."""
    if start >= end:
        return set()
    quarters = range(int(start.timestamp()) // 900 * 900 + 900, int(end.timestamp()) + 1, 900)
    moments = [start.astimezone(zone), (end - _TICK).astimezone(zone)]
    moments += [datetime.fromtimestamp(second, zone) for second in quarters if second < end.timestamp()]
    return {(moment.date(), moment.hour) for moment in moments}


def times_of(key: Key, dimensions: tuple[Dimension, ...]) -> Key:
    return tuple(part for part, dimension in zip(key, dimensions, strict=True) if dimension in TIMES)
