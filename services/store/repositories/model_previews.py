"""The messages of a range, page by page, as they were known at one instant."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.store.filters import COUNTED, UNSUPPORTED_LANGUAGE, Bindings, Filters, TimeRange, filter_sql
from services.store.message import LabelAuthor
from services.store.pool import Database
from services.store.statistics.model_preview import NO_LABELS, LabelBits, PreviewedMessage
from services.store.statistics.sql import Statement

_PAGE: Final = 64
"""Texts of any length fit, that many, into one message of gRPC."""


async def pages(
    database: Database, workspace_id: str, time_range: TimeRange, as_of: datetime
) -> AsyncGenerator[list[PreviewedMessage], None]:
    """Every message once, in order of time. Each page has a transaction: none is held while the caller works on one."""
    after: tuple[datetime, UUID] | None = None
    while True:
        statement = _page(workspace_id, time_range, as_of, after)
        async with database.transaction(workspace_id, readonly=True) as connection:
            rows = await connection.fetch(statement.sql, *statement.arguments)
        if rows:
            yield [_message(row) for row in rows]
        if len(rows) < _PAGE:
            return
        after = (rows[-1]["event_time"], rows[-1]["id"])


def _page(workspace_id: str, time_range: TimeRange, as_of: datetime, after: tuple[datetime, UUID] | None) -> Statement:
    bindings = Bindings()
    parts = filter_sql(
        bindings,
        workspace_id=workspace_id,
        filters=Filters(),
        time_range=time_range,
        as_of=as_of,
        authors=COUNTED,
    )
    where = parts.where
    if after is not None:
        place = f"({bindings.bind(after[0], 'timestamptz')}, {bindings.bind(after[1], 'uuid')})"
        where += f" AND (m.event_time, m.id) > {place}"
    by_model = f"l.author = {bindings.bind(LabelAuthor.MODEL.value, 'text')} AND NOT {UNSUPPORTED_LANGUAGE}"
    sql = (
        "SELECT m.event_time, m.id, l.author, l.intent_mask, l.category_mask, l.sentiment,"
        f" CASE WHEN {by_model} THEN m.text END AS text"
        f" FROM {parts.from_} WHERE {where} ORDER BY m.event_time, m.id LIMIT {_PAGE}"
    )
    return Statement(sql=sql, arguments=tuple(bindings.values))


def _message(row: asyncpg.Record) -> PreviewedMessage:
    author = row["author"]
    labels = NO_LABELS if author is None else LabelBits(row["intent_mask"], row["category_mask"], row["sentiment"])
    return PreviewedMessage(author=author, labels=labels, text=row["text"])
