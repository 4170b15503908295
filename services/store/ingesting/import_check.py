"""Checks of imports: what would become of the rows, by the rules of storing them, and none of them is stored.

The rows of a call that came before count as stored: of each the key and the content are remembered as eight bytes of a
hash, so that a million rows take about a hundred megabytes, and two of them are taken for one in ten million calls.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from earshot.store.v1 import message_pb2
from services.runtime.errors import ErrorReason, InvalidInputError, LimitExceededError
from services.store.contract.convert import row_errors
from services.store.ingesting.importer import CONFLICT, checked_rows, exported_ids, import_id_of, known_rows
from services.store.ingesting.ingest import imported
from services.store.message import Arrivals, MessageColumns
from services.store.pool import Database
from services.store.repositories import messages

MAX_ROWS: Final = 1_000_000
MAX_RUNNING: Final = 2


class ImportChecks:
    """The checks of one server, few at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running = 0

    @contextmanager
    def check(self, workspace_id: str) -> Iterator["ImportCheck"]:
        """The check of one call; it takes its place among the few with the first chunk it judges."""
        check = ImportCheck(self._database, workspace_id, begin=self._begin)
        try:
            yield check
        finally:
            self._running -= check.has_begun

    def _begin(self) -> None:
        if self._running >= MAX_RUNNING:
            raise LimitExceededError(
                f"{MAX_RUNNING} imports are being checked already.",
                reason=ErrorReason.TOO_MANY_STREAMS,
                hint="Try again when one of them has ended.",
                retry_after_seconds=5,
            )
        self._running += 1


class ImportCheck:
    """Judges the chunks of one call, given in their order."""

    def __init__(self, database: Database, workspace_id: str, *, begin: Callable[[], None]) -> None:
        """`begin` is called before the first chunk is judged, and may refuse."""
        self._database = database
        self._workspace_id = workspace_id
        self._begin = begin
        self._contents: dict[int, int] = {}
        self._rows = 0
        self.has_begun = False

    async def judge(self, chunk: message_pb2.ImportMessagesRequest) -> message_pb2.ImportMessagesResponse:
        """What would become of a chunk. Raises InvalidInputError for one that is none, LimitExceededError."""
        import_id = import_id_of(chunk)
        self._count(len(chunk.rows))
        numbers, columns, errors = checked_rows(chunk)
        response = message_pb2.ImportMessagesResponse(chunk=chunk.chunk)
        if columns:
            # Nothing is awaited before this, so that chunks are remembered in the order in which they came.
            repeats = [self._repeat(key, content) for key, content in _hashes(numbers, columns)]
            arrivals = imported(columns, import_id=import_id, rows=numbers)
            equals = await self._equals(arrivals, repeats)
            known = await self._known(chunk)
            for position, is_equal in enumerate(equals):
                if numbers[position] in known:
                    response.existing += 1
                elif is_equal is None:
                    response.created += 1
                elif is_equal:
                    response.existing += 1
                else:
                    errors.extend(row_errors(numbers[position], (CONFLICT,)))
        response.errors.extend(sorted(errors, key=lambda error: error.number))
        return response

    def _count(self, rows: int) -> None:
        if not self.has_begun:
            self._begin()
            self.has_begun = True
        self._rows += rows
        if self._rows > MAX_ROWS:
            raise InvalidInputError.of_field(
                "rows",
                f"must be at most {MAX_ROWS:,} in one call that only checks them",
                reason=ErrorReason.TOO_MANY_MESSAGES,
                hint="Check the file in parts, or import it: rows that cannot be stored are left out and named.",
            )

    async def _known(self, chunk: message_pb2.ImportMessagesRequest) -> set[int]:
        """Numbers of the rows that are stored messages come back from an export."""
        ids = exported_ids(chunk)
        if not ids:
            return set()
        async with self._database.transaction(self._workspace_id, readonly=True) as connection:
            stored = await messages.read(connection, self._workspace_id, ids)
        return {chunk.rows[position].number for position in known_rows(chunk, stored)}

    def _repeat(self, key: int, content: int) -> bool | None:
        """Whether an earlier row with this key has the same content; None: there is none."""
        first = self._contents.get(key)
        if first is None:
            self._contents[key] = content
            return None
        return first == content

    async def _equals(self, arrivals: Arrivals, repeats: Sequence[bool | None]) -> list[bool | None]:
        """Whether what is there already under the key of each row has its content; None: nothing is."""
        found = list(repeats)
        async with self._database.transaction(self._workspace_id, readonly=True) as connection:
            for existing in await messages.find_existing(
                connection, self._workspace_id, arrivals, range(len(arrivals))
            ):
                found[existing.position] = existing.message == arrivals.messages.message(existing.position)
        return found


def _hashes(numbers: Sequence[int], columns: MessageColumns) -> Iterator[tuple[int, int]]:
    """Of each row what it is known by, and what it says."""
    for position, number in enumerate(numbers):
        message = columns.message(position)
        key = f"{message.source}/{message.external_id}" if message.external_id else str(number)
        yield _hash(key), _hash(repr(message))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
