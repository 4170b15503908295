"""Storing messages exactly once: new ones are kept, repeated ones are recognised, conflicting ones are refused."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from services.runtime.errors import (
    AlreadyExistsError,
    ConflictError,
    ErrorReason,
    FieldViolation,
    NotFoundError,
    Resource,
)
from services.store.durability import Acknowledgement
from services.store.ingesting.message_ids import new_message_ids
from services.store.labelling.label_watch import LabelWatch
from services.store.message import Arrivals, MessageColumns, StoredMessage
from services.store.pool import Connection, Database
from services.store.repositories import commits, ingest_requests, message_insert, messages
from services.store.repositories.ingest_requests import IngestRecord
from services.store.repositories.message_insert import AlreadyThereError

T = TypeVar("T")

_MAX_TRIES: Final = 4
_PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOutcome:
    """The messages of a request as they now stand, in its order, and how many were stored and were there before.

    `acknowledgement`: what may be said of all of them.
    """

    messages: tuple[StoredMessage, ...]
    created: int
    existing: int
    acknowledgement: Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkOutcome:
    """What became of a chunk of an import. `conflicts`: positions of rows whose key is taken by other content."""

    created: int
    existing: int
    conflicts: tuple[int, ...]


class Ingest:
    """Stores messages in one workspace at a time."""

    def __init__(self, database: Database, watch: LabelWatch, *, stored: Callable[[], None]) -> None:
        """`stored` is called after messages have been."""
        self._database = database
        self._watch = watch
        self._stored = stored

    async def ingest(
        self,
        workspace_id: str,
        new_messages: MessageColumns,
        *,
        request_id: UUID | None,
        wait_seconds: float,
        acknowledgement: Acknowledgement = Acknowledgement.DURABLE,
    ) -> IngestOutcome:
        """Stores valid messages, all or nothing, then waits for their labels.

        Raises AlreadyExistsError: MESSAGE_EXISTS for a key that is taken by other content, REQUEST_ID_REUSED for an id
        that came with another payload. NotFoundError where some were erased while their labels were waited for.
        """
        record = await _guessing_all_new(partial(self._store, workspace_id, new_messages, request_id, acknowledgement))
        self._stored()
        if wait_seconds > 0:
            await self._watch.wait(
                record.message_ids,
                seconds=wait_seconds,
                still_waiting=lambda ids: self._waiting(workspace_id, ids),
            )
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await messages.read(connection, workspace_id, set(record.message_ids))
        if gone := [message_id for message_id in record.message_ids if message_id not in found]:
            raise _erased_meanwhile(gone[0])
        return IngestOutcome(
            messages=tuple(found[message_id] for message_id in record.message_ids),
            created=record.created,
            existing=record.existing,
            acknowledgement=acknowledgement,
        )

    async def store_chunk(self, workspace_id: str, arrivals: Arrivals) -> ChunkOutcome:
        """Stores one chunk of an import in one transaction; rows in conflict with what is there are left out."""
        outcome = await _guessing_all_new(partial(self._store_chunk, workspace_id, arrivals))
        self._stored()
        return outcome

    async def stored(self, workspace_id: str, ids: Collection[UUID]) -> dict[UUID, StoredMessage]:
        """Those of the messages with these ids that the workspace holds."""
        if not ids:
            return {}
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await messages.read(connection, workspace_id, ids)

    async def _store(
        self,
        workspace_id: str,
        new_messages: MessageColumns,
        request_id: UUID | None,
        acknowledgement: Acknowledgement,
        *,
        all_new: bool,
    ) -> IngestRecord:
        arrivals = arriving(new_messages)
        record = IngestRecord(
            payload_hash=payload_hash(new_messages) if request_id else b"",
            message_ids=tuple(map(UUID, arrivals.ids)),
            created=len(arrivals),
            existing=0,
        )
        async with self._database.transaction(workspace_id) as connection:
            if acknowledgement is Acknowledgement.ACCEPTED:
                await commits.do_not_wait(connection)
            if request_id is not None:
                first = await ingest_requests.claim(connection, workspace_id, request_id, record)
                if first is not None:
                    await commits.wait_for_earlier(connection)
                    return _same_payload(first, record)
            stored = await _insert_all(connection, workspace_id, arrivals, record, all_new=all_new)
            if request_id is not None and stored.existing:
                await ingest_requests.amend(connection, workspace_id, request_id, stored)
            if not stored.created:
                await commits.wait_for_earlier(connection)
        return stored

    async def _store_chunk(self, workspace_id: str, arrivals: Arrivals, *, all_new: bool) -> ChunkOutcome:
        async with self._database.transaction(workspace_id) as connection:
            left_out = await message_insert.insert(connection, workspace_id, arrivals, bulk=True, all_new=all_new)
            repeated, conflicts = await _repeated(connection, workspace_id, arrivals, left_out)
            if len(left_out) == len(arrivals):
                await commits.wait_for_earlier(connection)
        return ChunkOutcome(created=len(arrivals) - len(left_out), existing=len(repeated), conflicts=conflicts)

    async def _waiting(self, workspace_id: str, ids: set[UUID]) -> set[UUID]:
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await messages.waiting_for_labels(connection, workspace_id, ids)


def payload_hash(new_messages: MessageColumns) -> bytes:
    """SHA-256 over every field of every message, the same for the same content only."""
    digest = hashlib.sha256()
    for message in map(new_messages.message, range(len(new_messages))):
        fields = (
            message.external_id,
            message.source,
            message.user_id,
            message.event_time.isoformat(),
            message.text,
            message.conversation_id,
            message.author or "",
        )
        for text in fields:
            raw = text.encode()
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()


async def with_retries(work: Callable[[], Awaitable[T]]) -> T:
    """The result of a transaction that is tried again when it and another one stood in each other's way.

    Raises ConflictError when that goes on.
    """
    for attempt in range(1, _MAX_TRIES):
        try:
            return await work()
        except ConflictError:
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
    return await work()


async def _guessing_all_new(work: Callable[..., Awaitable[T]]) -> T:
    """The result of a transaction that is told to take all messages for new, and once more that they may not be."""
    try:
        return await with_retries(lambda: work(all_new=True))
    except AlreadyThereError:
        return await with_retries(lambda: work(all_new=False))


async def _insert_all(
    connection: Connection, workspace_id: str, arrivals: Arrivals, record: IngestRecord, *, all_new: bool
) -> IngestRecord:
    left_out = await message_insert.insert(connection, workspace_id, arrivals, bulk=False, all_new=all_new)
    if not left_out:
        return record
    repeated, conflicts = await _repeated(connection, workspace_id, arrivals, left_out)
    if conflicts:
        raise _messages_exist(arrivals, conflicts)
    ids = tuple(repeated.get(position, message_id) for position, message_id in enumerate(record.message_ids))
    return replace(record, message_ids=ids, created=len(arrivals) - len(left_out), existing=len(repeated))


async def _repeated(
    connection: Connection, workspace_id: str, arrivals: Arrivals, left_out: set[int]
) -> tuple[dict[int, UUID], tuple[int, ...]]:
    """Positions of arrivals that were not stored: with the id of their equal, and those whose key has other content."""
    if not left_out:
        return {}, ()
    equals = {
        existing.position: existing.id
        for existing in await messages.find_existing(connection, workspace_id, arrivals, sorted(left_out))
        if existing.message == arrivals.messages.message(existing.position)
    }
    return equals, tuple(position for position in sorted(left_out) if position not in equals)


def arriving(new_messages: MessageColumns) -> Arrivals:
    """Messages on their way in, with ids of their own."""
    count = len(new_messages)
    return Arrivals(ids=new_message_ids(count), messages=new_messages, import_rows=[None] * count)


def imported(new_messages: MessageColumns, *, import_id: UUID | None, rows: Sequence[int]) -> Arrivals:
    """The rows of an import on their way in, with ids of their own; each is known by its external id, else its row."""
    return Arrivals(
        ids=new_message_ids(len(new_messages)),
        messages=new_messages,
        import_id=import_id,
        import_rows=[
            None if external_id else row for external_id, row in zip(new_messages.external_ids, rows, strict=True)
        ],
    )


def _same_payload(first: IngestRecord, record: IngestRecord) -> IngestRecord:
    if first.payload_hash != record.payload_hash:
        raise AlreadyExistsError.of_request_id("other messages")
    return first


def _erased_meanwhile(message_id: UUID) -> NotFoundError:
    """Nothing to try again: whoever did would store anew what somebody wanted gone."""
    return NotFoundError(
        "The messages were stored, and some of them have been deleted since.",
        reason=ErrorReason.MESSAGE_NOT_FOUND,
        resource=Resource(type="message", name=str(message_id)),
    )


def _messages_exist(arrivals: Arrivals, conflicts: Sequence[int]) -> AlreadyExistsError:
    first = arrivals.messages.message(conflicts[0])
    return AlreadyExistsError(
        f"messages[{conflicts[0]}]: this source has a message with this external_id and other content; "
        "nothing was stored.",
        reason=ErrorReason.MESSAGE_EXISTS,
        hint="Send the message as it was first stored, or with an external_id of its own.",
        violations=tuple(
            FieldViolation(field=f"messages[{position}].external_id", description="is taken by other content")
            for position in conflicts
        ),
        resource=Resource(type="message", name=f"{first.source}/{first.external_id}"),
    )
