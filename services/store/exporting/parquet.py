"""Writes Parquet from the CSV that Postgres makes of the export, batch by batch.

arro3 is the Rust `parquet` crate without pyarrow around it: 33 MB installed against 171 MB; fastparquet brings pandas,
polars a query engine. It reads CSV from anything with `read` and writes into anything with `write`, and lets other
threads run. No row becomes a Python object, which would cost several times what reading, encoding and writing take.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Final, cast

from arro3.core import (
    Array,
    DataType,
    Field,
    RecordBatch,
    RecordBatchReader,
    Schema,
    dictionary_dictionary,
    dictionary_indices,
    list_array,
)
from arro3.io import read_csv, write_parquet

_UTC_MICROSECONDS: Final = DataType.timestamp("us", tz="UTC")
_TEXT: Final = DataType.utf8()
_TEXTS: Final = DataType.list(Field("item", DataType.utf8()))
_FEW: Final = DataType.dictionary(DataType.int32(), DataType.utf8())
"""Text of few different values; in the file it is text like any other."""
_TYPES: Final[dict[str, DataType]] = {
    **dict.fromkeys(("timestamp", "created_at", "labelled_at"), _UTC_MICROSECONDS),
    **dict.fromkeys(("categories", "intents"), _TEXTS),
    **dict.fromkeys(("source", "author", "status", "category", "sentiment", "language", "labelled_by"), _FEW),
    "confidence": DataType.float32(),
    "abstained": DataType.bool(),
}
_MANY: Final = ("id", "external_id", "timestamp", "text")
"""Those that differ in nearly every row, so that looking for the same value again costs time and space."""
_MAY_BE_EMPTY: Final = frozenset({"model_name", "model_version"})
"""Those that may be NULL as well; ';' stands behind what is not."""
_READ_AT_ONCE: Final = 256 * 1024
_ROWS_AT_ONCE: Final = 5_000
_ROWS_PER_GROUP: Final = 20_000


class _Source(io.RawIOBase):
    """Pieces of bytes, none of them empty, as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer
        """As much as there is of the piece in hand."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


class _Writer(io.RawIOBase):
    """Hands on what is written."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self._write = write

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Takes all of it."""
        raw = bytes(data)
        self._write(raw)
        return len(raw)


def encode(columns: Sequence[str], csv: Iterator[bytes], write: Callable[[bytes], None]) -> None:
    """Writes a whole file. Blocks: it is run in a thread, in which `csv` is read and `write` is called."""
    read_as = Schema([Field(name, _in_csv(name)) for name in columns])
    written_as = Schema([Field(name, _type(name)) for name in columns])
    source = io.BufferedReader(_Source(csv), _READ_AT_ONCE)
    rows = read_csv(cast("IO[bytes]", source), read_as, has_header=False, batch_size=_ROWS_AT_ONCE)
    write_parquet(
        RecordBatchReader.from_batches(written_as, _batches(rows, written_as)),
        cast("IO[bytes]", _Writer(write)),
        compression="zstd(1)",
        column_dictionary_enabled=dict.fromkeys(_MANY, False),
        max_row_group_size=_ROWS_PER_GROUP,
        # It would say which text was a dictionary here, and readers would make one of it.
        skip_arrow_metadata=True,
    )


def _type(name: str) -> DataType:
    return _TYPES.get(name, _TEXT)


def _in_csv(name: str) -> DataType:
    kind = _type(name)
    if kind == _UTC_MICROSECONDS:
        return DataType.int64()
    return _FEW if kind == _TEXTS or name in _MAY_BE_EMPTY else kind


def _batches(rows: RecordBatchReader, schema: Schema) -> Iterator[RecordBatch]:
    for batch in rows:
        yield RecordBatch.from_arrays([_column(name, batch[name]) for name in schema.names], schema=schema)


def _column(name: str, column: Array) -> Array:
    kind = _type(name)
    if kind == _UTC_MICROSECONDS:
        return column.cast(kind)
    if kind == _TEXTS:
        return _lists(_different(column)).take(dictionary_indices(column))
    if name in _MAY_BE_EMPTY:
        return Array([value[:-1] for value in _different(column)], _TEXT).take(dictionary_indices(column))
    if kind == _TEXT and column.null_count:
        return Array([value or "" for value in column.to_pylist()], _TEXT)
    return column


def _different(column: Array) -> list[str]:
    return cast("list[str]", dictionary_dictionary(column).to_pylist())


def _lists(values: Sequence[str]) -> Array:
    """Lists of text from texts in which ';' stands behind each part."""
    offsets, flat = [0], []
    for value in values:
        flat += [part for part in value.split(";") if part]
        offsets.append(len(flat))
    return list_array(Array(offsets, DataType.int32()), Array(flat, _TEXT), type=Field("item", _TEXTS))
