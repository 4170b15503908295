"""What an upstream sent, taken in gulps."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.chat.upstream.arrived import Arrived


async def sent(*blocks: bytes, end: Exception | None = None) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block
    if end is not None:
        raise end


async def test_what_came_together_is_taken_together() -> None:
    async with Arrived.reading(sent(b"a", b"", b"b", b"c")) as arrived:
        assert await arrived.take() == b"abc"
        assert await arrived.take() is None


async def test_what_came_before_a_failure_is_taken_before_it() -> None:
    async with Arrived.reading(sent(b"a", end=ValueError("broken"))) as arrived:
        assert await arrived.take() == b"a"
        with pytest.raises(ValueError, match="broken"):
            await arrived.take()


async def test_what_comes_later_is_not_waited_for() -> None:
    more = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await more.wait()
        yield b"b"

    async with Arrived.reading(slow()) as arrived:
        assert await arrived.take() == b"a"
        more.set()
        assert await arrived.take() == b"b"


async def test_the_first_are_taken_as_they_come_and_then_what_comes_close_together_is_one() -> None:
    blocks: asyncio.Queue[bytes] = asyncio.Queue()

    async def fed() -> AsyncIterator[bytes]:
        while True:
            yield await blocks.get()

    async with Arrived.reading(fed(), clock=lambda: 7.0) as arrived:
        for block in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"):
            blocks.put_nowait(block)
            assert await arrived.take() == block
        blocks.put_nowait(b"a")
        taking = asyncio.create_task(arrived.take())
        blocks.put_nowait(b"b")
        assert await taking == b"ab"


async def test_leaving_ends_the_reading() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with Arrived.reading(endless()) as arrived:
        assert await arrived.take() == b"a"
    assert closed.is_set()


async def test_reading_waits_while_much_lies_untaken() -> None:
    given = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(10):
            given += 1
            yield b"x" * 400_000

    async with Arrived.reading(flood()) as arrived:
        taken = len(await arrived.take() or b"")
        assert given < 10
        while gulp := await arrived.take():
            taken += len(gulp)
    assert taken == 4_000_000
