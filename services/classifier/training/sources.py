"""What a run is fitted on: the label guide's corpus with public rows and corrections, or any one labelled file."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.classifier.training.augment import augment
from services.classifier.training.corpus import Split, corrected, load_measured, load_own, split_file, split_rows
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.labelled_files import Columns, read_labelled
from services.classifier.training.public import load_public
from services.classifier.training.rows import Row, checked_by_guide
from services.classifier.training.task import GUIDE, Task, task_of

CORRECTIONS: Final = "corrections"
FEW_ROWS: Final = 5
"""Rows below which a label is named before a run: five are the fewest that were measured to teach one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows for one run, and what the card says of them."""

    task: Task
    split: Split
    label_rows: Mapping[str, int]
    """Training rows by label, before augmentation."""
    rows: Mapping[str, int]
    """Training rows by where they come from."""
    notes: Sequence[str] = ()


def _source(task: Task, split: Split, notes: Sequence[str] = ()) -> Source:
    return Source(
        task=task,
        split=split,
        label_rows=dict(Counter(label for row in split.train for label in row.intents or ())),
        rows=dict(sorted(Counter(row.source for row in split.train).items())),
        notes=notes,
    )


def guide_source(public: Path | None, corrections: Sequence[Path], settings: Hyperparameters) -> Source:
    """The label guide's corpus. Raises RowError when a row breaks the guide."""
    found = [row for path in corrections for row in read_corrections(path)]
    public_rows = load_public(public, settings.seed) if public else []
    own = corrected(load_own(), found)
    split = split_rows(own, public_rows, load_measured(), share=settings.validation_share, seed=settings.seed)
    return _source(GUIDE, split)


def read_corrections(path: Path) -> list[Row]:
    """Corrected messages as `text,intents,sentiment`, several intents joined by "+"; CSV, TSV or JSON lines.

    Raises RowError when one breaks the label guide.
    """
    rows = read_labelled(path, Columns(text="text", labels=("intents",), separator="+")).rows
    return [checked_by_guide(row, source=CORRECTIONS) for row in rows]


def file_source(path: Path, columns: Columns, settings: Hyperparameters) -> Source:
    """Any labelled file. Raises RowError when text or labels cannot be told."""
    file = read_labelled(path, columns)
    task = task_of(file.rows, path.stem, multi_label=file.multi_label)
    split = split_file(file.rows, share=settings.validation_share, seed=settings.seed)
    told = f"text from column {file.columns.text}, labels from {' and '.join(file.columns.labels)}"
    if file.columns.separator:
        told += f", taken apart at {file.columns.separator!r}"
    dropped = f"{file.skipped} rows without text or label, {split.dropped['twice']} texts that were there twice"
    notes = [
        f"{path.name}: {len(file.rows)} rows, {len(task.labels)} labels, {told}; {task.problem_type}",
        f"left out: {dropped}",
        *_rare(file.rows),
    ]
    return _source(task, split, notes)


def _rare(rows: Sequence[Row]) -> list[str]:
    counts = Counter(label for row in rows for label in row.intents or ())
    rare = [f"{label} ({count})" for label, count in sorted(counts.items()) if count < FEW_ROWS]
    return [f"labels with fewer than {FEW_ROWS} rows, too few to learn: {', '.join(rare)}"] if rare else []


def epoch_rows(source: Source, settings: Hyperparameters, epoch: int) -> list[Row]:
    """Rows of one epoch: all own rows, new augmented ones, and a new draw of public ones."""
    seed = settings.seed * 1000 + epoch
    own = [row for row in source.split.train if not row.public]
    public = [row for row in source.split.train if row.public]
    drawn = random.Random(seed).sample(public, min(settings.public_rows, len(public)))
    return [*own, *augment(own, variants=settings.variants, joins=settings.joins, seed=seed), *drawn]
