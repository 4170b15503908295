"""Records of an uploaded file, one at a time, with their row and line numbers. A broken one never takes others along.

Python's csv module reads the rest of a file into one field when a quote is never closed. So a record that cannot be
read, or does not end within MAX_RECORD_LINES lines, is reported, and reading goes on with the line after the one it
began on.
"""

import csv
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.shapes.fields import LONE_SURROGATE

MAX_RECORD_LINES: Final = 400
MAX_RECORD_CHARACTERS: Final = 120_000
MAX_LINE_CHARACTERS: Final = 8 * 1024 * 1024
"""Longer lines are no rows. As much as a request body may hold that is no file."""

FileFormat = Literal["csv", "jsonl"]
_DELIMITERS: Final = (";", ",", "\t", "|")
_TOO_LONG: Final = f"is a line of more than {MAX_LINE_CHARACTERS:,} characters"
_SAVE_AS_UTF8: Final = "is not valid UTF-8: save the file as UTF-8 and try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: its fields by column name, or what is wrong with it. Rows count from 1, the header not included.

    A column whose name is empty is left out.
    """

    row: int
    line: int
    fields: dict[str, object]
    problem: str = ""


class BadFileError(Exception):
    """The file as a whole cannot be read; the text says why."""


def read_records(
    lines: Iterable[str], file_format: FileFormat, *, delimiter: str = ",", wanted: Sequence[str] = ()
) -> Iterator[Record]:
    """Every record of a CSV file with a header line, or of a file with one JSON object per line.

    Lines keep their ends. Bytes that are not UTF-8 come as lone surrogates and make their record a problem. Lines that
    hold nothing are no rows. Raises BadFileError when the header is missing, cannot be used or lacks a column `wanted`.
    """
    return _csv_records(lines, delimiter, wanted) if file_format == "csv" else _json_records(lines)


def _json_records(lines: Iterable[str]) -> Iterator[Record]:
    row = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row += 1
        if len(line) > MAX_LINE_CHARACTERS:
            yield Record(row=row, line=number, fields={}, problem=_TOO_LONG)
            continue
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
            yield Record(row=row, line=number, fields={}, problem=f"is not JSON on one line: {error}")
            continue
        if not isinstance(value, dict):
            yield Record(row=row, line=number, fields={}, problem="must be a JSON object, one on each line")
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


def _csv_records(lines: Iterable[str], delimiter: str, wanted: Sequence[str]) -> Iterator[Record]:
    source = _Lines(lines)
    names = _header(source, delimiter)
    _check_columns(names, wanted)
    row = 0
    while (taken := source.take_record(delimiter)) is not None:
        row += 1
        yield _csv_record(row, taken, names)


def _header(source: "_Lines", delimiter: str) -> list[str]:
    """The names of the columns; BadFileError where rows could not be read by them."""
    taken = source.take_record(delimiter)
    if taken is None:
        raise BadFileError("the file is empty: it needs a header line with the names of its columns")
    if taken.problem:
        raise BadFileError(f"the header line {taken.problem}")
    names = [name.strip() for name in taken.values]
    if any(_surrogates(name) for name in names):
        raise BadFileError(f"the header line {_SAVE_AS_UTF8}")
    named = [name for name in names if name]
    if len(set(named)) != len(named):
        raise BadFileError(f"the header names the column {_most_common(named)!r} twice: give each column its own name")
    return names


def _check_columns(names: Sequence[str], wanted: Sequence[str]) -> None:
    missing = next((name for name in wanted if name not in names), None)
    if missing is None:
        return
    between = next((mark for mark in _DELIMITERS if len(names) == 1 and mark in names[0]), None)
    told = "a tab" if between == "\t" else repr(between)
    hint = f"; {told} seems to stand between its fields: name that as the delimiter" if between else ""
    raise BadFileError(f"the file has no column {missing!r}; it has: {', '.join(filter(None, names))}{hint}")


def _csv_record(row: int, taken: "_Taken", names: list[str]) -> Record:
    problem = taken.problem
    if not problem and len(taken.values) != len(names):
        problem = f"has {len(taken.values)} fields where the header has {len(names)}"
    if problem:
        return Record(row=row, line=taken.line, fields={}, problem=problem)
    fields: dict[str, object] = {name: value for name, value in zip(names, taken.values, strict=True) if name}
    return _checked(row, taken.line, fields)


def _surrogates(text: str) -> bool:
    return not text.isascii() and LONE_SURROGATE.search(text) is not None


def _checked(row: int, line: int, fields: dict[str, object]) -> Record:
    for name, value in fields.items():
        if _surrogates(name) or (isinstance(value, str) and _surrogates(value)):
            readable = name.encode("utf-8", "replace").decode("utf-8")
            return Record(row=row, line=line, fields={}, problem=f"{readable} {_SAVE_AS_UTF8}")
    return Record(row=row, line=line, fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """One record as CSV: its values, or what is wrong with it."""

    line: int
    values: list[str]
    problem: str = ""


class _Lines:
    """Physical lines with the means to give back those that a broken record swallowed."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._line = 1

    def take_record(self, delimiter: str) -> _Taken | None:
        """The next record that is not blank; None at the end. Of a broken one only the first line is used up."""
        while True:
            first, taken = self._line, list[str]()
            try:
                values = next(csv.reader(self._feed(taken), delimiter=delimiter, strict=True), None)
            except csv.Error as error:
                self._again.extendleft(reversed(taken[1:]))
                self._line = first + 1
                return _Taken(line=first, values=[], problem=_problem(error))
            self._line = first + len(taken)
            if any(len(line) > MAX_LINE_CHARACTERS for line in taken):
                return _Taken(line=first, values=[], problem=_TOO_LONG)
            if values is None:
                return None
            if values:
                return _Taken(line=first, values=values)

    def _feed(self, taken: list[str]) -> Iterator[str]:
        """Lines for one record, noted in `taken`; ends early where no record is that long."""
        characters = 0
        while len(taken) < MAX_RECORD_LINES and characters < MAX_RECORD_CHARACTERS:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            taken.append(line)
            characters += len(line)
            yield line


def _problem(error: csv.Error) -> str:
    if str(error) == "unexpected end of data":
        return "has a quote that is never closed"
    if "expected after" in str(error):
        return 'has a quote within a field; there it is written twice: ""'
    if "field larger" in str(error):
        return f"has a field of more than {csv.field_size_limit():,} characters"
    return f"is not CSV: {error}"
