r"""Labelled rows from any CSV, TSV or JSON-lines file: which column is the text, which hold labels.

Columns are named by the caller or recognised by the names such files commonly use (Banking77: `text,category`). Several
labels of a row stand in one cell with a separator, in several columns, in a JSON list, or as 0/1 columns of their own.
TSV follows the corpus: no quotes; `\n`, `\t` and `\\` are line break, tab and backslash. The standard library's csv
reads the rest; pandas was looked at and is not worth 60 MB for it.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from services.classifier.training.rows import Row, RowError, unescaped
from services.runtime.labels import SENTIMENTS

TEXT_COLUMNS: Final = ("text", "message", "utterance", "sentence", "query", "question", "content", "body", "comment")
LABEL_COLUMNS: Final = (
    "label", "labels", "intent", "intents", "category", "categories", "class", "topic", "topics", "tag", "tags",
)  # fmt: skip
SEPARATORS: Final = ("+", "|", ";", ",")
DELIMITERS: Final = ",;\t|"
_SEVERAL: Final = frozenset({"labels", "intents", "categories", "topics", "tags"})
_YES: Final = frozenset({"1", "1.0", "true", "yes"})
_NO: Final = frozenset({"0", "0.0", "false", "no", "", "nan"})
"""Cells of a column that is a label's own; pandas writes 1.0 and 0.0 where a cell of the column was empty."""
_NO_LABEL: Final = frozenset({"", "nan"})
"""What pandas writes where there was no label: nothing, or by `astype(str)` the word of a missing number."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; what is None or empty is recognised from the header."""

    text: str | None = None
    labels: tuple[str, ...] = ()
    separator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFile:
    """What was read, and how."""

    rows: Sequence[Row]
    columns: Columns
    multi_label: bool
    skipped: int
    """Rows without a text, or without a label where each must have one."""


def read_labelled(path: Path, wanted: Columns = Columns()) -> LabelledFile:  # a frozen value
    """Rows of the file. Raises RowError (a ValueError) naming what is missing, and OSError when it cannot be read."""
    records = list(_records(path))
    if not records:
        raise RowError(f"{path.name} holds no rows")
    columns = find_columns(path.name, records, wanted)
    sets = [_labels(record, columns, path.name) for record in records]
    multi_label = columns.separator is not None or any(len(one) != 1 for one in sets if one)
    rows = [_row(record, labels, columns, path.name) for record, labels in zip(records, sets, strict=True)]
    kept = [row for row in rows if row.text and (row.intents or len(columns.labels) > 1)]
    if not kept:
        raise RowError(f"{path.name} has no row with both a text ({columns.text}) and a label ({columns.labels[0]})")
    return LabelledFile(rows=kept, columns=columns, multi_label=multi_label, skipped=len(rows) - len(kept))


def read_texts(path: Path, column: str | None = None) -> list[str]:
    """The texts of a file whose labels are of no account, from `column` where it has one of that name.

    Raises RowError and OSError as `read_labelled`.
    """
    records = list(_records(path))
    header = list(dict.fromkeys(name for record in records for name in record))
    text = column if column in header else _first(header, TEXT_COLUMNS)
    if text is None:
        raise RowError(f"cannot tell which column of {path.name} holds the text (--text-column); there are {header}")
    return list(filter(None, (str(record.get(text) or "").strip() for record in records)))


def find_columns(name: str, records: Sequence[Record], wanted: Columns) -> Columns:
    """The columns of a file. Raises RowError when text or labels cannot be told."""
    header = list(dict.fromkeys(column for record in records for column in record))
    missing = {*filter(None, [wanted.text]), *wanted.labels}.difference(header)
    if missing:
        raise RowError(f"{name} has no column {sorted(missing)}; its columns are {header}")
    text = wanted.text or _first(header, TEXT_COLUMNS)
    labels = wanted.labels or tuple(filter(None, [_first(header, LABEL_COLUMNS, but=text)]))
    if text is None or not labels:
        lacking = "text (--text-column)" if text is None else "labels (--label-column)"
        raise RowError(
            f"cannot tell which column of {name} holds the {lacking}; its first line must name the columns and names "
            f"{header}"
        )
    separator = wanted.separator
    if separator is None and len(labels) == 1 and labels[0].lower() in _SEVERAL:
        cells = [cell for record in records if isinstance(cell := record.get(labels[0]), str)]
        separator = next((one for one in SEPARATORS if any(one in cell for cell in cells)), None)
    return Columns(text=text, labels=labels, separator=separator)


def _first(header: Sequence[str], names: Sequence[str], but: str | None = None) -> str | None:
    lowered = {column.strip().lower(): column for column in header if column != but}
    return next((lowered[name] for name in names if name in lowered), None)


def _records(path: Path) -> Iterator[Record]:
    try:
        yield from _decoded_records(path)
    except UnicodeDecodeError as error:
        raise RowError(f"{path.name} is not UTF-8 (byte {error.start}): save it as UTF-8 and try again") from error


def _decoded_records(path: Path) -> Iterator[Record]:
    kind = path.suffix.lower()
    with path.open(encoding="utf-8-sig", newline="") as file:
        if kind in {".jsonl", ".ndjson"}:
            yield from (_json_record(line, path.name, number) for number, line in enumerate(file, 1) if line.strip())
        elif kind == ".tsv":
            yield from _tsv_records(file, path.name)
        else:
            yield from _csv_records(file, path.name)


def _tsv_records(file: TextIO, name: str) -> Iterator[Record]:
    reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        for record in reader:
            yield {column: unescaped(cell or "") for column, cell in record.items() if column}
    except csv.Error as error:
        raise RowError(f"{name}: the row in line {reader.line_num + 1} cannot be read: {error}") from error


def _csv_records(file: TextIO, name: str) -> Iterator[Record]:
    head = file.readline()
    file.seek(0)
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.DictReader(file, delimiter=delimiter, restval="", strict=True)
    try:
        header = _header(reader, name)
        for record in reader:
            if list(record.values()) != header:  # files that were joined have their header lines among the rows
                yield _whole(record, delimiter, f"{name}:{reader.line_num}")
    except csv.Error as error:
        problem = f"{error}; is a quote opened and never closed?"
        raise RowError(f"{name}: the row that begins in line {reader.line_num + 1} is no CSV: {problem}") from error


def _header(reader: "csv.DictReader[str]", name: str) -> list[str]:
    header = list(reader.fieldnames or ())
    twice = [column for column, count in Counter(header).items() if count > 1 and column]
    if twice:
        raise RowError(f"{name} has several columns named {twice}: give each a name of its own")
    return header


def _whole(record: Record, delimiter: str, place: str) -> Record:
    """The record, unless it has cells beyond the header: its text was then cut at a delimiter that is part of it."""
    if None in record:
        raise RowError(f"{place}: more cells than the header has; put a text that holds {delimiter!r} into quotes")
    return record


def _json_record(line: str, name: str, number: int) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise RowError(f"{name}:{number}: {error}") from error
    if not isinstance(record, dict):
        raise RowError(f"{name}:{number}: not a JSON object")
    return record


def _labels(record: Record, columns: Columns, name: str) -> frozenset[str]:
    cells = {column: record.get(column) for column in columns.labels}
    told = {column: "" if cell is None else str(cell).strip().lower() for column, cell in cells.items()}
    if len(cells) > 1 and _YES.union(_NO).issuperset(told.values()):
        return frozenset(column for column, cell in told.items() if cell in _YES)
    return frozenset(label for cell in cells.values() for label in _split(cell, columns.separator, name))


def _split(cell: object, separator: str | None, name: str) -> Iterator[str]:
    if isinstance(cell, list):
        parts = [str(part) for part in cell if part is not None]
    elif isinstance(cell, str | int | bool) or cell is None:
        text = "" if cell is None else str(cell)
        parts = text.split(separator) if separator else [text]
    else:
        raise RowError(f"{name}: {cell!r} is no label")
    yield from (part.strip() for part in parts if part.strip().lower() not in _NO_LABEL)


def _row(record: Record, labels: frozenset[str], columns: Columns, name: str) -> Row:
    mood = record.get("sentiment")
    return Row(
        text=str(record.get(columns.text or "") or "").strip(),
        intents=labels,
        sentiment=mood if mood in SENTIMENTS and "sentiment" not in columns.labels else None,
        language=record.get("language") or None,
        channel=record.get("channel") or None,
        source=name,
    )
