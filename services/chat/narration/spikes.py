"""How days or hours out of the ordinary are told: what was seen, what was expected, and the odds. Pure."""

from math import floor, log10
from typing import Final

from services.chat.findings import Spike, Spikes
from services.chat.narration.phrases import circumstances, period, subject
from services.chat.question import Dimension, StatsResult
from services.chat.results.derivatives import zone_of
from services.chat.results.row_names import label_title
from services.chat.results.wording import clock, number, percent, plural, weekday_and_day

_MOST_TOLD: Final = 10
_LONGEST_ODDS: Final = 1e9


def tell_spikes(result: StatsResult, found: Spikes) -> str:
    """The answer to "were there spikes?" as Markdown, with the rule by which a step counts as one."""
    step = result.query.group_by[0].value
    what = subject(result.query.filters, 2) + circumstances(result.query.filters)
    when = period(result.range, zone_of(result), result.as_of)
    if not found.judged:
        return (
            f"There is too little history before that period to tell which {plural(2, step)} are out of the ordinary."
        )
    rule = (
        f"A {step} stands out when its count is too high for chance, given its weekday"
        f"{' and hour' if step == Dimension.HOUR else ''} in the weeks before. Of periods in which nothing "
        f"happens, {percent(found.false_alarm_rate)} show one by chance."
    )
    if not found.spikes:
        return f"No {step} stood out in {what} {when}.\n\n{rule}"
    count = len({spike.start for spike in found.spikes})
    lines = [f"**{number(count)} {plural(count, step)}** stood out in {what} {when}:", ""]
    lines += [_line(result, spike) for spike in found.spikes[:_MOST_TOLD]]
    if len(found.spikes) > _MOST_TOLD:
        lines.append(f"- and {number(len(found.spikes) - _MOST_TOLD)} more")
    return "\n".join([*lines, "", rule])


def _line(result: StatsResult, spike: Spike) -> str:
    local = spike.start.astimezone(zone_of(result))
    name = weekday_and_day(local.date())
    name += f", {clock(local)}" if result.query.group_by[0] is Dimension.HOUR else ""
    head = f"{label_title(spike.category).alone}, {name}" if spike.category else name
    return (
        f"- **{head[:1].upper()}{head[1:]}**: {number(spike.seen)}, where {_expected(spike.expected)} were expected; "
        f"by chance {_odds(spike.p_value)}"
    )


def _expected(mean: float) -> str:
    return f"about {number(round(mean))}" if mean >= 1 else "hardly any"


def _odds(p_value: float) -> str:
    """A probability as "once in 4,000 such cases", to two figures."""
    if p_value * _LONGEST_ODDS < 1:
        return "less than once in a billion such cases"
    odds = 1 / p_value
    return f"once in {number(round(odds, 1 - floor(log10(odds))))} such cases"
