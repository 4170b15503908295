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
BLIND: Final = Path(__file__).with_name("blind.tsv")
MUST_PASS: Final = Path(__file__).with_name("must_pass.tsv")
GOLDEN_SECOND_PASS: Final = Path(__file__).with_name("golden_second_pass.tsv")

NEAR_DUPLICATE: Final = 0.6
"""Jaccard similarity of character 5-grams from which two texts count as the same message."""
MOST_COMPARED: Final = 20_000
"""Rows of a file that are searched for near-duplicates, which takes all against all."""


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
    """Groups for validation: filled label by label, rarest first, until each has its share; none loses its last row."""
    counts = _counts(rows)
    wanted = {label: share * count for label, count in counts.items()}
    members: dict[int, list[Row]] = defaultdict(list)
    for row, group in zip(rows, groups, strict=True):
        members[group].append(row)
    order = sorted(members)
    random.Random(seed).shuffle(order)
    chosen: set[int] = set()
    held: Counter[str] = Counter()
    for label in sorted(wanted, key=lambda name: (wanted[name], name)):
        for group in order:
            if held[label] >= wanted[label]:
                break
            found = _counts(members[group])
            leaves_some = all(held[one] + count < counts[one] for one, count in found.items())
            if group not in chosen and label in found and len(members[group]) <= 3 and leaves_some:
                chosen.add(group)
                held.update(found)
    return chosen


def _counts(rows: Sequence[Row]) -> Counter[str]:
    return Counter(intent for row in rows for intent in row.intents or ())


def _grouped(rows: Sequence[Row]) -> list[int]:
    """A group for each row: near-duplicates share one; in a file too long to compare all with all, each is alone."""
    if len(rows) > MOST_COMPARED:
        return list(range(len(rows)))
    return near_groups([row.text for row in rows], NEAR_DUPLICATE)


def _parted(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    groups = _grouped(rows)
    held_out = _validation_groups(rows, groups, share, seed)
    train = [row for row, group in zip(rows, groups, strict=True) if group not in held_out]
    return train, [row for row, group in zip(rows, groups, strict=True) if group in held_out]


def split_file(rows: Sequence[Row], *, share: float, seed: int) -> Split:
    """Training and validation rows of any labelled file; a text that is there twice is taken once."""
    kept = unique(rows)
    train, validation = _parted(kept, share, seed)
    return Split(train=train, validation=validation, dropped={"twice": len(rows) - len(kept)})


def corrected(own: Sequence[Row], corrections: Sequence[Row]) -> list[Row]:
    """Own rows and corrections; a correction stands in for every own row, and every earlier correction, of its text."""
    latest = {normalised(row.text): row for row in corrections}
    kept = [row for row in own if normalised(row.text) not in latest]
    return [*kept, *latest.values()]


def split_rows(own: Sequence[Row], public: Sequence[Row], golden: Sequence[Row], *, share: float, seed: int) -> Split:
    """Training and validation rows without leakage between them or from the golden set.

    `share` is the part of each intent's own rows that goes to validation. Raises ValueError when an intent has no row.
    """
    missing = set(INTENTS) - set(_counts(own))
    if missing:
        raise ValueError(f"the corpus has no row for {sorted(missing)}")
    kept = without_near(unique(own), golden)
    train, validation = _parted(kept, share, seed)
    outside = without_near(unique(public), [*golden, *validation])
    dropped = {"own": len(own) - len(kept), "public": len(public) - len(outside)}
    return Split(train=[*train, *outside], validation=validation, dropped=dropped)


def load_own() -> list[Row]:
    """Every row of the project's own corpus. Raises RowError when a line breaks the format or the guide."""
    return read_folder(CORPUS)


def load_golden() -> list[Row]:
    """The golden set, which is never trained on; empty when there is none yet."""
    return read_rows(GOLDEN) if GOLDEN.exists() else []


def load_blind() -> list[Row]:
    """Messages by somebody who saw the label guide alone; nothing is trained on them, fitted to them or chosen by them.

    Raises RowError when a line breaks the format or the guide.
    """
    return read_rows(BLIND)


def load_measured() -> list[Row]:
    """Everything that is measured on, from which the corpus keeps apart."""
    return [*load_golden(), *load_blind()]
