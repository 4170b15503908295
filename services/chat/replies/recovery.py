"""Replies left behind, by a process that died or a store that was away when they ended; they still get archived.

Nothing watches for them. Whoever comes to the session or the reply next finds the trace and settles it, in their name.
"""

from datetime import UTC, datetime
from typing import Final

import structlog

from earshot.chat.v1 import chat_pb2
from services.chat.history.archive import Archive
from services.chat.history.turns import turn_of
from services.chat.reply_log import ReplyLog
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import ReplyStart, is_terminal
from services.runtime.errors import ErrorReason, InvalidInputError, NotFoundError

_logger = structlog.get_logger("earshot.recovery")

NEVER_ARCHIVED: Final = (NotFoundError, InvalidInputError)
"""A session that is gone takes its turns with it, and what the store refuses once it refuses always; anything else is
tried again by whoever comes next."""

_INTERRUPTED: Final = "The process that wrote this answer stopped. Ask again."


class Recovery:
    """Ends and archives what nobody works on any more."""

    def __init__(self, log: ReplyLog, archive: Archive) -> None:
        self._log = log
        self._archive = archive

    async def settle(self, owner: Owner, reply_id: str, session_id: str) -> None:
        """Ends the reply as failed if its process is silent, and archives its turn. Does nothing to a living one."""
        try:
            state = await self._log.state(owner, reply_id)
        except NotFoundError:
            # The log has expired: nothing is left that could be archived.
            await self._log.settle(owner, ReplyStart(reply_id=reply_id, session_id=session_id, text="", start_time=""))
            return
        if state.archived:
            return
        events = await self._log.stored(owner, reply_id)
        if not (events and is_terminal(events[-1])):
            failed = _interrupted(reply_id, seq=len(events))
            if not await self._log.bury(owner, state.start, len(events) - 1, failed):
                return
            _logger.warning("reply of a silent process ended as failed", reply_id=reply_id)
            events.append(failed)
        await self._keep(owner, state.start, events)

    async def _keep(self, owner: Owner, start: ReplyStart, events: list[chat_pb2.ChatEvent]) -> None:
        turn = turn_of(start, events, end_time=datetime.now(UTC))
        try:
            await self._archive.keep(owner, start.session_id, turn)
        except NEVER_ARCHIVED as error:
            _logger.warning("reply left behind cannot be archived", reply_id=start.reply_id, reason=error.reason)
        await self._log.settle(owner, start)


def _interrupted(reply_id: str, *, seq: int) -> chat_pb2.ChatEvent:
    return chat_pb2.ChatEvent(
        seq=seq,
        reply_id=reply_id,
        failed=chat_pb2.Failed(
            code="UNAVAILABLE", reason=ErrorReason.WORK_INTERRUPTED, message=_INTERRUPTED, retryable=True
        ),
    )
