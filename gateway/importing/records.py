"""Records of an uploaded file, one at a time, with their row and line numbers. A broken one never takes others along.

Python's csv module reads the rest of a file into one field when a quote is never closed. So a record that does not end
within MAX_RECORD_LINES lines is reported, and reading goes on with the line after the one it began on.
"""

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

MAX_RECORD_LINES: Final = 400
MAX_RECORD_CHARACTERS: Final = 120_000

FileFormat = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: its fields by column name, or what is wrong with it. Rows count from 1, the header not included."""

    row: int
    line: int
    fields: dict[str, object]
    problem: str = ""


class BadFileError(Exception):
    """The file as a whole cannot be read; the text says why."""


def read_records(lines: Iterable[str], file_format: FileFormat, *, delimiter: str = ",") -> Iterator[Record]:
    """Every record of a CSV file with a header line, or of a file with one JSON object per line.

    Lines keep their ends. Bytes that are not UTF-8 come as lone surrogates and make their record a problem. Raises
    BadFileError when there is no header.
    """
    return _csv_records(lines, delimiter) if file_format == "csv" else _json_records(lines)


def _json_records(lines: Iterable[str]) -> Iterator[Record]:
    row = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row += 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Record(row=row, line=number, fields={}, problem=f"is not JSON: {error}")
            continue
        if not isinstance(value, dict):
            yield Record(row=row, line=number, fields={}, problem="must be a JSON object")
            continue
        yield _checked(row, number, value)


def _csv_records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    source = _Lines(lines)
    header = next(iter(_parse(source.take_record(), delimiter)), [])
    names = [name.strip() for name in header]
    if not any(names):
        raise BadFileError("the file is empty: it needs a header line with the names of its columns")
    row = 0
    while not source.at_end():
        number, text = source.line_number, source.take_record()
        if not text.strip():
            continue
        row += 1
        if source.broken:
            yield Record(row=row, line=number, fields={}, problem="has a quote that is never closed")
            continue
        yield _csv_record(row, number, text, names, delimiter)


def _csv_record(row: int, number: int, text: str, names: list[str], delimiter: str) -> Record:
    try:
        values = next(iter(_parse(text, delimiter)), [])
    except csv.Error as error:
        return Record(row=row, line=number, fields={}, problem=f"is not CSV: {error}")
    if len(values) != len(names):
        problem = f"has {len(values)} fields where the header has {len(names)}"
        return Record(row=row, line=number, fields={}, problem=problem)
    return _checked(row, number, dict(zip(names, values, strict=True)))


def _parse(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)


def _checked(row: int, line: int, fields: dict[str, object]) -> Record:
    for name, value in fields.items():
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            return Record(row=row, line=line, fields={}, problem=f"{name} is not valid UTF-8")
    return Record(row=row, line=line, fields=fields)


class _Lines:
    """Physical lines with the means to give back those that a broken record swallowed."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.line_number = 1
        self.broken = False

    def at_end(self) -> bool:
        if self._again:
            return False
        line = next(self._lines, None)
        if line is None:
            return True
        self._again.append(line)
        return False

    def take_record(self) -> str:
        """Lines up to the one on which every quote is closed; the first alone, marked broken, when there is none."""
        taken: list[str] = []
        quotes = characters = 0
        while len(taken) < MAX_RECORD_LINES and characters < MAX_RECORD_CHARACTERS and not self.at_end():
            line = self._again.popleft()
            taken.append(line)
            quotes += line.count('"')
            characters += len(line)
            if quotes % 2 == 0:
                break
        self.broken = quotes % 2 == 1
        if self.broken:
            self._again.extendleft(reversed(taken[1:]))
            taken = taken[:1]
        self.line_number += len(taken)
        return "".join(taken)
