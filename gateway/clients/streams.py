"""Closing answers of streamed calls: a stub's generator cancels its call when it is closed, and only then."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

ItemT = TypeVar("ItemT")


@asynccontextmanager
async def closing(stream: AsyncIterator[ItemT]) -> AsyncIterator[AsyncIterator[ItemT]]:
    """The stream for the length of a block. The stubs say AsyncIterator; what they return is a generator."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
