"""How often a model is right and wrong about each label of the golden set, as its evaluation states it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class LabelKind(StrEnum):
    """What a label is."""

    INTENT = "intent"
    CATEGORY = "category"
    SENTIMENT = "sentiment"


_PARTS: Final = {"labels": LabelKind.INTENT, "categories": LabelKind.CATEGORY, "sentiments": LabelKind.SENTIMENT}
"""Part of an evaluation → what its labels are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfusion:
    """Numbers of golden messages: those that have the label (found, missed) and those that do not (wrong, left out)."""

    kind: LabelKind
    label: str
    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int


def confusions(evaluation: Mapping[str, Any]) -> tuple[LabelConfusion, ...]:
    """The confusion of every label in an `evaluation.json`; those that cannot be told from it are left out.

    An evaluation gives precision, recall and support. They are quotients of small whole numbers, rounded to four
    digits, so the numbers come back exactly for golden sets of up to some thousand messages.
    """
    return tuple(
        found
        for part, kind in _PARTS.items()
        for found in _of_part(kind, evaluation.get(part) or {}, int(evaluation.get("rows", 0)))
    )


def _of_part(kind: LabelKind, scores: Mapping[str, Any], rows: int) -> Iterator[LabelConfusion]:
    # A sentiment is known of a part of the rows, and each of those has exactly one.
    known = sum(int(score["support"]) for score in scores.values()) if kind is LabelKind.SENTIMENT else rows
    for label, score in scores.items():
        support = int(score["support"])
        hits = round(score["recall"] * support)
        # Without a hit the precision is 0, however often the label was given.
        if hits:
            found = round(hits / score["precision"])
            yield LabelConfusion(
                kind=kind,
                label=label,
                true_positives=hits,
                false_negatives=support - hits,
                false_positives=found - hits,
                true_negatives=known - support - found + hits,
            )
