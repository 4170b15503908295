"""The training corpus: own rows and public rows, split without leakage.

Validation rows come from the own corpus alone, whole near-duplicate groups at a time. Training rows, public ones
included, that are near to a validation or golden text are removed.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.classifier.training.rows import Row, read_folder, read_rows
from services.classifier.training.similarity import near_groups, near_pairs, normalised
from services.runtime.labels import INTENTS

CORPUS: Final = Path(__file__).with_name("corpus")
GOLDEN: Final = Path(__file__).with_name("golden.tsv")
GOLDEN_SECOND_PASS: Final = Path(__file__).with_name("golden_second_pass.tsv")

NEAR_DUPLICATE: Final = 0.6
"""Jaccard similarity of character 5-grams from which two texts count as the same message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What a model is fitted on and what it is calibrated on, and how many rows were dropped for being near."""

    train: Sequence[Row]
    validation: Sequence[Row]
    dropped: Mapping[str, int]


def without_near(rows: Sequence[Row], forbidden: Sequence[Row]) -> list[Row]:
    """Rows that are not near to any forbidden text."""
    pairs = near_pairs([row.text for row in rows], [row.text for row in forbidden], NEAR_DUPLICATE)
    near = {index for index, _ in pairs}
    return [row for index, row in enumerate(rows) if index not in near]


def unique(rows: Sequence[Row]) -> list[Row]:
    """Rows with a text not seen before, compared without case and punctuation."""
    return list({normalised(row.text): row for row in reversed(rows)}.values())[::-1]


def _validation_groups(rows: Sequence[Row], groups: Sequence[int], share: float, seed: int) -> set[int]:
    """Groups for validation: filled intent by intent, rarest first, until each has its share."""
    wanted = {intent: share * count for intent, count in _counts(rows).items()}
    members: dict[int, list[Row]] = defaultdict(list)
    for row, group in zip(rows, groups, strict=True):
        members[group].append(row)
    order = sorted(members)
    random.Random(seed).shuffle(order)
    chosen: set[int] = set()
    held: Counter[str] = Counter()
    for intent in sorted(wanted, key=lambda name: wanted[name]):
        for group in order:
            if held[intent] >= wanted[intent]:
                break
            carries = any(intent in (row.intents or ()) for row in members[group])
            if group not in chosen and carries and len(members[group]) <= 3:
                chosen.add(group)
                held.update(_counts(members[group]))
    return chosen


def _counts(rows: Sequence[Row]) -> Counter[str]:
    return Counter(intent for row in rows for intent in row.intents or ())


def split_rows(own: Sequence[Row], public: Sequence[Row], golden: Sequence[Row], *, share: float, seed: int) -> Split:
    """Training and validation rows without leakage between them or from the golden set.

    `share` is the part of each intent's own rows that goes to validation. Raises ValueError when an intent has no row.
    """
    missing = set(INTENTS) - set(_counts(own))
    if missing:
        raise ValueError(f"the corpus has no row for {sorted(missing)}")
    kept = without_near(unique(own), golden)
    groups = near_groups([row.text for row in kept], NEAR_DUPLICATE)
    held_out = _validation_groups(kept, groups, share, seed)
    validation = [row for row, group in zip(kept, groups, strict=True) if group in held_out]
    train = [row for row, group in zip(kept, groups, strict=True) if group not in held_out]
    outside = without_near(unique(public), [*golden, *validation])
    dropped = {"own": len(own) - len(kept), "public": len(public) - len(outside)}
    return Split(train=[*train, *outside], validation=validation, dropped=dropped)


def load_own() -> list[Row]:
    """Every row of the project's own corpus. Raises RowError when a line breaks the format or the guide."""
    return read_folder(CORPUS)


def load_golden() -> list[Row]:
    """The golden set, which is never trained on; empty when there is none yet."""
    return read_rows(GOLDEN) if GOLDEN.exists() else []
