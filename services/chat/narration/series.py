"""How a series is told, the rows of one step of time: its peak, its quietest step, and what had nothing. Pure."""

from collections.abc import Sequence
from typing import Final

from services.chat.narration.phrases import circumstances, subject
from services.chat.narration.rows import amount, figure, group_noun, row_label
from services.chat.question import Dimension, Measure, Order, StatsResult, StatsRow
from services.chat.results.derivatives import TIME_DIMENSIONS, is_fraction, per_day
from services.chat.results.steps import part_told
from services.chat.results.wording import listed, number

_WHOLE_UP_TO: Final = 8
"""Steps that are all listed, also those without a value; of a longer series only steps with one."""

_FEWEST_FOR_A_PEAK: Final = 3
_MOST_PEAKS_NAMED: Final = 3


def is_series(result: StatsResult) -> bool:
    """Whether the rows are the steps of one time dimension."""
    return len(result.query.group_by) == 1 and result.query.group_by[0] in TIME_DIMENSIONS


def worth_listing(result: StatsResult) -> Sequence[StatsRow]:
    """The rows that are told one by one: of a long series those with a value, then or before."""
    if not is_series(result) or len(result.rows) <= _WHOLE_UP_TO or result.truncated:
        return result.rows
    return [row for row in result.rows if row.value or row.compare_value] or result.rows


def silence(result: StatsResult) -> str:
    """The line that closes a series of which only steps with a value were listed; empty where all were."""
    count = len(result.rows) - len(worth_listing(result))
    if not count:
        return ""
    query = result.query
    counted = query.measure in (Measure.MESSAGE_COUNT, Measure.PER_DAY_AVERAGE)
    what = f"No {subject(query.filters, 0)}{circumstances(query.filters)}" if counted else "None"
    either = " in either period" if result.compare_total is not None else ""
    others = f"the other {number(count)} {_step(result, count)}" if count > 1 else f"the other {_step(result)}"
    return f"{what}{either} {_in(result)} {others}."


def highlights(result: StatsResult) -> str:
    """The peak and the quietest step of a series, and the average per day; empty where there is nothing to tell."""
    if not is_series(result) or len(result.rows) < _FEWEST_FOR_A_PEAK or is_fraction(result):
        return ""
    return " ".join(filter(None, (*_extremes(result), _daily_average(result))))


def _extremes(result: StatsResult) -> tuple[str, ...]:
    values = [row.value for row in result.rows]
    top = max(values)
    if top == min(values):
        even = top and not result.truncated
        return (f"Every {_step(result)} had {figure(result, top)}.",) if even else ()
    if result.truncated:
        return (_peak(result, top),) if result.query.order is Order.VALUE_DESC else ()
    # A step that is not over is no quiet one.
    whole = [row.value for row in result.rows if not part_told(result, row)]
    low = min(whole, default=top)
    return (_peak(result, top), _quietest(result, low)) if low < top else (_peak(result, top),)


def _peak(result: StatsResult, top: float) -> str:
    names = [row_label(result, row) for row in result.rows if row.value == top]
    if len(names) == 1:
        return f"The peak was {names[0]} with {figure(result, top)}."
    if len(names) <= _MOST_PEAKS_NAMED:
        return f"The peaks were {listed(names)} with {figure(result, top)} each."
    return f"{number(len(names))} {_step(result, len(names))} share the peak of {figure(result, top)}."


def _quietest(result: StatsResult, low: float) -> str:
    names = [row_label(result, row) for row in result.rows if row.value == low and not part_told(result, row)]
    if len(names) == 1:
        return f"The quietest {_step(result)} was {names[0]} with {amount(result, low)}."
    if low or silence(result):
        return ""
    return f"Nothing came {_in(result)} {number(len(names))} {_step(result, len(names))}."


def _daily_average(result: StatsResult) -> str:
    average = per_day(result) if result.query.group_by[0] is Dimension.DAY else None
    return f"On average there were {number(average)} a day." if average else ""


def _step(result: StatsResult, count: float = 1) -> str:
    return group_noun(result.query.group_by[0], count)


def _in(result: StatsResult) -> str:
    return "on" if result.query.group_by[0] in {Dimension.DAY, Dimension.WEEKDAY} else "in"
