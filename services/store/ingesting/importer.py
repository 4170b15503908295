"""Imports: chunks come in, each is stored in one transaction, acknowledgements go out in the order of the chunks.

Of two rows with one key the earlier is stored. So chunks that share a key are written in their order; the others are
written side by side, while the next are read and checked.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from earshot.store.v1 import message_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract.convert import message_columns, new_message, row_errors
from services.store.ingesting.ingest import Ingest, imported
from services.store.message import MessageColumns, StoredMessage
from services.store.validation import Violation, are_all_valid, message_violations, parse_id, row_number_violations

MAX_ROWS: Final = 1_000

_CHUNKS_IN_FLIGHT: Final = 4

CONFLICT: Final = Violation(
    field="external_id", reason=ErrorReason.MESSAGE_EXISTS, description="is known already, with other content"
)
"""A row whose key is taken."""

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


async def in_order(
    requests: AsyncIterable[RequestT], work: Callable[[RequestT], Awaitable[ResponseT]]
) -> AsyncGenerator[ResponseT, None]:
    """Answers of `work` in the order of the requests, each as soon as it is ready, a few requests at work at a time.

    An error ends the stream after the answers before it; work begun for later requests is cancelled. Close the
    generator (`contextlib.aclosing`), so that leaving early stops the work at once.
    """
    begun: asyncio.Queue[asyncio.Future[ResponseT] | None] = asyncio.Queue()
    slots = asyncio.Semaphore(_CHUNKS_IN_FLIGHT)
    reader = asyncio.create_task(_begin(requests, work, begun, slots))
    current: asyncio.Future[ResponseT] | None = None
    try:
        while (current := await begun.get()) is not None:
            response = await current
            slots.release()
            yield response
        await reader
    finally:
        await _cancel(reader, current, begun)


async def _begin(
    requests: AsyncIterable[RequestT],
    work: Callable[[RequestT], Awaitable[ResponseT]],
    begun: "asyncio.Queue[asyncio.Future[ResponseT] | None]",
    slots: asyncio.Semaphore,
) -> None:
    try:
        await slots.acquire()
        async for request in requests:
            begun.put_nowait(asyncio.ensure_future(work(request)))
            await slots.acquire()
    finally:
        begun.put_nowait(None)


async def _cancel(
    reader: "asyncio.Task[None]",
    current: "asyncio.Future[ResponseT] | None",
    begun: "asyncio.Queue[asyncio.Future[ResponseT] | None]",
) -> None:
    unfinished: list[asyncio.Future[Any]] = [reader]
    if current is not None:
        unfinished.append(current)
    while not begun.empty():
        if (task := begun.get_nowait()) is not None:
            unfinished.append(task)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)


class Importer:
    """Stores the chunks of one import stream."""

    def __init__(self, ingest: Ingest, workspace_id: str) -> None:
        self._ingest = ingest
        self._workspace_id = workspace_id
        self._turns = _Turns()

    async def store(self, chunk: message_pb2.ImportMessagesRequest) -> message_pb2.ImportMessagesResponse:
        """Stores what can be stored of a chunk and names the rest by row number.

        Raises InvalidInputError for a chunk that is none: no rows, too many, no import id where a row needs one.
        """
        import_id = import_id_of(chunk)
        known = known_rows(chunk, await self._ingest.stored(self._workspace_id, exported_ids(chunk)))
        numbers, messages, errors = checked_rows(chunk, without=known)
        response = message_pb2.ImportMessagesResponse(chunk=chunk.chunk, existing=len(known))
        if messages:
            async with self._turns.after_those_that_share(_keys(numbers, messages)):
                arrivals = imported(messages, import_id=import_id, rows=numbers)
                outcome = await self._ingest.store_chunk(self._workspace_id, arrivals)
            response.created, response.existing = outcome.created, outcome.existing + len(known)
            for position in outcome.conflicts:
                errors.extend(row_errors(numbers[position], (CONFLICT,)))
        response.errors.extend(sorted(errors, key=lambda error: error.number))
        return response


class _Turns:
    """Lets work on the same keys run in the order it came, and all other work side by side."""

    def __init__(self) -> None:
        self._at_work: dict[asyncio.Event, set[str]] = {}

    @asynccontextmanager
    async def after_those_that_share(self, keys: set[str]) -> AsyncIterator[None]:
        """Enters when nothing that came before and shares a key is at work any more."""
        before = [event for event, others in self._at_work.items() if not keys.isdisjoint(others)]
        finished = asyncio.Event()
        self._at_work[finished] = keys
        try:
            for event in before:
                await event.wait()
            yield
        finally:
            del self._at_work[finished]
            finished.set()


def _keys(numbers: Sequence[int], messages: MessageColumns) -> set[str]:
    """What makes a row the same as another: its source and external id, else its number."""
    return {
        f"{source}/{external_id}" if external_id else str(number)
        for number, source, external_id in zip(numbers, messages.sources, messages.external_ids, strict=True)
    }


def exported_ids(chunk: message_pb2.ImportMessagesRequest) -> set[UUID]:
    """Ids by which rows without an external id may be known."""
    return {row_id for row in chunk.rows if (row_id := _exported_id(row)) is not None}


def _exported_id(row: message_pb2.ImportRow) -> UUID | None:
    if not row.message_id or row.message.external_id:
        return None
    try:
        return UUID(row.message_id)
    except ValueError:
        return None


def known_rows(chunk: message_pb2.ImportMessagesRequest, stored: Mapping[UUID, StoredMessage]) -> frozenset[int]:
    """Positions of rows that are stored messages themselves, come back from an export. `stored`: those of their ids."""
    if not stored:
        return frozenset()
    return frozenset(
        position
        for position, row in enumerate(chunk.rows)
        if (row_id := _exported_id(row)) is not None
        and (there := stored.get(row_id)) is not None
        and there.message == new_message(row.message)
    )


def checked_rows(
    chunk: message_pb2.ImportMessagesRequest, *, without: frozenset[int] = frozenset()
) -> tuple[list[int], MessageColumns | None, list[message_pb2.RowError]]:
    """Numbers and messages of the rows that keep every rule, None without any, and what is wrong with the others.

    `without`: positions of rows to leave out.
    """
    rows = [row for position, row in enumerate(chunk.rows) if position not in without]
    if not rows:
        return [], None, []
    numbers = [row.number for row in rows]
    messages = message_columns([row.message for row in rows])
    now = datetime.now(UTC)
    plain = not row_number_violations(min(numbers)) and not row_number_violations(max(numbers))
    if plain and are_all_valid(messages, now):
        return numbers, messages, []
    errors: list[message_pb2.RowError] = []
    good: list[message_pb2.ImportRow] = []
    for row in rows:
        violations = (*row_number_violations(row.number), *message_violations(new_message(row.message), now=now))
        if violations:
            errors.extend(row_errors(row.number, violations))
        else:
            good.append(row)
    return [row.number for row in good], message_columns([row.message for row in good]) if good else None, errors


def import_id_of(chunk: message_pb2.ImportMessagesRequest) -> UUID | None:
    """The import's id, None where no row needs one. Raises InvalidInputError for a chunk that is none."""
    if not chunk.rows:
        raise InvalidInputError.of_field("rows", "must not be empty", reason=ErrorReason.EMPTY_REQUEST)
    if len(chunk.rows) > MAX_ROWS:
        raise InvalidInputError.of_field(
            "rows", f"must be at most {MAX_ROWS:,}", reason=ErrorReason.TOO_MANY_MESSAGES, hint="Send smaller chunks."
        )
    if chunk.import_id:
        return parse_id(chunk.import_id, field="import_id")
    if any(not row.message.external_id for row in chunk.rows):
        raise InvalidInputError.of_field(
            "import_id", "must be given when a row has no external_id", reason=ErrorReason.MISSING_FIELD
        )
    return None
