"""Sessions as recordings, line by line (B16)."""

from collections.abc import AsyncGenerator

from services.chat.history.turns import flight_from_stored, from_stored
from services.chat.recording.recording import header_line, turn_line
from services.chat.stores.store_client import Store


class Recordings:
    """The caller's sessions, to be run again elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def lines(self, session_id: str) -> AsyncGenerator[str, None]:
        """The lines of a session's recording. NotFoundError (CONVERSATION_NOT_FOUND)."""
        session = await self._store.session(session_id)
        yield header_line(session.id, session.mode, session.turn_count)
        async for stored in self._store.turns(session_id):
            yield turn_line(from_stored(stored), flight_from_stored(stored))
