"""Units of time that are neither a period nor what rows are told by: "at month end", "within a day of". Pure."""

from typing import Final

from services.chat.planner.asking import Question
from services.chat.planner.patterns import spoken
from services.chat.planner.read import Turn
from services.chat.question import Measure

_UNIT: Final = spoken(r"(?<!same )(?:week|month|quarter|year|minute|fortnight|day|hour|weekend|season)s?")
_WHICH_PERIOD: Final = Question(
    reason="I could not read the period.",
    choices=("How many messages came in last week?", "How many messages came in in the last 30 days?"),
    keeps=True,
)


def unread_time(turn: Turn) -> Question | None:
    """The question to ask about a unit of time that nothing has read, rather than to count without it."""
    reading = turn.reading
    rows = reading.grouping is not None and bool(reading.grouping.dimensions)
    if turn.is_empty or reading.operation or rows or reading.measure is Measure.PER_DAY_AVERAGE or turn.forgets:
        return None
    return _WHICH_PERIOD if _UNIT.search(reading.text) else None
