"""Answers in the order of requests: as soon as they are ready, a bounded number at work, errors in their place."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.store.ingesting.importer import _CHUNKS_IN_FLIGHT, in_order


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


async def test_answers_keep_the_order_of_the_requests() -> None:
    async def slower_first(number: int) -> int:
        for _ in range(10 - number):
            await asyncio.sleep(0)
        return number

    assert [answer async for answer in in_order(numbers(10), slower_first)] == list(range(10))


async def test_an_answer_does_not_wait_for_the_next_request() -> None:
    requests: asyncio.Queue[int] = asyncio.Queue()

    async def from_queue() -> AsyncIterator[int]:
        while True:
            yield await requests.get()

    async def at_once(number: int) -> int:
        return number

    answers = in_order(from_queue(), at_once)
    for number in range(3):
        requests.put_nowait(number)
        assert await anext(answers) == number
    await answers.aclose()


async def test_only_a_few_requests_are_at_work() -> None:
    at_work = highest = 0

    async def work(number: int) -> int:
        nonlocal at_work, highest
        at_work += 1
        highest = max(highest, at_work)
        await asyncio.sleep(0)
        at_work -= 1
        return number

    assert len([answer async for answer in in_order(numbers(50), work)]) == 50
    assert highest == _CHUNKS_IN_FLIGHT


async def test_an_error_ends_the_stream_in_its_place_and_cancels_what_is_behind_it() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work(number: int) -> int:
        if number == 2:
            await begun.wait()
            raise LookupError("two")
        if number == 3:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
        return number

    answers = in_order(numbers(9), work)
    assert [await anext(answers), await anext(answers)] == [0, 1]
    with pytest.raises(LookupError):
        await anext(answers)
    assert cancelled.is_set()


async def test_requests_that_break_off_break_the_stream_after_the_answers_before() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise ConnectionError("the client is gone")

    async def at_once(number: int) -> int:
        return number

    answers = in_order(broken(), at_once)
    assert await anext(answers) == 1
    with pytest.raises(ConnectionError):
        await anext(answers)


async def test_a_reader_that_leaves_stops_the_work() -> None:
    begun = asyncio.Event()
    stopped = asyncio.Event()

    async def work(number: int) -> int:
        if number == 0:
            return number
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return number

    answers = in_order(numbers(5), work)
    assert await anext(answers) == 0
    await begun.wait()
    await answers.aclose()
    assert stopped.is_set()
