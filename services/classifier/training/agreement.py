"""Agreement of two people who labelled the same rows apart (C28)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.classifier.training.rows import Row, parse_intents
from services.classifier.training.scores import LabelSets, cohen_kappa, krippendorff_alpha
from services.runtime.labels import INTENTS, SENTIMENTS

LOW_KAPPA = 0.7
"""Labels on which two people agree less than this are flagged: their score can be little better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPass:
    """The labels of the second person, row by row."""

    intents: Sequence[frozenset[str]]
    sentiments: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cohen's kappa of each label, Krippendorff's alpha over all intent decisions, and rows that agree wholly."""

    intents: dict[str, float]
    sentiments: dict[str, float]
    alpha: float
    agreed_rows: int

    @property
    def low(self) -> list[str]:
        """Intents on which the two agree too little."""
        return [intent for intent, kappa in self.intents.items() if kappa < LOW_KAPPA]


def read_second_pass(golden: Sequence[Row], path: Path) -> SecondPass:
    """The labels each golden row got in a second labelling.

    The file has the columns `line` (1 is the first row), `intents` and `sentiment`.
    Raises ValueError when it does not cover every golden row, or breaks the label guide.
    """
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    cells = {int(number): (intents, mood) for number, intents, mood in (line.split("\t") for line in lines if line)}
    if sorted(cells) != list(range(1, len(golden) + 1)):
        raise ValueError(f"{path.name} covers {len(cells)} of {len(golden)} golden rows")
    ordered = [cells[number] for number in sorted(cells)]
    unknown = {mood for _, mood in ordered}.difference(SENTIMENTS)
    if unknown:
        raise ValueError(f"{path.name} has unknown sentiments {sorted(unknown)}")
    return SecondPass(intents=[parse_intents(cell) for cell, _ in ordered], sentiments=[mood for _, mood in ordered])


def agreement(golden: Sequence[Row], second: SecondPass) -> Agreement:
    """How far the golden labels and the second person's agree."""
    first: LabelSets = [row.intents or frozenset() for row in golden]
    pairs = {intent: _decisions(intent, first, second.intents) for intent in INTENTS}
    moods = [row.sentiment for row in golden]
    return Agreement(
        intents={intent: cohen_kappa(*pair) for intent, pair in pairs.items()},
        sentiments={
            mood: cohen_kappa([one == mood for one in moods], [one == mood for one in second.sentiments])
            for mood in SENTIMENTS
        },
        alpha=krippendorff_alpha(
            [one for pair in pairs.values() for one in pair[0]], [one for pair in pairs.values() for one in pair[1]]
        ),
        agreed_rows=sum(a == b for a, b in zip(first, second.intents, strict=True)),
    )


def _decisions(intent: str, first: LabelSets, second: LabelSets) -> tuple[list[bool], list[bool]]:
    return [intent in one for one in first], [intent in one for one in second]
