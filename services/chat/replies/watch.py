"""Following a reply that runs elsewhere, by its log. Any number may; a silent writer is found out and settled.

The caller of a process that was killed may have read a little more than the log was given. Whoever goes on from there
is told the end all the same, under the number that comes next for them.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from earshot.chat.v1 import chat_pb2
from services.chat.replies.recovery import Recovery
from services.chat.reply_log import ReplyLog
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import ReplyState, is_terminal
from services.runtime.errors import ErrorReason, LimitExceededError

_LONGEST_LEAD: Final = 500
"""Events that a caller may have read beyond the log: as many as it is given at once."""


class Watch:
    """Reads reply logs for callers of this process; at most `max_watchers` wait for news at once."""

    def __init__(self, log: ReplyLog, recovery: Recovery, *, max_watchers: int) -> None:
        self._log = log
        self._recovery = recovery
        self._places = asyncio.Semaphore(max_watchers)

    async def events(self, owner: Owner, reply_id: str, after_seq: int) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        """The events after `after_seq`: those stored at once, the rest as they come, until the last one."""
        state = await self._log.state(owner, reply_id)
        seq = after_seq
        for event in await self._log.stored(owner, reply_id, seq):
            yield event
            seq = event.seq
            if is_terminal(event):
                return
        if state.ended:
            for event in await self._end_before(owner, reply_id, seq):
                yield event
            return
        if self._places.locked():
            raise LimitExceededError("Too many streams are followed at once.", reason=ErrorReason.TOO_MANY_STREAMS)
        async with self._places:
            async for event in self._news(owner, state, seq):
                yield event

    async def _news(self, owner: Owner, state: ReplyState, seq: int) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        reply_id, settled = state.start.reply_id, False
        while True:
            page = await self._log.next_events(owner, reply_id, seq)
            for event in page:
                yield event
                seq = event.seq
                if is_terminal(event):
                    return
            if settled and not page:
                for event in await self._end_before(owner, reply_id, seq):
                    yield event
                return
            if not page and not await self._log.is_alive(owner, state.start):
                await self._recovery.settle(owner, reply_id, state.start.session_id)
                settled = True

    async def _end_before(self, owner: Owner, reply_id: str, seq: int) -> list[chat_pb2.ChatEvent]:
        """The end of a reply that was cut off no later than at `seq`, numbered to come next; none of another one."""
        events = await self._log.stored(owner, reply_id)
        last = events[-1] if events else chat_pb2.ChatEvent()
        cut_off = last.failed.reason == ErrorReason.WORK_INTERRUPTED
        if not cut_off or not last.seq <= seq <= last.seq + _LONGEST_LEAD:
            return []
        last.seq = seq + 1
        return [last]
