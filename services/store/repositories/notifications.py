"""LISTEN: one connection that hears what other transactions announce, and by which Postgres is watched."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import asyncpg
import structlog

from services.runtime.errors import EarshotError, ErrorReason, UnavailableError
from services.store.pool import DatabaseOptions, connect, database_errors

_logger = structlog.get_logger("earshot.notifications")

_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 3.0


class Notifications:
    """Listens on channels and calls their handlers with each payload; connects again by itself.

    `on_connect` runs after every connection, because what was announced while there was none is lost.
    """

    def __init__(
        self,
        options: DatabaseOptions,
        handlers: Mapping[str, Callable[[str], None]],
        *,
        on_connect: Callable[[], None],
    ) -> None:
        self._options = options
        self._handlers = handlers
        self._on_connect = on_connect
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def run(self) -> None:
        """Listens for ever."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._listen()
                pause = _FIRST_PAUSE_SECONDS
            except EarshotError as error:
                _logger.warning("no connection to Postgres", problem=error.message, retry_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def check(self) -> None:
        """Returns when Postgres answers on this connection; else raises. A connection that is silent is given up."""
        connection = self._connection
        if connection is None or connection.is_closed():
            raise UnavailableError("Postgres cannot be reached.", reason=ErrorReason.STORE_UNAVAILABLE)
        try:
            await connection.fetchval("SELECT 1")
        except BaseException:
            connection.terminate()
            raise

    async def _listen(self) -> None:
        """Returns when the connection is lost."""
        connection = await connect(self._options)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            with database_errors():
                for channel in self._handlers:
                    await connection.add_listener(channel, self._dispatch)
            self._connection = connection
            self._on_connect()
            await lost.wait()
        finally:
            self._connection = None
            connection.terminate()

    def _dispatch(self, _connection: object, _process_id: int, channel: str, payload: object) -> None:
        self._handlers[channel](str(payload))
