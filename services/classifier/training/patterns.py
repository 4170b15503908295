"""Where a model errs: which label it takes for which, and whether language, length or channel has a part in it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.classifier.training.rows import Row
from services.classifier.training.scores import LabelSets

NOTHING: Final = "(nothing)"
_LENGTHS: Final = (20, 80, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Rows on which one label was predicted where another was right."""

    predicted: str
    true: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many rows of a group came out wrong."""

    rows: int
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The errors of a model on labelled rows."""

    confusions: Sequence[Confusion]
    """Most frequent first."""
    groups: Mapping[str, Mapping[str, Share]]
    """`language`, `length`, `labels` and, where the rows say so, `channel` → value → share."""


def confusions(truth: LabelSets, predicted: LabelSets) -> list[Confusion]:
    """Each label that was missed against each that was predicted in its place; `(nothing)` stands for neither."""
    counts: Counter[tuple[str, str]] = Counter()
    for true, found in zip(truth, predicted, strict=True):
        missed, extra = sorted(true - found), sorted(found - true)
        counts.update((e, m) for e in extra or [NOTHING] for m in missed or [NOTHING] if (e, m) != (NOTHING, NOTHING))
    return [Confusion(predicted=e, true=m, count=count) for (e, m), count in counts.most_common()]


def patterns(rows: Sequence[Row], predicted: LabelSets, language_of: Callable[[str], str]) -> Patterns:
    """Confusions and shares of wrong rows. `language_of` judges the rows that name no language."""
    truth = [row.intents or frozenset() for row in rows]
    wrong = [true != found for true, found in zip(truth, predicted, strict=True)]
    values = {
        "language": [row.language or language_of(row.text) for row in rows],
        "length": [length_name(len(row.text)) for row in rows],
        "labels": [str(len(true)) for true in truth],
        "channel": [row.channel or "" for row in rows],
    }
    groups = {name: _shares(found, wrong) for name, found in values.items() if any(found)}
    return Patterns(confusions=confusions(truth, predicted), groups=groups)


def length_name(characters: int) -> str:
    """The range of lengths a text belongs to, in characters."""
    lower = 0
    for upper in _LENGTHS:
        if characters <= upper:
            return f"{lower + 1}–{upper}" if lower else f"up to {upper}"
        lower = upper
    return f"over {lower}"


def _shares(values: Sequence[str], wrong: Sequence[bool]) -> dict[str, Share]:
    counts: dict[str, list[bool]] = defaultdict(list)
    for value, one in zip(values, wrong, strict=True):
        counts[value].append(one)
    ordered = sorted(counts.items(), key=lambda item: -len(item[1]))
    return {value: Share(rows=len(found), wrong=sum(found)) for value, found in ordered}
