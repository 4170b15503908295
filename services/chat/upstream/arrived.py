"""The bytes of an upstream's answer, read as they come and taken in gulps.

An upstream that sends as fast as it can is read chunk by chunk, because that is how HTTP hands them out. Each chunk by
itself would cost an event, an entry of the log and a write in every process behind; a few milliseconds' worth of them
share those. Tokens of a model come slower than that and never wait, nor does the beginning of any answer.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Self

_GULP_SECONDS: Final = 0.003
_FIRST_TAKES: Final = 8
"""So many are taken as they come: whoever asked waits for the first words."""
_MOST_BYTES: Final = 1_000_000
"""What may lie here untaken; then reading waits."""


class Arrived:
    """What has come and was not taken yet. For one taker."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._blocks: list[bytes] = []
        self._failure: Exception | None = None
        self._ended = False
        self._came = asyncio.Event()
        self._taken = asyncio.Event()
        self._takes = 0
        self._last_take = 0.0

    @classmethod
    @asynccontextmanager
    async def reading(
        cls, blocks: AsyncIterator[bytes], *, clock: Callable[[], float] = time.monotonic
    ) -> AsyncIterator[Self]:
        """Reads them as long as the block lasts."""
        arrived = cls(clock)
        reader = asyncio.create_task(arrived._read(blocks))
        try:
            yield arrived
        finally:
            reader.cancel()
            await asyncio.wait({reader})

    async def take(self) -> bytes | None:
        """Everything that came since; None after the last of it. Raises what reading raised, once the rest is taken."""
        await self._came.wait()
        await self._gulp()
        gulp, self._blocks = b"".join(self._blocks), []
        self._taken.set()
        if gulp:
            if not self._ended:
                self._came.clear()
            return gulp
        if self._failure is not None:
            raise self._failure
        return None

    async def _gulp(self) -> None:
        """Waits until a gulp has come, after the first takes."""
        self._takes += 1
        early = self._last_take + _GULP_SECONDS - self._clock()
        if early > 0 and self._takes > _FIRST_TAKES and not self._ended:
            await asyncio.sleep(early)
        self._last_take = self._clock()

    async def _read(self, blocks: AsyncIterator[bytes]) -> None:
        try:
            async for block in blocks:
                if block:
                    self._blocks.append(block)
                    self._came.set()
                await self._room()
        except Exception as error:  # noqa: BLE001 - the taker's to judge
            self._failure = error
        finally:
            self._ended = True
            self._came.set()

    async def _room(self) -> None:
        while sum(map(len, self._blocks)) > _MOST_BYTES:
            self._taken.clear()
            await self._taken.wait()
