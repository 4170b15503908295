"""A Redis client that sends what is asked at the same moment together, over few connections.

A pool of a connection per command makes a crowd wait for a connection, and a busy loop takes that waiting for a Redis
that does not answer. Here nobody waits for one: what is asked while the connections are busy goes with the next batch.
A batch runs in a task of its own, so whoever leaves cannot leave half an answer on a connection for the next one
(redis/redis-py#2665).
"""

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import ResponseError

_LONGEST_BATCH: Final = 64
"""More would make the first in it wait for the last one's answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """What is asked, and where its answer goes."""

    args: tuple[Any, ...]
    options: dict[str, Any]
    answer: "asyncio.Future[Any]"


class JoinedCommands(Redis):
    """Redis, with its single commands in batches. At most `most_batches` are on their way at once.

    When a batch fails because Redis does not answer, what waits behind it fails with it: it has waited for the same
    Redis as long. A command whose caller left before it was sent is not sent.
    """

    def __init__(self, pool: ConnectionPool, *, most_batches: int) -> None:
        super().__init__(connection_pool=pool)
        self._most_batches = most_batches
        self._waiting: list[_Command] = []
        self._senders: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - redis-py's own signature
        """Asks, and waits for the answer. Raises what redis-py raises."""
        loop = asyncio.get_running_loop()
        command = _Command(args=args, options=options, answer=loop.create_future())
        self._waiting.append(command)
        if len(self._senders) < self._most_batches:
            self._senders.add(loop.create_task(self._send(), context=contextvars.Context()))
        return await command.answer

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's own signature
        """Waits for what is on its way."""
        await asyncio.gather(*self._senders)
        await super().aclose(close_connection_pool)

    async def _send(self) -> None:
        """Sends batch after batch; gone in the same breath in which it finds nothing left to send."""
        sender = asyncio.current_task()
        while batch := self._next_batch():
            try:
                answers = await self._answers(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for an answer are told
                self._refuse(batch, error)
                continue
            except asyncio.CancelledError:
                # Nobody cancels a sender but the end of the loop; a driver that leaks one must leave nobody waiting.
                self._refuse(batch, TimeoutError("the command was given up"))
                if sender is None or sender.cancelling():
                    raise
                continue
            for command, answer in zip(batch, answers, strict=True):
                _give(command, answer)
        if sender is not None:
            self._senders.discard(sender)

    def _refuse(self, batch: Sequence[_Command], error: Exception) -> None:
        behind, self._waiting = self._waiting, []
        for command in (*batch, *behind):
            _give(command, error)

    def _next_batch(self) -> list[_Command]:
        wanted = [command for command in self._waiting if not command.answer.done()]
        self._waiting = wanted[_LONGEST_BATCH:]
        return wanted[:_LONGEST_BATCH]

    async def _answers(self, batch: Sequence[_Command]) -> Sequence[Any]:
        """An answer for each, or the ResponseError it was refused with."""
        if len(batch) == 1:
            try:
                alone = super().execute_command(*batch[0].args, **batch[0].options)  # type: ignore[no-untyped-call]
                return [await alone]
            except ResponseError as error:
                return [error]
        async with self.pipeline(transaction=False) as pipeline:
            for command in batch:
                pipeline.execute_command(*command.args, **command.options)
            return await pipeline.execute(raise_on_error=False)


def _give(command: _Command, answer: object) -> None:
    if command.answer.done():
        return
    if isinstance(answer, Exception):
        command.answer.set_exception(answer)
    else:
        command.answer.set_result(answer)
