"""What one turn says by itself: every part of the typed question that it names, None where it is silent."""

from dataclasses import dataclass, field
from typing import Final

from services.chat.planner.local_times import AskedTimes
from services.chat.planner.wishes import Item
from services.chat.question import Dimension, LabelFilter, Measure, Operation, Order

_SERIES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Rows asked for. `limit` 0 is all, `order` None leaves it to the dimensions, `apart` splits what is in force,
    `of_each` tells that the first of each row were asked for, which come with the others behind them.
    """

    dimensions: tuple[Dimension, ...] = ()
    order: Order | None = None
    limit: int = 0
    trend: bool = False
    ranked: bool = False
    apart: bool = False
    of_each: bool = False

    @property
    def is_series(self) -> bool:
        """Whether the rows run in time, so that a change is seen in them."""
        return self.trend or (not self.ranked and bool(_SERIES & set(self.dimensions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSides:
    """Word spans of a share question: the items of `part` are the numerator's own, all others hold for both."""

    part: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One turn, read. Word positions are those of `text`, in which date phrases are marks.

    `quoted_in_part` tells that a share is asked of the messages that hold the passage, `quoted_out` that those are
    wanted that do not.
    """

    text: str
    items: tuple[Item, ...]
    operation: Operation | None = None
    measure: Measure | None = None
    grouping: Grouping | None = None
    share: ShareSides | None = None
    min_confidence: float | None = None
    quoted: str = ""
    quoted_in_part: bool = False
    quoted_out: bool = False
    user_ids: LabelFilter = field(default_factory=LabelFilter)
    times: AskedTimes = field(default_factory=AskedTimes)
    contrast: bool = False
    period_contrast: bool = False
    changes: bool = False
    whole: bool = False
    another_year: bool = False
    narrows: bool = False
    adds: bool = False
    examples: int = 0
