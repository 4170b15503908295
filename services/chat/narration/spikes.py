"""Days or hours out of the ordinary, set against the median of all of them, and how they are told. Pure.

A step is a spike at three times the median or more. Where quiet steps are the rule and the median is small, a handful
of messages would already be three times as many, so a spike also has at least ten messages more than the median.
"""

from dataclasses import dataclass
from statistics import median
from typing import Final

from services.chat.narration.phrases import circumstances, period, subject
from services.chat.question import StatsResult, StatsRow
from services.chat.results.derivatives import zone_of
from services.chat.results.row_names import row_name
from services.chat.results.wording import number, plural

TIMES_THE_MEDIAN: Final = 3.0
LEAST_EXCESS: Final = 10.0

_FEWEST_STEPS: Final = 3
_MOST_TOLD: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Spikes:
    """The steps that stand out, largest first, and the median of all steps they stand out from."""

    median: float
    steps: int
    rows: tuple[StatsRow, ...]


def spikes_of(result: StatsResult) -> Spikes:
    """The spikes among the rows of a result that is grouped by one step of time."""
    values = [row.value for row in result.rows]
    middle = float(median(values)) if values else 0.0
    least = max(TIMES_THE_MEDIAN * middle, middle + LEAST_EXCESS)
    high = [row for row in result.rows if len(values) >= _FEWEST_STEPS and row.value >= least]
    return Spikes(median=middle, steps=len(values), rows=tuple(sorted(high, key=lambda row: -row.value)))


def tell_spikes(result: StatsResult) -> str:
    """The answer to "were there spikes?" as Markdown, with the rule by which a step counts as one."""
    found = spikes_of(result)
    step = result.query.group_by[0].value
    what = subject(result.query.filters, 2) + circumstances(result.query.filters)
    when = period(result.range, zone_of(result), result.as_of)
    rule = (
        f"A {step} counts as a spike at {number(TIMES_THE_MEDIAN)} times the median or more, and at least "
        f"{number(LEAST_EXCESS)} above it; the median {step} had {number(found.median)}."
    )
    if found.steps < _FEWEST_STEPS:
        return f"That period has too few {plural(2, step)} to tell what is out of the ordinary."
    if not found.rows:
        return f"No {step} stood out in {what} {when}.\n\n{rule}"
    count = len(found.rows)
    lines = [f"**{number(count)} {plural(count, step)}** stood out in {what} {when}:", ""]
    lines += [f"- {_name(result, row)}: {number(row.value)}" for row in found.rows[:_MOST_TOLD]]
    if count > _MOST_TOLD:
        lines.append(f"- and {number(count - _MOST_TOLD)} more")
    return "\n".join([*lines, "", rule])


def _name(result: StatsResult, row: StatsRow) -> str:
    return row_name(result.query.group_by[0], row.keys[0][1])
