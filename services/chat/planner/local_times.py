"""Hours and days of the week that narrow a period: "on Fridays last month", "between 9 and 17 last week". Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.chat.dates.names import PARTS_OF_DAY, weekday_of
from services.chat.dates.period import DayHours, Period, Unit
from services.chat.dates.resolve import Settled
from services.chat.planner.patterns import spoken

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_DAYS: Final = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekends)"
_PARTS: Final = r"(?:mornings|afternoons|evenings|nights)"
_ON_DAYS: Final = spoken(
    rf"on (?P<days>{_DAYS}(?:(?: ,)?(?: and| or)? (?:on )?{_DAYS})*)(?: (?P<part>{_PARTS}))?",
    rf"(?:in|during) the (?P<parts>{_PARTS})",
    r"at (?P<nights>nights)",
)
_TURNED_ROUND: Final = frozenset(
    ["except", "excluding", "without", "not", "than", "vs", "versus", "against", "besides"]
)
_WEEKEND: Final = (6, 7)
_SINGLE: Final = frozenset({Unit.MINUTE, Unit.HOUR, Unit.PART, Unit.DAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTimes:
    """Hours of the day and days of the week (Monday is 1); empty ones do not restrict."""

    hours: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hours or self.weekdays)


def repeated(text: str) -> tuple[LocalTimes, str]:
    """The days or parts of days in the plural that a text names once, and the text without them."""
    found = _ON_DAYS.search(text)
    if found is None or not _TURNED_ROUND.isdisjoint(text[: found.start()].split()[-1:]):
        return LocalTimes(), text
    named = found["part"] or found["parts"] or found["nights"]
    hours = _hours(*PARTS_OF_DAY[named.removesuffix("s")]) if named else ()
    days = (word for word in (found["days"] or "").split() if word not in {"and", "or", "on", ","})
    weekdays = {day for word in days for day in (_WEEKEND if word == "weekends" else (weekday_of(word) + 1,))}
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return LocalTimes(hours=hours, weekdays=tuple(sorted(weekdays))), " ".join(rest.split())


def of_longer(dates: Sequence[Settled]) -> tuple[tuple[int, ...], tuple[Settled, ...]]:
    """Hours of a day that stand beside one period of several days, and the dates without them."""
    hours = [value for value in dates if isinstance(value, DayHours)]
    others = tuple(value for value in dates if not isinstance(value, DayHours))
    if len(hours) != 1 or len(others) != 1 or not _is_longer(others[0]):
        return (), tuple(dates)
    whole = _hours(hours[0].start, hours[0].end)
    return (whole, others) if whole else ((), tuple(dates))


def _is_longer(value: Settled) -> bool:
    if not isinstance(value, Period) or value.unit in _SINGLE or value.start is None:
        return False
    return value.end is None or value.end - value.start > _DAY


def _hours(start: timedelta, end: timedelta) -> tuple[int, ...]:
    """The hours of [start, end) from midnight; none where these are not whole hours of one day."""
    if start % _HOUR or end % _HOUR or not timedelta() <= start < end <= _DAY:
        return ()
    return tuple(range(start // _HOUR, end // _HOUR))
