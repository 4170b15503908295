"""Sends a file's rows to the store in chunks and survives the store's restarts: what is not acknowledged is sent again.

Sending a chunk twice is harmless (the store knows a row by external id, or by import id and row number), so the only
rule is: a chunk counts when its acknowledgement came.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from earshot_client.earshot.store.v1 import ImportMessagesRequest, ImportMessagesResponse, ImportRow, NewMessage
from gateway.clients import MessageClient
from gateway.clients.streams import closing
from gateway.field_names import EVENT_TIME, renamed
from gateway.importing.mapping import (
    Columns,
    Defaults,
    RowProblemError,
    exported_id,
    missing_columns,
    names_user,
    to_message,
)
from gateway.importing.records import Record
from services.runtime.errors import ErrorReason, InvalidInputError, UnavailableError

CHUNK_ROWS: Final = 500
CHUNK_CHARACTERS: Final = 1_000_000
"""A chunk ends with the row that passes this, so that it fits into a gRPC message of 8 MiB in any script."""
MAX_ROW_CHARACTERS: Final = 250_000
"""No rule of the store allows as long a row, and none much longer could be carried there: it is refused here."""
CHUNKS_IN_FLIGHT: Final = 4
PATIENCE_SECONDS: Final = 60.0
"""How long the store may stay away before the import gives up. Nothing acknowledged is lost then."""
RETRY_SECONDS: Final = 0.5
MAX_LISTED_ERRORS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFailure:
    """A row that was not stored, and why."""

    row: int
    field: str
    reason: str
    message: str


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where an import stands. `errors` lists the first thousand; `failed` counts all.

    `without_user`: rows sent, stored or not, that do not say who wrote them.
    """

    created: int = 0
    existing: int = 0
    failed: int = 0
    without_user: int = 0
    errors: list[RowFailure] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that are done, one way or the other."""
        return self.created + self.existing + self.failed

    def refuse(self, failures: Sequence[RowFailure]) -> None:
        """Counts rows that were not stored, each of which may have failed for several reasons."""
        self.failed += len({failure.row for failure in failures})
        self.errors.extend(failures[: MAX_LISTED_ERRORS - len(self.errors)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file's columns become messages, under which import id; `dry_run`: the store only judges them."""

    import_id: str
    columns: Columns
    defaults: Defaults
    dry_run: bool = False


async def import_records(
    client: MessageClient, records: Iterator[Record], plan: Plan, progress: Progress
) -> AsyncIterator[Progress]:
    """Sends every record; yields `progress` after each acknowledgement.

    Raises UnavailableError when the store stays away, InvalidInputError when a column asked for does not exist.
    """
    sender = _Sender(records, plan, progress)
    last_answer = time.monotonic()
    while not sender.done:
        try:
            async with closing(client.import_messages(sender.requests())) as answers:
                async for answer in answers:
                    await sender.acknowledge(answer)
                    last_answer = time.monotonic()
                    yield progress
            await sender.finish()
        except UnavailableError:
            # What a check has seen of the file is gone with its call.
            if plan.dry_run or time.monotonic() - last_answer > PATIENCE_SECONDS:
                raise
            await asyncio.sleep(RETRY_SECONDS)
    await sender.finish()
    yield progress


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What one read of the file gave."""

    request: ImportMessagesRequest | None
    is_last: bool


class _Sender:
    """Chunks on their way: read in a thread, at most CHUNKS_IN_FLIGHT without acknowledgement."""

    def __init__(self, records: Iterator[Record], plan: Plan, progress: Progress) -> None:
        self._records = records
        self._plan = plan
        self._progress = progress
        self._unacknowledged: dict[int, ImportMessagesRequest] = {}
        self._room = asyncio.Event()
        self._next_chunk = 0
        self._at_end = False
        self._reading: asyncio.Task[_Piece] | None = None
        self._failure: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether every row is acknowledged or refused, or the file cannot be read."""
        return self._at_end and not self._unacknowledged

    async def requests(self) -> AsyncIterator[ImportMessagesRequest]:
        """What is not acknowledged yet, then new chunks. A problem of the file ends it and is raised by `finish`."""
        for unacknowledged in list(self._unacknowledged.values()):
            yield unacknowledged
        while not self._at_end:
            while len(self._unacknowledged) >= CHUNKS_IN_FLIGHT:
                self._room.clear()
                await self._room.wait()
            request = await self._read()
            if request is not None:
                yield request

    async def _read(self) -> ImportMessagesRequest | None:
        """The next chunk, noted as unacknowledged; None where there is nothing to send.

        A broken stream cancels the one who waits here, never the read itself: a chunk read for a stream that is gone
        goes out on the next one.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(self._next))
        try:
            piece = await asyncio.shield(self._reading)
        except Exception as error:  # noqa: BLE001  # raised again in the caller's task by `finish`
            self._failure, self._at_end = error, True
            return None
        self._reading, self._at_end = None, piece.is_last
        if piece.request is not None:
            self._unacknowledged[piece.request.chunk] = piece.request
        return piece.request

    async def acknowledge(self, answer: ImportMessagesResponse) -> None:
        """One chunk is on disk."""
        if self._unacknowledged.pop(answer.chunk, None) is None:
            return
        self._progress.created += answer.created
        self._progress.existing += answer.existing
        self._progress.refuse(
            [
                RowFailure(
                    row=error.number,
                    field=renamed(error.field, (EVENT_TIME,)),
                    reason=error.reason,
                    message=f"row {error.number}: {error.message.replace('event_time ', 'timestamp ', 1)}",
                )
                for error in answer.errors
            ]
        )
        self._room.set()

    async def finish(self) -> None:
        """Raises what was wrong with the file."""
        if self._failure:
            raise self._failure

    def _next(self) -> "_Piece":
        """The next records as a chunk, without one when none of them can be sent. Runs in a thread."""
        rows: list[ImportRow] = []
        read = characters = 0
        for record in islice(self._records, CHUNK_ROWS):
            read += 1
            if (row := self._row(record)) is not None:
                rows.append(row)
                characters += _characters(row.message)
            if characters >= CHUNK_CHARACTERS:
                break
        is_last = read < CHUNK_ROWS and characters < CHUNK_CHARACTERS
        if not rows:
            return _Piece(request=None, is_last=is_last)
        request = ImportMessagesRequest(
            chunk=self._next_chunk, import_id=self._plan.import_id, rows=rows, validate_only=self._plan.dry_run
        )
        self._next_chunk += 1
        return _Piece(request=request, is_last=is_last)

    def _row(self, record: Record) -> ImportRow | None:
        if record.problem:
            self._refuse(record, "", record.problem)
            return None
        if missing := missing_columns(self._plan.columns, record.fields):
            if record.row == 1:
                known = ", ".join(record.fields)
                raise InvalidInputError(
                    f"the file has no column {missing[0]!r}; it has: {known}", reason=ErrorReason.INVALID_ARGUMENT
                )
            self._refuse(record, missing[0], f"has no {missing[0]}")
            return None
        try:
            message = to_message(record.fields, self._plan.columns, self._plan.defaults)
        except RowProblemError as error:
            self._refuse(record, error.field, str(error))
            return None
        if (characters := _characters(message)) > MAX_ROW_CHARACTERS:
            self._refuse(record, "text", f"has {characters:,} characters: its text may have 20,000 at most")
            return None
        self._progress.without_user += not names_user(record.fields, self._plan.columns)
        message_id = exported_id(record.fields, self._plan.columns)
        return ImportRow(number=record.row, message=message, message_id=message_id)

    def _refuse(self, record: Record, column: str, problem: str) -> None:
        message = f"row {record.row} (line {record.line}) {problem}"
        failure = RowFailure(row=record.row, field=column, reason="BAD_ROW", message=message)
        self._progress.refuse([failure])


def _characters(message: NewMessage | None) -> int:
    """What a message takes on its way, but for what is always short."""
    if message is None:
        return 0
    return sum(map(len, (message.text, message.user_id, message.external_id, message.conversation_id, message.source)))
