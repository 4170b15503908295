"""What COPY is given: data that are ready, in one piece."""

from collections.abc import AsyncIterator


async def once(data: bytes) -> AsyncIterator[bytes]:
    """The data as the stream that asyncpg's `copy_to_table` reads."""
    yield data
