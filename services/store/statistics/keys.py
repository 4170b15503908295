"""The keys of rows, as the contract writes them. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from services.store.statistics.question import TIME_DIMENSIONS, Dimension

Keys: TypeAlias = tuple[str, ...]
"""One key per dimension, in the order of the dimensions."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


KEY_OF_DAY: Final[Mapping[Dimension, Callable[[date], str]]] = MappingProxyType(
    {
        Dimension.DAY: date.isoformat,
        Dimension.WEEK: _week,
        Dimension.MONTH: lambda day: day.isoformat()[:7],
        Dimension.WEEKDAY: lambda day: WEEKDAYS[day.weekday()],
    }
)
"""Time dimension → the key of a local day; a day and the first day of its week or month have the same."""


def hour_key(hour: int) -> str:
    """The key of an hour, 0 to 23."""
    return f"{hour:02}"


def key_text(dimension: Dimension, value: object) -> str:
    """The key for what Postgres answers: text, a date, an hour, or an ISO weekday (Monday is 1)."""
    if isinstance(value, date):
        return KEY_OF_DAY[dimension](value)
    if isinstance(value, int):
        return WEEKDAYS[value - 1] if dimension is Dimension.WEEKDAY else hour_key(value)
    return str(value)


class Keyed(Protocol):
    """A row of an answer."""

    @property
    def keys(self) -> Keys:
        """Its keys."""


def by_keys(dimensions: tuple[Dimension, ...]) -> Callable[[Keyed], Keys]:
    """What to sort rows by, so that keys follow each other as text, but for weekdays, which begin with Monday."""
    if Dimension.WEEKDAY not in dimensions:
        return attrgetter("keys")
    place = dimensions.index(Dimension.WEEKDAY)
    return lambda row: (*row.keys[:place], str(WEEKDAYS.index(row.keys[place])), *row.keys[place + 1 :])


def time_dimensions(dimensions: tuple[Dimension, ...]) -> tuple[Dimension, ...]:
    """The time dimensions among `dimensions`, in their order."""
    return tuple(name for name in dimensions if name in TIME_DIMENSIONS)


def time_part(keys: Keys, dimensions: tuple[Dimension, ...]) -> Keys:
    """The keys of the time dimensions alone."""
    return tuple(key for name, key in zip(dimensions, keys, strict=True) if name in TIME_DIMENSIONS)
