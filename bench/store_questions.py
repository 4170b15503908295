"""The questions of `bench.store`: 90 days in a zone whose days are not those of UTC."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.question import Dimension, Measure, StatsQuery

ZONE: Final = ZoneInfo("Europe/Ljubljana")
RANGE: Final = TimeRange(start=datetime(2026, 2, 1, tzinfo=ZONE), end=datetime(2026, 5, 2, tzinfo=ZONE))


_EVERYTHING: Final = Filters()


def _ask(
    *group_by: Dimension,
    filters: Filters = _EVERYTHING,
    measure: Measure = Measure.MESSAGE_COUNT,
) -> StatsQuery:
    return StatsQuery(measure=measure, filters=filters, range=RANGE, time_zone=ZONE.key, group_by=group_by)


def _any(*values: str) -> ValueFilter:
    return ValueFilter(any_of=values)


_DEPOSIT: Final = Filters(categories=_any("deposit"))

DASHBOARD: Final[Mapping[str, StatsQuery]] = MappingProxyType(
    {
        "total": _ask(),
        "by day": _ask(Dimension.DAY),
        "by hour": _ask(Dimension.HOUR),
        "by source": _ask(Dimension.SOURCE),
        "by category": _ask(Dimension.CATEGORY),
        "by intent": _ask(Dimension.INTENT),
        "by sentiment": _ask(Dimension.SENTIMENT),
        "by language": _ask(Dimension.LANGUAGE),
        "by day and category": _ask(Dimension.DAY, Dimension.CATEGORY),
        "by weekday and hour": _ask(Dimension.WEEKDAY, Dimension.HOUR),
        "by source and sentiment": _ask(Dimension.SOURCE, Dimension.SENTIMENT),
        "deposit by day": _ask(Dimension.DAY, filters=_DEPOSIT),
        "telegram by hour": _ask(Dimension.HOUR, filters=Filters(sources=_any("telegram"))),
        "deposit, telegram, negative by day": _ask(
            Dimension.DAY,
            filters=Filters(categories=_any("deposit"), sources=_any("telegram"), sentiments=_any("negative")),
        ),
    }
)
"""Unfiltered, or one value of each field."""

COMBINATIONS: Final[Mapping[str, StatsQuery]] = MappingProxyType(
    {
        "any of three intents": _ask(filters=Filters(intents=_any("deposit_failed", "complaint", "deposit_info"))),
        "any of two, none of a third, by day": _ask(
            Dimension.DAY,
            filters=Filters(
                categories=ValueFilter(any_of=("deposit", "withdraw"), none_of=("anger_feedback",)),
            ),
        ),
        "all of two by source": _ask(
            Dimension.SOURCE, filters=Filters(categories=ValueFilter(all_of=("deposit", "anger_feedback")))
        ),
        "none of two by category": _ask(
            Dimension.CATEGORY, filters=Filters(categories=ValueFilter(none_of=("deposit", "withdraw")))
        ),
    }
)
"""Several labels at once."""

USERS: Final[Mapping[str, StatsQuery]] = MappingProxyType(
    {
        "users": _ask(measure=Measure.UNIQUE_USERS),
        "users by day": _ask(Dimension.DAY, measure=Measure.UNIQUE_USERS),
        "users by category": _ask(Dimension.CATEGORY, measure=Measure.UNIQUE_USERS),
        "users of deposit": _ask(filters=_DEPOSIT, measure=Measure.UNIQUE_USERS),
    }
)
"""Different users."""
