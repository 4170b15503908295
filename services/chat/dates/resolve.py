"""Reads every date phrase of a canonical text and settles it against the caller's clock.

The resolver is our own because dateparser and dateutil give single instants, not half-open ranges, and the Python
port of Recognizers-Text gives several readings with US defaults, no time zones and inclusive ends, while here every
phrase needs one stated past reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.compound import COMPOUND
from services.chat.dates.hours import HOURS
from services.chat.dates.named import FEAST_DAYS, HALVES, NAMED
from services.chat.dates.numeric import NUMERIC
from services.chat.dates.occurrence import latest
from services.chat.dates.parts import PARTS
from services.chat.dates.period import Anchor, DayHours, Period, Several, Shift, Unit, Vague, Value
from services.chat.dates.relative import RELATIVE
from services.chat.dates.rewriting import Rule, Scene, rewrite
from services.chat.dates.sharing import spelled_out
from services.chat.dates.shifts import BEFORE_AND_AFTER, FROM_ANOTHER
from services.chat.dates.spans import with_sums
from services.chat.dates.written import in_words

Settled = Period | Shift | Several | DayHours | Vague

_LAYERS: Final[tuple[tuple[Rule, ...], ...]] = (
    FROM_ANOTHER,
    NUMERIC,
    FEAST_DAYS,
    RELATIVE,
    NAMED,
    PARTS,
    HALVES,
    PARTS,
    HOURS,
    PARTS,
    BEFORE_AND_AFTER,
    COMPOUND,
)
_NOT_YET: Final = Vague(
    reason="That date is still to come, and Earshot only knows what was written.",
    choices=("so far this month", "last month", "in the last 30 days"),
)
_EMPTY: Final = Vague(reason="That period holds no time at all: clocks skipped it, or it ends before it starts.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A text with its date phrases as marks `§n`, and what the remaining marks stand for."""

    text: str
    values: dict[str, Settled]

    def periods(self) -> Iterator[tuple[str, Settled]]:
        """(mark, value) in the order of the text."""
        return ((token, self.values[token]) for token in self.text.split() if token in self.values)


def read_dates(text: str, clock: Clock) -> Dated:
    """Read the date phrases of a canonical text (see `services.chat.lexicon.text`)."""
    scene = Scene(clock=clock)
    text = spelled_out(with_sums(in_words(text)))
    for layer in _LAYERS:
        text = rewrite(text, layer, scene)
    marks = [token for token in text.split() if token.startswith("§")]
    return Dated(text=text, values={mark: _settled(scene.of(mark), clock) for mark in marks})


def _settled(value: Value, clock: Clock) -> Settled:
    if isinstance(value, Anchor):
        value = latest(value, clock.local) or _NOT_YET
    return clipped(value, clock) if isinstance(value, Period) else value


def clipped(period: Period, clock: Clock) -> Period | Vague:
    """`period` with nothing of it after now; a point in time becomes its hour. Vague where nothing is left."""
    local = clock.local
    if period.unit is Unit.MINUTE and period.start is not None and period.start == period.end:
        period = replace(period, end=period.start + timedelta(hours=1), unit=Unit.HOUR)
    if period.start is not None and period.start >= local:
        return _NOT_YET
    if period.end is None or period.end > local:
        period = replace(period, end=local)
    return _EMPTY if _is_empty(period, clock) else period


def _is_empty(period: Period, clock: Clock) -> bool:
    if period.start is None or period.end is None:
        return False
    return clock.instant(period.end) <= clock.instant(period.start)
