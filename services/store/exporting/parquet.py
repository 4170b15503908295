"""Writes Parquet from rows of the export, a batch at a time.

arro3 is the Rust `parquet` crate without pyarrow around it: 33 MB installed against 171 MB; fastparquet brings pandas,
polars a query engine. It writes from an iterator of batches into anything with `write`, and lets other threads run.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Final, cast

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema, list_array
from arro3.io import write_parquet

_UTC_MICROSECONDS: Final = DataType.timestamp("us", tz="UTC")
_TEXT: Final = DataType.utf8()
_TEXTS: Final = DataType.list(Field("item", DataType.utf8()))
_TYPES: Final[dict[str, DataType]] = {
    "timestamp": _UTC_MICROSECONDS,
    "created_at": _UTC_MICROSECONDS,
    "labelled_at": _UTC_MICROSECONDS,
    "categories": _TEXTS,
    "intents": _TEXTS,
    "confidence": DataType.float32(),
    "abstained": DataType.bool(),
}
_ROWS_PER_GROUP: Final = 20_000

Row = Sequence[Any]


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


def write_rows(columns: Sequence[str], batches: Iterator[Sequence[Row]], write: Callable[[bytes], None]) -> None:
    """Writes a whole file. Blocks: it is run in a thread, and both callables are called in that thread."""
    schema = Schema([Field(name, _TYPES.get(name, _TEXT)) for name in columns])
    reader = RecordBatchReader.from_batches(schema, (_batch(rows, columns, schema) for rows in batches))
    write_parquet(reader, cast("IO[bytes]", _Writer(write)), compression="zstd(1)", max_row_group_size=_ROWS_PER_GROUP)


def _batch(rows: Sequence[Row], columns: Sequence[str], schema: Schema) -> RecordBatch:
    values = zip(*rows, strict=True)
    return RecordBatch.from_arrays(
        [_array(list(column), _TYPES.get(name, _TEXT)) for name, column in zip(columns, values, strict=True)],
        schema=schema,
    )


def _array(values: list[Any], kind: DataType) -> Array:
    if kind == _UTC_MICROSECONDS:
        return Array(values, DataType.int64()).cast(kind)
    if kind == _TEXTS:
        return _lists(values)
    return Array(values, kind)


def _lists(values: list[list[str] | None]) -> Array:
    """Lists of text; a message without labels has an empty one."""
    offsets = [0]
    for value in values:
        offsets.append(offsets[-1] + len(value or ()))
    flat = [text for value in values for text in value or ()]
    return list_array(Array(offsets, DataType.int32()), Array(flat, _TEXT), type=Field("item", _TEXTS))
