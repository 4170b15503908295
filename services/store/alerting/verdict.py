"""Whether a rule's condition holds, and how that is told. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.store.alerting.rule import Kind, Rule
from services.store.statistics.question import Measure

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_COUNTED: Final[Mapping[Measure, tuple[str, str]]] = {
    Measure.MESSAGE_COUNT: ("{} messages", "{} message"),
    Measure.UNIQUE_USERS: ("{} people", "{} person"),
    Measure.DISTINCT_INCIDENTS: ("{} incidents", "{} incident"),
    Measure.PER_DAY_AVERAGE: ("{} messages a day", "{} message a day"),
    Measure.SHARE: ("a share of {}", "a share of {}"),
    Measure.MEAN_CONFIDENCE: ("a mean confidence of {}", "a mean confidence of {}"),
}
"""How a number is told, and the number one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the condition holds; the number, what it was compared with, and a sentence."""

    holds: bool
    value: float
    compared_with: float
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeSeen:
    """The least probable span of a spike: what was seen and expected in it, and when it began, by the rule's clocks."""

    seen: int
    expected: float
    begins: datetime
    is_day: bool


def judge_level(rule: Rule, measure: Measure, value: float) -> Verdict:
    """ABOVE and BELOW."""
    above = rule.kind is Kind.ABOVE
    holds = value > rule.threshold if above else value < rule.threshold
    told = f"{_counted(measure, value)} in the last {_window(rule)}, {rule.kind} {_number(rule.threshold)}"
    return Verdict(holds=holds, value=value, compared_with=rule.threshold, summary=_named(rule, told))


def judge_change(rule: Rule, measure: Measure, value: float, before: float) -> Verdict:
    """CHANGE: by a fraction of what was before; anything is a change from nothing."""
    holds = abs(value - before) >= rule.threshold * abs(before) and value != before
    told = f"{_counted(measure, value)} in the last {_window(rule)}, {_number(before)} in the {_window(rule)} before"
    return Verdict(holds=holds, value=value, compared_with=before, summary=_named(rule, told))


def judge_spike(rule: Rule, found: SpikeSeen | None) -> Verdict:
    """SPIKE: `found` is None where nothing stands out."""
    if found is None:
        told = f"nothing out of the ordinary in the last {_window(rule)}"
        return Verdict(holds=False, value=0.0, compared_with=0.0, summary=_named(rule, told))
    when = f"on {found.begins:%Y-%m-%d}" if found.is_day else f"in the hour from {found.begins:%Y-%m-%d %H:%M %Z}"
    told = f"{found.seen:,} messages {when}, where about {_number(round(found.expected, 1))} were expected"
    return Verdict(holds=True, value=float(found.seen), compared_with=found.expected, summary=_named(rule, told))


def length(seconds: int) -> str:
    """A time as people say it, in its two largest units: "2 hours", "1 day", "18 hours 8 minutes"."""
    parts: list[str] = []
    for unit, name in _UNITS:
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2])


def _window(rule: Rule) -> str:
    """As it stands behind "the last": "hour", "2 hours", "1 hour 30 minutes"."""
    told = length(rule.window_seconds)
    return told.removeprefix("1 ") if told.count(" ") == 1 else told


def _counted(measure: Measure, value: float) -> str:
    many, one = _COUNTED[measure]
    return (one if value == 1 else many).format(_number(value))


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _named(rule: Rule, told: str) -> str:
    return f"{rule.name}: {told}."
