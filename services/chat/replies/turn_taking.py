"""Who may answer in a session: one reply at a time. A message that comes meanwhile is refused, waits, or interrupts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing, suppress
from typing import Final, Protocol

from earshot.chat.v1 import chat_pb2
from services.chat.replies.recovery import Recovery
from services.chat.replies.running_reply import Canceller
from services.chat.reply_log import ReplyLog
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import Claim, Claimed, ReplyStart, WhenBusy
from services.runtime.errors import ConflictError, EarshotError, ErrorReason, UnavailableError

_BEATS_PER_LEASE: Final = 3
_BETWEEN_TWO_SECONDS: Final = 0.05


class RepliesOfAll(Protocol):
    """Follows and cancels replies of any process."""

    def follow(self, owner: Owner, reply_id: str, after_seq: int = -1) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        """The events of a reply to its end."""
        ...

    def cancel(self, owner: Owner, reply_id: str, by: Canceller = "user") -> Awaitable[bool]:
        """Stops a reply and waits for its end."""
        ...


class TurnTaking:
    """Claims sessions for replies."""

    def __init__(self, log: ReplyLog, recovery: Recovery, replies: RepliesOfAll, *, queue_seconds: float) -> None:
        self._log = log
        self._recovery = recovery
        self._replies = replies
        self._queue_seconds = queue_seconds

    async def claim(self, owner: Owner, start: ReplyStart, when_busy: WhenBusy) -> Claimed:
        """The claim, or what is known of the same request. ConflictError (CONVERSATION_BUSY) where it is refused."""
        if when_busy is not WhenBusy.REJECT:
            return await self._in_turn(owner, start, when_busy)
        claimed = await self._settled(owner, start, when_busy)
        if claimed.claim is Claim.BUSY:
            raise _busy("Wait for its end, cancel it, or send the message with `when_busy`.")
        return claimed

    async def _in_turn(self, owner: Owner, start: ReplyStart, when_busy: WhenBusy) -> Claimed:
        claimed: Claimed | None = None
        try:
            async with asyncio.timeout(self._queue_seconds):
                while True:
                    claimed = await self._settled(owner, start, when_busy)
                    if claimed.claim is Claim.BUSY:
                        raise _busy("Too many messages wait for this session already.")
                    if claimed.claim is not Claim.WAITING:
                        return claimed
                    await self._pass(owner, claimed.reply_id, when_busy)
        except TimeoutError:
            raise _busy(f"The message waited {self._queue_seconds:g} seconds for its turn; try again.") from None
        finally:
            if claimed is None or claimed.claim is Claim.WAITING:
                await asyncio.shield(self._leave(owner, start))

    async def _pass(self, owner: Owner, reply_id: str, when_busy: WhenBusy) -> None:
        """Waits for the end of the reply in the way, or brings it about."""
        if when_busy is WhenBusy.INTERRUPT and reply_id:
            with suppress(EarshotError):
                await self._replies.cancel(owner, reply_id, "interrupt")
                return
        await self._end_of(owner, reply_id)

    async def _settled(self, owner: Owner, start: ReplyStart, when_busy: WhenBusy) -> Claimed:
        """A claim after what a dead process left behind is archived."""
        claimed = await self._begun(owner, start, when_busy)
        if claimed.claim is Claim.ORPHAN:
            await self._recovery.settle(owner, claimed.reply_id, start.session_id)
            claimed = await self._begun(owner, start, when_busy)
        if claimed.claim is Claim.ORPHAN:
            raise _busy("Its process fell silent; try again in a moment.")
        return claimed

    async def _begun(self, owner: Owner, start: ReplyStart, when_busy: WhenBusy) -> Claimed:
        """The outcome of a claim. A caller who leaves before it is known takes the claim along."""
        claiming = asyncio.ensure_future(self._log.begin(owner, start, when_busy=when_busy))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await asyncio.shield(self._taken_back(owner, start, claiming))
            raise

    async def _taken_back(self, owner: Owner, start: ReplyStart, claiming: Awaitable[Claimed]) -> None:
        with suppress(EarshotError):
            if (await claiming).claim is Claim.BEGUN:
                await self._log.abandon(owner, start)

    async def _end_of(self, owner: Owner, reply_id: str) -> None:
        """Returns when the reply has ended, or when the place in the queue has to be renewed."""
        if not reply_id:  # the first in the queue is about to begin
            await asyncio.sleep(_BETWEEN_TWO_SECONDS)
            return
        with suppress(TimeoutError, EarshotError):
            async with (
                asyncio.timeout(self._log.lease_seconds / _BEATS_PER_LEASE),
                aclosing(self._replies.follow(owner, reply_id)) as events,
            ):
                async for _ in events:
                    pass
                return
        await asyncio.sleep(_BETWEEN_TWO_SECONDS)

    async def _leave(self, owner: Owner, start: ReplyStart) -> None:
        with suppress(UnavailableError):
            await self._log.leave_queue(owner, start)


def _busy(hint: str) -> ConflictError:
    return ConflictError(
        "Another reply of this session is still running.", reason=ErrorReason.CONVERSATION_BUSY, hint=hint
    )
