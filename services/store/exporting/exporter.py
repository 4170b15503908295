"""Streams files of messages, few at a time, each as fast as its reader and no faster."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from services.runtime.call_context import detached_context
from services.runtime.errors import DeadlineExceededError, ErrorReason, LimitExceededError
from services.store.exporting import parquet
from services.store.exporting.columns import COLUMNS, ExportFormat
from services.store.pool import Connection, Database
from services.store.repositories import export
from services.store.repositories.export import Export

T = TypeVar("T")

MAX_RUNNING: Final = 2
PIECE_BYTES: Final = 256 * 1024
_PIECES_AHEAD: Final = 2
_STALL_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of a file. `messages`: how many it holds in all, with the last piece."""

    data: bytes
    messages: int | None = None


class _Pipe:
    """Bytes on their way to a reader, gathered to pieces; a writer waits while two pieces lie there."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue(_PIECES_AHEAD)
        self._gathered = bytearray()
        self._closed = False

    async def write(self, data: bytes) -> None:
        self.check()
        self._gathered += data
        if len(self._gathered) >= PIECE_BYTES:
            await self._put(Piece(data=bytes(self._gathered)))
            self._gathered.clear()

    async def end(self, messages: int) -> None:
        await self._put(Piece(data=bytes(self._gathered), messages=messages))

    async def read(self) -> Piece:
        piece = await self._pieces.get()
        if piece is None:
            raise EOFError
        return piece

    def check(self) -> None:
        """Raises BrokenPipeError where one of the two sides has given up."""
        if self._closed:
            raise BrokenPipeError

    def give_up(self) -> None:
        """Wakes the reader, who then asks what went wrong; a writer gets no further."""
        self._closed = True
        while not self._pieces.empty():
            self._pieces.get_nowait()
        self._pieces.put_nowait(None)

    async def _put(self, piece: Piece) -> None:
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                await self._pieces.put(piece)
        except TimeoutError:
            raise DeadlineExceededError(
                "The export was not read for a minute and has been ended.", hint="Start it again and keep reading."
            ) from None


class Exporter:
    """The exports of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running = 0

    async def stream(self, workspace_id: str, wanted: Export) -> AsyncGenerator[Piece, None]:
        """The pieces of a file; the last one says how many messages it holds. Raises LimitExceededError."""
        with self._place():
            pipe = _Pipe()
            # In a task of its own: the reader may leave at any piece, and the connection must come to rest then.
            writing = asyncio.create_task(self._write(workspace_id, wanted, pipe), context=detached_context())
            try:
                while True:
                    piece = await pipe.read()
                    yield piece
                    if piece.messages is not None:
                        break
            except EOFError:
                await writing
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._running >= MAX_RUNNING:
            raise LimitExceededError(
                f"{MAX_RUNNING} exports are running here already.",
                reason=ErrorReason.TOO_MANY_STREAMS,
                hint="Try again when one of them has ended.",
                retry_after_seconds=10,
            )
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def _write(self, workspace_id: str, wanted: Export, pipe: _Pipe) -> None:
        try:
            async with self._database.transaction(workspace_id, readonly=True) as connection:
                if wanted.format is ExportFormat.PARQUET:
                    messages = await _write_parquet(connection, workspace_id, wanted, pipe)
                else:
                    messages = await export.copy(connection, workspace_id, wanted, pipe.write)
            await pipe.end(messages)
        except BaseException:
            pipe.give_up()
            raise


async def _write_parquet(connection: Connection, workspace_id: str, wanted: Export, pipe: _Pipe) -> int:
    """Postgres writes CSV into a pipe of its own, from which the encoder reads."""
    rows = _Pipe()
    encoding = asyncio.create_task(_encode(rows, pipe))
    try:
        messages = await export.copy(connection, workspace_id, wanted, rows.write)
        await rows.end(messages)
        await asyncio.shield(encoding)
    except BaseException as error:
        # The task may end only when the thread no longer asks this loop for anything.
        rows.give_up()
        if isinstance(error, asyncio.CancelledError):
            pipe.give_up()
        (ended,) = await asyncio.gather(encoding, return_exceptions=True)
        if isinstance(error, BrokenPipeError) and isinstance(ended, Exception):
            raise ended from None
        raise
    return messages


async def _encode(rows: _Pipe, pipe: _Pipe) -> None:
    """The encoder blocks, so it has a thread; it asks this loop for bytes and hands it bytes."""
    calls = _CallsFromThread()

    def csv() -> Iterator[bytes]:
        is_last = False
        while not is_last:
            piece = calls.run(rows.read())
            is_last = piece.messages is not None
            yield piece.data

    def write(data: bytes) -> None:
        calls.run(pipe.write(data))

    try:
        await asyncio.to_thread(parquet.encode, COLUMNS, csv(), write)
    except Exception as error:
        raise calls.failure or error from error
    finally:
        rows.give_up()


class _CallsFromThread:
    """Calls run in the loop; the thread waits for each."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        """What went wrong in the loop; the encoder would turn it into an error of its own."""
        self._loop = asyncio.get_running_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it. Raises what it raises."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except Exception as error:
            self.failure = error
            raise
