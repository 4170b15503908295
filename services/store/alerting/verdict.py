"""Whether a rule's condition holds, and how that is told. Pure."""

from dataclasses import dataclass
from typing import Final

from services.store.alerting.rule import Kind, Rule

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the condition holds; the number, what it was compared with, and a sentence."""

    holds: bool
    value: float
    compared_with: float
    summary: str


def judge_level(rule: Rule, value: float) -> Verdict:
    """ABOVE and BELOW."""
    above = rule.kind is Kind.ABOVE
    holds = value > rule.threshold if above else value < rule.threshold
    told = f"{_number(value)} in the last {length(rule.window_seconds)}, {rule.kind} {_number(rule.threshold)}"
    return Verdict(holds=holds, value=value, compared_with=rule.threshold, summary=_named(rule, told))


def judge_change(rule: Rule, value: float, before: float) -> Verdict:
    """CHANGE: by a fraction of what was before; anything is a change from nothing."""
    holds = abs(value - before) >= rule.threshold * abs(before) and value != before
    window = length(rule.window_seconds)
    told = f"{_number(value)} in the last {window}, {_number(before)} in the {window} before"
    return Verdict(holds=holds, value=value, compared_with=before, summary=_named(rule, told))


def judge_spike(rule: Rule, found: tuple[int, float] | None) -> Verdict:
    """SPIKE: `found` is what was seen and expected in the least probable span; None where nothing stands out."""
    seen, expected = found or (0, 0.0)
    told = f"{seen:,} messages where about {_number(round(expected, 1))} were expected"
    return Verdict(holds=found is not None, value=float(seen), compared_with=expected, summary=_named(rule, told))


def length(seconds: int) -> str:
    """A time as people say it: "60 minutes", "1 day"."""
    for unit, name in _UNITS:
        if seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _named(rule: Rule, told: str) -> str:
    return f"{rule.name}: {told}."
