"""The whole week, month or year around the period in force: "the month as a whole?" after a day of it. Pure."""

import re
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.names import unit_of
from services.chat.dates.period import Period, Unit, containing
from services.chat.planner.periods import period_of
from services.chat.question import Interpretation

_LED: Final = (
    r"(?:(?:and|but|now|then|ok|so|what|how|about|for|in|over|during|of|show|give|me|us|it|that|this|the|its|same|please"
    r"|compare|compared|with|to|vs|versus|against|,) )*"
)
_WHOLE: Final = re.compile(
    rf"^(?P<led>{_LED})(?:whole|entire|full|complete) (?P<unit>week|month|quarter|year)"
    r"(?P<behind>(?: (?:instead|then|please|too|of it|\?|,))*)$"
)


def whole_around(words: str, base: Interpretation | None, clock: Clock) -> str:
    """The words of a turn, a whole unit named after a period inside it written as the one that holds that period."""
    found = _WHOLE.search(words)
    period = period_of(base.query.range, clock) if base is not None else None
    if found is None or period is None or period.start is None or period.end is None:
        return words
    unit = unit_of(found["unit"])
    holder = containing(period.start, unit)
    if holder == containing(clock.local, unit) or not _holds(holder, period):
        return words
    return f"{found['led'].removesuffix('the ')}{_named(holder, unit)}{found['behind']}"


def _holds(holder: Period, period: Period) -> bool:
    """Whether a period begins in the holder and is shorter than it, which the last week of a month may leave."""
    if holder.start is None or holder.end is None or period.start is None or period.end is None:
        return False
    return period.end - period.start < holder.end - holder.start


def _named(holder: Period, unit: Unit) -> str:
    start = holder.start
    if start is None:
        return ""
    if unit is Unit.WEEK:
        return f"{start:%G}-w{start:%V}"
    if unit is Unit.MONTH:
        return f"{start:%Y-%m}"
    return f"q{(start.month + 2) // 3} {start:%Y}" if unit is Unit.QUARTER else f"{start:%Y}"
