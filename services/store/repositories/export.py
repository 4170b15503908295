"""SQL of an export: one statement, so one snapshot, streamed by COPY."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from services.store.exporting.columns import QUEUE_JOIN, ExportFormat, select_list
from services.store.filters import Bindings, Filters, TimeRange, filter_sql
from services.store.message import Author
from services.store.pool import Connection

LONGEST_SECONDS: Final = 12 * 3600.0
"""Time one export may take; who reads nothing is cut off long before."""

# JSON has no raw control characters, so with these two COPY quotes and escapes nothing.
_NO_QUOTE: Final = "\x01"
_NO_DELIMITER: Final = "\x02"

Sink = Callable[[bytes], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file to write, of whomever where `authors` is empty."""

    filters: Filters
    time_range: TimeRange
    authors: frozenset[Author]
    format: ExportFormat


async def copy(connection: Connection, workspace_id: str, wanted: Export, sink: Sink) -> int:
    """Writes CSV or JSON lines into the sink, as fast as it takes them; answers the number of messages.

    For Parquet it is the CSV that `exporting.parquet` reads. COPY takes no parameters: asyncpg has the server quote
    each value into the statement, by its type.
    """
    sql, arguments = _statement(workspace_id, wanted)
    is_json = wanted.format is ExportFormat.JSONL
    status = await connection.copy_from_query(
        sql,
        *arguments,
        output=sink,
        format="csv",
        header=wanted.format is ExportFormat.CSV,
        quote=_NO_QUOTE if is_json else None,
        delimiter=_NO_DELIMITER if is_json else None,
        timeout=LONGEST_SECONDS,
    )
    return int(status.rpartition(" ")[2])


def _statement(workspace_id: str, wanted: Export) -> tuple[str, list[object]]:
    bindings = Bindings()
    parts = filter_sql(
        bindings,
        workspace_id=workspace_id,
        filters=wanted.filters,
        time_range=wanted.time_range,
        authors=wanted.authors,
    )
    sql = f"SELECT {select_list(wanted.format)} FROM {parts.from_} {QUEUE_JOIN}"
    sql += f" WHERE {parts.where} ORDER BY m.event_time, m.id"
    if wanted.format is ExportFormat.JSONL:
        sql += ") AS line"
    return sql, bindings.values
