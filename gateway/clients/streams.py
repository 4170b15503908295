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


async def started(stream: AsyncIterator[ItemT]) -> AsyncIterator[ItemT]:
    """The same stream once its first item, or its end, has come: what the service refuses is raised here."""
    try:
        first = await anext(stream)
    except StopAsyncIteration:
        return _empty()
    return _with_first(first, stream)


async def _empty() -> AsyncGenerator[ItemT, None]:
    return
    yield  # an async generator without an item


async def _with_first(first: ItemT, rest: AsyncIterator[ItemT]) -> AsyncGenerator[ItemT, None]:
    async with closing(rest) as items:
        yield first
        async for item in items:
            yield item
