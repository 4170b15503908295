"""Records of an uploaded file, one at a time, with their row and line numbers. A broken one never takes others along.

Python's csv module reads the rest of a file into one field when a quote is never closed. So a record that does not end
within MAX_RECORD_LINES lines is reported, and reading goes on with the line after the one it began on.
"""

import csv
import io
import json
from collections import Counter, deque
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

    Lines keep their ends. Bytes that are not UTF-8 come as lone surrogates and make their record a problem. Lines that
    hold nothing are no rows. Raises BadFileError when the header is missing or cannot be used.
    """
    return _csv_records(lines, delimiter) if file_format == "csv" else _json_records(lines)


def _json_records(lines: Iterable[str]) -> Iterator[Record]:
    row = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row += 1
        try:
            # Numbers stay as they are written: 1e400 and 1.10 are ids too, and floats would change them.
            value = json.loads(
                line,
                parse_int=str,
                parse_float=str,
                parse_constant=_refuse_constant,
                object_pairs_hook=_unique_fields,
            )
        except (ValueError, RecursionError) as error:
            yield Record(row=row, line=number, fields={}, problem=f"is not JSON: {error}")
            continue
        if not isinstance(value, dict):
            yield Record(row=row, line=number, fields={}, problem="must be a JSON object")
            continue
        yield _checked(row, number, value)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _unique_fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError(f"the field {_most_common(name for name, _ in pairs)!r} is there twice")
    return fields


def _most_common(names: Iterable[str]) -> str:
    return Counter(names).most_common(1)[0][0]


def _csv_records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    source = _Lines(lines)
    names = _header(source, delimiter)
    row = 0
    while not source.at_end():
        number, text = source.line_number, source.take_record()
        if not text.strip("\r\n"):
            continue
        row += 1
        if source.broken:
            yield Record(row=row, line=number, fields={}, problem="has a quote that is never closed")
            continue
        yield _csv_record(row, number, text, names, delimiter)


def _header(source: "_Lines", delimiter: str) -> list[str]:
    """The names of the columns; BadFileError where rows could not be read by them."""
    text = source.take_record()
    try:
        names = [name.strip() for name in next(_parse(text, delimiter), [])]
    except csv.Error as error:
        raise BadFileError(f"the header line is not CSV: {error}") from None
    if source.broken:
        raise BadFileError("the header line has a quote that is never closed")
    if not any(names):
        raise BadFileError("the file is empty: it needs a header line with the names of its columns")
    if any(_surrogates(name) for name in names):
        raise BadFileError("the header line is not valid UTF-8: save the file as UTF-8 and try again")
    if len(set(names)) != len(names):
        raise BadFileError(f"the header names the column {_most_common(names)!r} twice: give each column its own name")
    return names


def _csv_record(row: int, number: int, text: str, names: list[str], delimiter: str) -> Record:
    try:
        values = next(_parse(text, delimiter), [])
    except csv.Error as error:
        return Record(row=row, line=number, fields={}, problem=f"is not CSV: {error}")
    if len(values) != len(names):
        problem = f"has {len(values)} fields where the header has {len(names)}"
        return Record(row=row, line=number, fields={}, problem=problem)
    return _checked(row, number, dict(zip(names, values, strict=True)))


def _parse(text: str, delimiter: str) -> Iterator[list[str]]:
    # StringIO ends lines where CSV does; str.splitlines would also end them at U+2028 and its like.
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _checked(row: int, line: int, fields: dict[str, object]) -> Record:
    for name, value in fields.items():
        if _surrogates(name) or (isinstance(value, str) and _surrogates(value)):
            readable = name.encode("utf-8", "replace").decode("utf-8")
            return Record(row=row, line=line, fields={}, problem=f"{readable} is not valid UTF-8")
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
