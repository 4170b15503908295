"""The door that messages come in by: how many replies are inside, whose they are, and how many begin at a time.

Beginning is the costly part of a reply. A crowd that begins all at once would stretch every turn of the event loop to
where timeouts fire that nothing is wrong behind; let in by a few, the first ones talk while the last ones wait.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from services.chat.stores.keyspace import Owner
from services.runtime.errors import ErrorReason, LimitExceededError

_AT_ONCE: Final = 24
_AT_ONCE_PER_PERSON: Final = 8
_KEPT_FREE: Final = 0.1
"""Part of the room that only people without a reply inside may use: nobody shuts the others out by asking a lot."""


class Doorway:
    """Room for so many replies. Whoever took a place gives it back."""

    def __init__(self, *, room: int) -> None:
        self._room = room
        self._kept_free = int(room * _KEPT_FREE)
        self._inside: Counter[Owner] = Counter()
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._own: WeakValueDictionary[Owner, asyncio.Semaphore] = WeakValueDictionary()

    def take(self, owner: Owner) -> None:
        """A place for this person's reply. LimitExceededError (TOO_MANY_STREAMS) at once where there is none."""
        room = self._room - (self._kept_free if self._inside[owner] else 0)
        if self._inside.total() >= room:
            raise LimitExceededError("Too many replies run at once.", reason=ErrorReason.TOO_MANY_STREAMS)
        self._inside[owner] += 1

    def give_back(self, owner: Owner) -> None:
        """Frees a place."""
        self._inside[owner] -= 1
        if not self._inside[owner]:
            del self._inside[owner]

    @asynccontextmanager
    async def beginning(self, owner: Owner) -> AsyncIterator[None]:
        """The block in which a reply begins: a few at a time, fewer of one person, so that others come through."""
        own = self._own.setdefault(owner, asyncio.Semaphore(_AT_ONCE_PER_PERSON))
        async with own, self._all:
            yield
