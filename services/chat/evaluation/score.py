"""How many turns of a question set are interpreted exactly, overall and per tag."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.chat.evaluation.cases import Case, differences
from services.chat.question import Behaviour, Interpretation


class Planner(Protocol):
    """What `services.chat.planner.plan` is."""

    def __call__(self, text: str, *, now: datetime, time_zone: str, in_force: Interpretation | None) -> Interpretation:
        """The interpretation of one turn."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A turn that was not interpreted exactly: field → (expected, got)."""

    case_id: str
    turn: int
    text: str
    differences: dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`turns` counted, `misses` among them, and (right, turns) per tag."""

    turns: int
    misses: tuple[Miss, ...]
    by_tag: dict[str, tuple[int, int]]

    @property
    def accuracy(self) -> float:
        """The part of all turns that is exactly right, in [0, 1]."""
        return 1 - len(self.misses) / self.turns if self.turns else 1.0


def evaluate(cases: Iterable[Case], planner: Planner, seen: Callable[[Miss], None] | None = None) -> Score:
    """Run every dialogue through `planner`; `seen` is told of each miss as it happens."""
    turns, right = Counter[str](), Counter[str]()
    misses: list[Miss] = []
    for case in cases:
        for index, miss in enumerate(_turns(case, planner)):
            turns.update(case.tags)
            if miss is None:
                right.update(case.tags)
                continue
            misses.append(Miss(case_id=case.id, turn=index, text=case.turns[index][0], differences=miss))
            if seen is not None:
                seen(misses[-1])
        turns["*"] += len(case.turns)
    total = turns.pop("*", 0)
    return Score(turns=total, misses=tuple(misses), by_tag={tag: (right[tag], turns[tag]) for tag in sorted(turns)})


def _turns(case: Case, planner: Planner) -> Iterable[dict[str, tuple[object, object]] | None]:
    in_force: Interpretation | None = None
    for text, expected in case.turns:
        got = planner(text, now=case.now, time_zone=case.time_zone, in_force=in_force)
        if got.behaviour is not Behaviour.REFUSE:
            in_force = got
        yield differences(got, expected, case) or None
