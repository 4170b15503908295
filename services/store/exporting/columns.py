"""The columns of an export as SQL over `m`, a message, `l`, its labels in force, and `q`, its place in the queue. Pure.

Postgres writes CSV and JSON itself: its COPY is several times faster than anything that makes a Python object per row.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT
from services.store.filters import IS_LABELLED, TOP_INTENT_SCORE, category_mask


class ExportFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


QUEUE_JOIN: Final = "LEFT JOIN label_queue q ON q.workspace_id = m.workspace_id AND q.message_id = m.id"
"""A join and no subquery, which would keep Postgres from making the columns in parallel."""
_CATEGORY: Final = (
    "CASE l.intents[1] "
    + " ".join(f"WHEN '{intent}' THEN '{category}'" for intent, category in CATEGORY_OF_INTENT.items())
    + " END"
)
_CATEGORY_PARTS: Final = ", ".join(
    f"CASE WHEN l.category_mask & {category_mask([name])} <> 0 THEN '{name}' END" for name in CATEGORIES
)

# Names as in the JSON of a message; `confidence` is the probability of the first intent.
_COMMON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": "m.id",
        "external_id": "m.external_id",
        "source": "m.source",
        "user_id": "m.user_id",
        "timestamp": "m.event_time",
        "conversation_id": "m.conversation_id",
        "author": "m.author",
        "text": "m.text",
        "created_at": "m.create_time",
        "status": f"CASE WHEN {IS_LABELLED} THEN 'labelled' WHEN q.failed THEN 'failed' ELSE 'pending' END",
        "category": _CATEGORY,
        "categories": f"CASE WHEN {IS_LABELLED} THEN array_remove(ARRAY[{_CATEGORY_PARTS}], NULL) END",
        "intents": "l.intents",
        "confidence": TOP_INTENT_SCORE,
        "sentiment": "nullif(l.sentiment, '')",
        "language": "l.language",
        "abstained": "l.abstained",
        "labelled_by": "l.author",
        "model_name": "l.model_name",
        "model_version": "l.model_version",
        "labelled_at": "l.valid_from",
    }
)
COLUMNS: Final = tuple(_COMMON)

_FREE_TEXT: Final = ("external_id", "user_id", "conversation_id", "text")
_FIRST: Final = "=+-@\t\r\n'"
_TIMES: Final = ("timestamp", "created_at", "labelled_at")


def _neutralised(column: str) -> str:
    """One single quote before what a spreadsheet would run (OWASP ASVS 5.0, 1.2.10), quotes before it left aside."""
    dangerous = "'=', '+', '-', '@', E'\\t', E'\\r', E'\\n'"
    # First by number, which takes a third of the time for what begins with none of them.
    may_be = f"ascii({column}) IN ({', '.join(str(ord(character)) for character in _FIRST)})"
    is_dangerous = f"{may_be} AND left(ltrim({column}, ''''), 1) IN ({dangerous})"
    return f"CASE WHEN {is_dangerous} THEN '''' || {column} ELSE {column} END"


def _utc(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


_CSV: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_COMMON,
        **{name: _neutralised(_COMMON[name]) for name in _FREE_TEXT},
        **{name: _utc(_COMMON[name]) for name in _TIMES},
        "categories": f"concat_ws(';', {_CATEGORY_PARTS})",
        "intents": "array_to_string(l.intents, ';')",
        # COPY writes t and f, which readers take for text.
        "abstained": "l.abstained::text",
    }
)
_JSONL: Final[Mapping[str, str]] = MappingProxyType({**_COMMON, **{name: _utc(_COMMON[name]) for name in _TIMES}})
# As CSV, which knows one empty value: what may be empty and NULL has ';' behind it, and so has every part of a list.
_PARQUET: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_COMMON,
        **{name: f"(extract(epoch FROM {_COMMON[name]}) * 1000000)::bigint" for name in _TIMES},
        "categories": f"concat_ws(';', {_CATEGORY_PARTS}) || ';'",
        "intents": "coalesce(array_to_string(l.intents, ';'), '') || ';'",
        "abstained": "l.abstained::text",
        "model_name": "l.model_name || ';'",
        "model_version": "l.model_version || ';'",
    }
)


def select_list(export_format: ExportFormat) -> str:
    """What follows SELECT. JSON lines are one column of text, the others one per column; Parquet's is for `parquet`."""
    match export_format:
        case ExportFormat.CSV:
            return _named(_CSV)
        case ExportFormat.JSONL:
            return f"row_to_json(line) FROM (SELECT {_named(_JSONL)}"
        case ExportFormat.PARQUET:
            return _named(_PARQUET)


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
