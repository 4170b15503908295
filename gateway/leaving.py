"""Answers whose caller may leave before they begin: what is behind them ends then, as that of a running stream does."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request

from services.runtime.errors import CallCancelledError

AnswerT = TypeVar("AnswerT")


async def while_heard(request: Request, answer: Awaitable[AnswerT]) -> AnswerT:
    """The answer of a call, for a request whose body was read. CallCancelledError, and the call is cancelled, where the
    caller closes the connection first; a server tells a handler of that only where it asks.
    """
    answering, leaving = asyncio.ensure_future(answer), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise CallCancelledError("The caller left before the answer came.")
        return answering.result()
    finally:
        answering.cancel()
        leaving.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
