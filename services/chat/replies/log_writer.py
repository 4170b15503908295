"""Writes a running reply's events to the log: in order, many at a time, never in the way of the caller.

One task per reply: it collects events for a few milliseconds, appends them in one script call, and does the same with
none as a heartbeat that renews the lease. It also learns from Redis that somebody elsewhere asked to stop the reply.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from earshot.chat.v1 import chat_pb2
from services.chat.replies.running_reply import RunningReply, canceller
from services.chat.reply_log import ReplyLog
from services.chat.stores.reply_record import End, Standing
from services.runtime.errors import UnavailableError

_logger = structlog.get_logger("earshot.reply_log")

_COLLECT_SECONDS: Final = 0.02
_HEARTBEATS_PER_LEASE: Final = 3
_MAX_EVENTS: Final = 500


class LogWriter:
    """The writer of one reply. `run` it as a task while the reply runs, then `close` once with the last event."""

    def __init__(self, log: ReplyLog, reply: RunningReply) -> None:
        self._log = log
        self._reply = reply
        self._written = 0
        self._heartbeat_seconds = log.lease_seconds / _HEARTBEATS_PER_LEASE

    async def run(self) -> None:
        """Writes until the reply closes. A Redis that fails is tried again at every heartbeat; the reply goes on."""
        while not self._reply.closing.is_set():
            await self._reply.changed(self._written, self._heartbeat_seconds)
            await self._reply.pause(_COLLECT_SECONDS)
            try:
                await self._write(self._reply.serialized, end=None)
            except UnavailableError as error:
                _logger.warning("reply log not written", reply_id=self._reply.reply_id, reason=error.reason)
                await self._reply.pause(self._heartbeat_seconds)

    async def close(self, last: chat_pb2.ChatEvent, end: End) -> None:
        """Writes what is left and the last event, and closes the log. UnavailableError when Redis fails."""
        await self._write([*self._reply.serialized, last.SerializeToString()], end=end)

    async def _write(self, events: Sequence[bytes], *, end: End | None) -> None:
        while True:
            # An event's number is its place.
            batch = list(enumerate(events[self._written : self._written + _MAX_EVENTS], start=self._written))
            is_last = self._written + len(batch) == len(events)
            standing, cancelled_by = await self._log.append(
                self._reply.owner, self._reply.start, batch, end=end if is_last else None
            )
            if standing is Standing.FENCED:
                self._reply.fence()
                return
            if standing is Standing.LOST:
                # Redis was emptied: the whole reply is still here, so it is written anew.
                await self._log.begin(self._reply.owner, self._reply.start, forced=True)
                self._written = 0
                continue
            self._written += len(batch)
            if cancelled_by:
                self._reply.cancel(canceller(cancelled_by))
            if is_last:
                return
