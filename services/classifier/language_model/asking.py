"""One caller's questions to the language model: a few at a time, in time, and none while it is away."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from services.classifier.language_model.second_opinion import RefusedError
from services.classifier.language_model.upstream import UpstreamError
from services.runtime.call_context import remaining_seconds

T = TypeVar("T")

_CALLS_AT_A_TIME: Final = 8
_AWAY_SECONDS: Final = 5.0
"""How long a stream asks nothing after a call that got no answer at all."""
# What is left of a call's deadline for writing the answer when the language model has not come to an end.
_RESERVE_SECONDS: Final = 0.5


class Asking:
    """Lives as long as a request or a stream."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_CALLS_AT_A_TIME)
        self._away_until = -math.inf

    async def outcomes(self, calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T | Exception]:
        """Outcomes of calls to the language model, in order: a result, or RefusedError or UpstreamError.

        A call that gets no answer at all ends those that have not begun, and what is asked in the seconds after it: an
        upstream that is away is away for all. So does the running call's deadline, before it comes.
        """
        found: list[T | Exception] = [UpstreamError() for _ in calls]

        async def ask(index: int) -> None:
            async with self._places:
                if time.monotonic() < self._away_until:
                    return
                try:
                    found[index] = await calls[index]()
                except RefusedError as error:
                    found[index] = error
                except UpstreamError:
                    self._away_until = time.monotonic() + _AWAY_SECONDS

        remaining = remaining_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if remaining is None else max(remaining - _RESERVE_SECONDS, 0.0)):
                await asyncio.gather(*(ask(index) for index in range(len(calls))))
        return found
