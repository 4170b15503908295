"""The label guide's rules (docs/labels.md) applied after the model. Each names itself when it changes the answer.

A rule picks among what the model said; it never raises a probability.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from services.runtime.labels import BLANK_INTENT, BLANK_SENTIMENT, FALLBACK_INTENT, STANDALONE_INTENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision on one text while rules work on it."""

    probabilities: Mapping[str, float]
    """Of every intent."""
    predicted: frozenset[str]
    """Intents that reached their threshold; empty means the model is not sure of any."""
    sentiment: str
    blank: bool
    """The text has nothing to read."""


Rule: TypeAlias = Callable[[Verdict], Verdict]


def is_blank(text: str) -> bool:
    """Whether there is nothing to read: only spaces, controls and invisible characters."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def blank_is_smalltalk(verdict: Verdict) -> Verdict:
    """A blank text asks for nothing: smalltalk, neutral."""
    if not verdict.blank:
        return verdict
    return replace(verdict, predicted=frozenset({BLANK_INTENT}), sentiment=BLANK_SENTIMENT)


def standalone_intents(verdict: Verdict) -> Verdict:
    """Rule 5: smalltalk, human_agent and other stand alone. The more probable side stays, real intents on a tie."""
    alone = verdict.predicted & STANDALONE_INTENTS
    real = verdict.predicted - alone
    if not alone or len(verdict.predicted) == 1:
        return verdict
    best = max(sorted(alone), key=verdict.probabilities.__getitem__)
    if real and max(map(verdict.probabilities.__getitem__, real)) >= verdict.probabilities[best]:
        return replace(verdict, predicted=real)
    return replace(verdict, predicted=frozenset({best}))


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.__name__: rule for rule in (blank_is_smalltalk, standalone_intents)}
)
"""Every rule by its public name, in the order applied."""


def apply_rules(verdict: Verdict, disabled: Collection[str] = ()) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict after every rule that is not `disabled`, and the names of those that changed it."""
    fired = []
    for name, rule in RULES.items():
        if name in disabled:
            continue
        changed = rule(verdict)
        if changed != verdict:
            fired.append(name)
            verdict = changed
    return verdict, tuple(fired)


def ranked_intents(verdict: Verdict, fallback: str = FALLBACK_INTENT) -> tuple[tuple[str, float], ...]:
    """What holds, most probable first; where the model is not sure, the fallback with its own probability.

    Without a `fallback`, for labels that are not the guide's, the most probable label stands in.
    """
    names = verdict.predicted or {fallback or max(verdict.probabilities, key=verdict.probabilities.__getitem__)}
    scored = [(name, verdict.probabilities[name]) for name in names]
    return tuple(sorted(scored, key=lambda item: (-item[1], item[0])))
