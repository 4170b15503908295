"""SQL that stores messages, few or many at once, each of them once.

Measured on a thousand rows, in milliseconds: COPY into a temporary table 2.5, from there into the table 7.4 and into
the queue 3.8; INSERT from arrays 38. One WITH for table and queue takes 17 where two statements take 11, so RETURNING,
and with it ON CONFLICT, is left to the case that some rows are there already. COPY straight into the table is forbidden
by row-level security. COPY's lines are made here, because joining texts is faster than encoding field after field.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from services.store.message import Arrivals
from services.store.pool import Connection
from services.store.repositories.copying import once

_MANY: Final = 64

_COLUMNS: Final = (
    "source",
    "external_id",
    "import_row",
    "id",
    "event_time",
    "import_id",
    "author",
    "user_id",
    "conversation_id",
    "text",
)
_NAMES: Final = ", ".join(_COLUMNS)
_TARGET: Final = f"INSERT INTO messages (workspace_id, {_NAMES})"
# Times arrive as microseconds: a number is written and read faster than a date.
_VALUES: Final = _NAMES.replace("event_time", "timestamptz 'epoch' + event_time * interval '1 microsecond'")

_FROM_ARRAYS: Final = f"""
{_TARGET}
SELECT $1, {_VALUES}
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::bigint[], $7::uuid[], $8::text[], $9::text[],
            $10::text[], $11::text[]) AS arriving({_NAMES})
"""

_STAGING: Final = "arriving_messages"

_MAKE_STAGING: Final = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGING} (
  source text COLLATE "C", external_id text COLLATE "C", import_row bigint, id uuid, event_time bigint,
  import_id uuid, author text COLLATE "C", user_id text COLLATE "C", conversation_id text COLLATE "C",
  text text COLLATE "C"
) ON COMMIT DELETE ROWS
"""

_STORED: Final = """
WITH stored AS ({insert} ON CONFLICT DO NOTHING RETURNING id),
queued AS (INSERT INTO label_queue (workspace_id, message_id, bulk) SELECT $1, id, {bulk} FROM stored),
noted AS (
  INSERT INTO message_changes (workspace_id, kind, message_ids)
  SELECT $1, 'stored', array_agg(id ORDER BY id) FROM stored HAVING count(*) > 0
)
SELECT count(*) FROM stored
"""
_STORE_ARRAYS: Final = _STORED.format(insert=_FROM_ARRAYS, bulk="$12::boolean")
_STORE_STAGED: Final = _STORED.format(insert=f"{_TARGET} SELECT $1, {_VALUES} FROM {_STAGING}", bulk="$2::boolean")

# One round trip, without a parameter: the transaction has its workspace.
_WORKSPACE: Final = "current_setting('earshot.workspace')"
_STORE_ALL: Final = f"""
{_TARGET} SELECT {_WORKSPACE}, {_VALUES} FROM {_STAGING};
INSERT INTO label_queue (workspace_id, message_id, bulk) SELECT {_WORKSPACE}, id, {{bulk}} FROM {_STAGING};
INSERT INTO message_changes (workspace_id, kind, message_ids)
SELECT {_WORKSPACE}, 'stored', array_agg(id ORDER BY id) FROM {_STAGING};
"""
_STORE_ALL_FRESH: Final = _STORE_ALL.format(bulk="false")
_STORE_ALL_BULK: Final = _STORE_ALL.format(bulk="true")

_FOUND: Final = "SELECT id FROM messages WHERE workspace_id = $1 AND id = ANY($2::uuid[])"

_NULL: Final = "\\N"
_SPECIAL: Final = re.compile(r"[\\\t\n\r]")
# The backslash first: the others bring new ones.
_ESCAPES: Final = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
_BETWEEN: Final = "\x00"
"""No valid text holds it."""


class AlreadyThereError(Exception):
    """Some of the messages are stored already. The transaction is spent: do it again, expecting that."""


async def insert(
    connection: Connection, workspace_id: str, arrivals: Arrivals, *, bulk: bool, all_new: bool
) -> set[int]:
    """Stores the messages that are not there yet, queues them for labels, and answers the positions of the others.

    `bulk`: they are labelled after those that are not. `all_new` is a guess that makes many messages cheaper to store;
    raises AlreadyThereError where it is wrong.
    Transactions with the same messages take them in the same order, so that they do not wait for each other in turn.
    """
    if len(arrivals) < _MANY:
        stored = await _store_arrays(connection, workspace_id, arrivals, bulk=bulk)
    else:
        await connection.execute(_MAKE_STAGING)
        await connection.copy_to_table(_STAGING, source=once(copy_lines(arrivals)), columns=_COLUMNS)
        if all_new:
            await _store_all(connection, bulk=bulk)
            return set()
        stored = await _store_new(connection, workspace_id, bulk=bulk)
    if stored == len(arrivals):
        return set()
    found = await connection.fetch(_FOUND, workspace_id, arrivals.ids)
    ids = {row["id"].hex for row in found}
    return {position for position, message_id in enumerate(arrivals.ids) if message_id not in ids}


async def _store_arrays(connection: Connection, workspace_id: str, arrivals: Arrivals, *, bulk: bool) -> int:
    rows = sorted(zip(*_columns(arrivals), strict=True), key=_lock_order)
    arrays = map(list, zip(*rows, strict=True))
    stored: int = await connection.fetchval(_STORE_ARRAYS, workspace_id, *arrays, bulk)
    return stored


async def _store_new(connection: Connection, workspace_id: str, *, bulk: bool) -> int:
    stored: int = await connection.fetchval(_STORE_STAGED, workspace_id, bulk)
    return stored


async def _store_all(connection: Connection, *, bulk: bool) -> None:
    try:
        await connection.execute(_STORE_ALL_BULK if bulk else _STORE_ALL_FRESH)
    except asyncpg.UniqueViolationError as error:
        raise AlreadyThereError from error


def _lock_order(row: tuple[object, ...]) -> tuple[str, ...]:
    source, external_id, import_row, *_ = row
    return str(source), str(external_id), str(import_row)


def _columns(arrivals: Arrivals) -> tuple[Sequence[object], ...]:
    """As in `_COLUMNS`."""
    messages = arrivals.messages
    return (
        messages.sources,
        messages.external_ids,
        arrivals.import_rows,
        arrivals.ids,
        messages.event_times,
        [None if row is None else arrivals.import_id for row in arrivals.import_rows],
        messages.authors,
        messages.user_ids,
        messages.conversation_ids,
        messages.texts,
    )


def copy_lines(arrivals: Arrivals) -> bytes:
    """The messages in COPY's text format, the columns as in `_COLUMNS`, sorted: by key, then in order of arrival.

    https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
    """
    messages = arrivals.messages
    import_id = str(arrivals.import_id)
    columns: tuple[Iterable[str], ...] = (
        messages.sources,
        _escaped(messages.external_ids),
        [_NULL if row is None else str(row) for row in arrivals.import_rows],
        arrivals.ids,
        map(str, messages.event_times),
        [_NULL if row is None else import_id for row in arrivals.import_rows],
        [str(author) for author in messages.authors],
        _escaped(messages.user_ids),
        _escaped(messages.conversation_ids),
        _escaped(messages.texts),
    )
    lines = sorted(map("\t".join, zip(*columns, strict=True)))
    return "\n".join([*lines, ""]).encode()


def _escaped(column: Sequence[str]) -> Sequence[str]:
    joined = _BETWEEN.join(column)
    if not _SPECIAL.search(joined):
        return column
    for plain, escaped in _ESCAPES:
        joined = joined.replace(plain, escaped)
    return joined.split(_BETWEEN)
