"""The engine under the date grammar: rules rewrite phrases of a canonical text into numbered marks, `§0`, `§1`, …

Canonical text is what `services.chat.lexicon.text` makes: lower case, tokens parted by single spaces. A rule sees the
marks of the rules before it, so "the first week of §0" needs no knowledge of how `§0` was written.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Vague, Value

_TOO_FAR: Final = Vague(reason="That lies outside the calendar.")
MARK: Final = r"§\d+"
Build = Callable[["Hit", "Scene"], Value | None]


@dataclass(slots=True, kw_only=True)
class Scene:
    """One text being read: the clock, and the values its marks stand for."""

    clock: Clock
    values: list[Value] = field(default_factory=list)

    @property
    def local(self) -> datetime:
        """Now on the caller's wall."""
        return self.clock.local

    def mark(self, value: Value) -> str:
        """A new mark for `value`."""
        self.values.append(value)
        return f"§{len(self.values) - 1}"

    def of(self, mark: str) -> Value:
        """The value of a mark."""
        return self.values[int(mark[1:])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule's pattern found: its named groups, empty where a group took no part."""

    groups: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.groups.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern over whole tokens and what it builds; None leaves the text as it is."""

    pattern: re.Pattern[str]
    build: Build


def rule(pattern: str, build: Build) -> Rule:
    """A rule whose pattern starts and ends at token borders."""
    return Rule(pattern=re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), build=build)


def rewrite(text: str, rules: Iterable[Rule], scene: Scene) -> str:
    """Apply each rule in turn, left to right, wherever its pattern holds."""
    for each in rules:
        text = _apply(text, each, scene)
    return text


def _built(each: Rule, hit: Hit, scene: Scene) -> Value | None:
    try:
        return each.build(hit, scene)
    except (OverflowError, ValueError):
        return _TOO_FAR


def _apply(text: str, each: Rule, scene: Scene) -> str:
    position = 0
    while found := each.pattern.search(text, position):
        hit = Hit(groups={name: got for name, got in found.groupdict().items() if got is not None})
        value = _built(each, hit, scene)
        if value is None:
            position = found.start() + 1
            continue
        mark = scene.mark(value)
        text = f"{text[: found.start()]}{mark}{text[found.end() :]}"
        position = found.start() + len(mark)
    return text
