"""The replies of this process: begun, followed, cancelled, ended. Whatever happens, each has exactly one last event."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

import structlog

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.asked import ASSISTANT, Asked
from services.chat.convert import timestamp
from services.chat.history.archive import Archive
from services.chat.history.turns import turn_of
from services.chat.interpreting.verified import VerifiedQuestions
from services.chat.metrics import ReplyMetrics
from services.chat.replies.doorway import Doorway
from services.chat.replies.endings import failed_of, not_archived
from services.chat.replies.log_writer import LogWriter
from services.chat.replies.recovery import NEVER_ARCHIVED, Recovery
from services.chat.replies.replier import Replier
from services.chat.replies.running_reply import Canceller, RunningReply, canceller
from services.chat.replies.turn_taking import TurnTaking
from services.chat.replies.watch import Watch
from services.chat.reply_log import ReplyLog
from services.chat.spending import Spending
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import Claim, Claimed, End, ReplyStart
from services.runtime.call_context import detached_context
from services.runtime.errors import (
    AlreadyExistsError,
    ConflictError,
    DeadlineExceededError,
    EarshotError,
    ErrorReason,
    InternalError,
    NotFoundError,
    UnavailableError,
)
from services.runtime.ids import new_id

_logger = structlog.get_logger("earshot.replies")

Events: TypeAlias = AsyncGenerator[chat_pb2.ChatEvent, None]

_LISTEN_AGAIN_SECONDS: Final = 1.0


class Replies:
    """Runs replies as tasks of their own, so that none depends on whoever listens."""

    def __init__(
        self,
        *,
        log: ReplyLog,
        archive: Archive,
        verified: VerifiedQuestions,
        replier: Replier,
        max_replies: int,
        max_watchers: int,
        reply_seconds: float,
        queue_seconds: float,
        spending: Spending,
        metrics: ReplyMetrics,
    ) -> None:
        self._log = log
        self._archive = archive
        self._verified = verified
        self._replier = replier
        self._recovery = Recovery(log, archive)
        self._watch = Watch(log, self._recovery, max_watchers=max_watchers)
        self._turn_taking = TurnTaking(log, self._recovery, self, queue_seconds=queue_seconds)
        self._spending = spending
        self._metrics = metrics
        self._doorway = Doorway(room=max_replies)
        self._reply_seconds = reply_seconds
        self._running: dict[tuple[Owner, str], RunningReply] = {}

    async def ask(self, asked: Asked) -> Events:
        """Begins a reply, or finds the one this request began, and follows it. Raises what keeps it from beginning."""
        owner = Owner.of(asked.caller)
        known = await self._log.known_request(owner, asked.request_id)
        reply = None if known else await self._begin(owner, asked)
        if reply is None:
            known = known or await self._log.known_request(owner, asked.request_id)
            async for event in self.follow(owner, _same(known, asked)):
                yield event
            return
        with reply.caller():
            await reply.begun()
            async for event in reply.follow():
                yield event

    async def follow(self, owner: Owner, reply_id: str, after_seq: int = -1) -> Events:
        """The events of a reply of any process, after `after_seq`, to the end. NotFoundError (REPLY_NOT_FOUND)."""
        running = self._running.get((owner, reply_id))
        if running is not None:
            await running.begun()
        events = running.follow(after_seq) if running else self._watch.events(owner, reply_id, after_seq)
        async with aclosing(events) as following:
            async for event in following:
                yield event

    async def cancel(self, owner: Owner, reply_id: str, by: Canceller = "user") -> bool:
        """Stops a reply of any process and waits for its end; True when this call stopped it."""
        running = self._running.get((owner, reply_id))
        if running is not None:
            stopped = running.cancel(by)
            await running.ended.wait()
            return stopped and running.was_cancelled
        asked = await self._log.ask_to_cancel(owner, reply_id, by)
        await self._log.state(owner, reply_id)
        last = ""
        async for event in self.follow(owner, reply_id):
            last = event.WhichOneof("event") or ""
        return asked and last == "cancelled"

    async def settle_session(self, owner: Owner, session_id: str) -> None:
        """Archives what a dead process left of a session, so that its turns are complete."""
        reply_id = await self._log.unarchived(owner, session_id)
        if reply_id and (owner, reply_id) not in self._running:
            await self._recovery.settle(owner, reply_id, session_id)

    async def stop_session(self, owner: Owner, session_id: str) -> None:
        """Cancels the reply that runs in a session, if one does."""
        reply_id = await self._log.unarchived(owner, session_id)
        if reply_id:
            with suppress(NotFoundError):
                await self.cancel(owner, reply_id)

    async def hear_cancellations(self) -> None:
        """Stops replies that callers of other processes cancel; runs for ever. A failing Redis is tried again."""
        while True:
            with suppress(UnavailableError):
                async with aclosing(self._log.cancellations()) as reply_ids:
                    async for reply_id, by in reply_ids:
                        self._cancel_here(reply_id, canceller(by))
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    def _cancel_here(self, reply_id: str, by: Canceller) -> None:
        for (_, running_id), reply in list(self._running.items()):
            if running_id == reply_id:
                reply.cancel(by)

    async def stop(self, by: Canceller = "shutdown") -> None:
        """Cancels every reply and waits until all have ended."""
        replies = list(self._running.values())
        for reply in replies:
            reply.cancel(by)
        await asyncio.gather(*(reply.ended.wait() for reply in replies))

    async def _begin(self, owner: Owner, asked: Asked) -> RunningReply | None:
        """Claims the session and starts the work; None when another call with the same request id was faster."""
        self._doorway.take(owner)
        reply: RunningReply | None = None
        try:
            reply = await self._claimed(owner, asked)
        finally:
            if reply is None:
                self._doorway.give_back(owner)
        return reply

    async def _claimed(self, owner: Owner, asked: Asked) -> RunningReply | None:
        fingerprint = asked.fingerprint
        async with self._doorway.beginning(owner):
            await self._spending.admit(owner)
            replaced = await self._archive.replaced(asked.replaces_turn_id) if asked.replaces_turn_id else None
            if replaced is not None:
                asked = asked.in_place_of(replaced)
            # Both ask the store: beside each other they take hardly longer than one. An assistant reads no questions.
            session, verified = await asyncio.gather(
                self._archive.open_session(
                    owner, asked.session_id or new_id(), mode=asked.mode, first_question=asked.text
                ),
                self._verified.reading_of("" if asked.mode == ASSISTANT else asked.text),
            )
            asked = replace(asked, verified=verified)
        start = ReplyStart(
            reply_id=new_id(),
            session_id=session.id,
            text=asked.text,
            start_time=timestamp(datetime.now(UTC)).ToJsonString(),
            request_id=asked.request_id,
            fingerprint=fingerprint,
            replaces_turn_id=asked.replaces_turn_id,
            previous_number=replaced.previous_number if replaced else 0,
        )
        claimed = await self._turn_taking.claim(owner, start, asked.when_busy)
        if claimed.claim is Claim.SAME:
            return None
        reply = RunningReply(owner=owner, start=start, cancel_on_disconnect=asked.cancel_on_disconnect)
        self._running[owner, start.reply_id] = reply
        reply.task = asyncio.create_task(self._run(reply, asked, session), context=detached_context())
        return reply

    async def _run(self, reply: RunningReply, asked: Asked, session: conversation_pb2.Conversation) -> None:
        reply.work()
        writer = LogWriter(self._log, reply)
        writing = asyncio.create_task(writer.run())
        try:
            last = await self._worked(reply, asked, session)
            reply.close()
            await writing
            if reply.has_begun:
                await self._end(reply, writer, last)
            else:
                await self._abandon(reply)
        finally:
            del self._running[reply.owner, reply.reply_id]
            self._doorway.give_back(reply.owner)
            reply.finish()

    async def _worked(
        self, reply: RunningReply, asked: Asked, session: conversation_pb2.Conversation
    ) -> chat_pb2.ChatEvent:
        """Does the work; the last event, without its number, and `refusal` set where it is an error."""
        try:
            async with asyncio.timeout(self._reply_seconds):
                return chat_pb2.ChatEvent(completed=await self._replier.write(reply, asked, session))
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            if reply.cancelled_by is not None and not reply.fenced:
                return chat_pb2.ChatEvent(cancelled=chat_pb2.Cancelled(by=reply.cancelled_by))
            reply.refusal = UnavailableError("The work was interrupted.", reason=ErrorReason.WORK_INTERRUPTED)
        except EarshotError as error:
            reply.refusal = error
        except TimeoutError:
            reply.refusal = DeadlineExceededError("The answer took too long.")
        except Exception:
            _logger.exception("reply failed", reply_id=reply.reply_id)
            reply.refusal = InternalError()
        return chat_pb2.ChatEvent(failed=failed_of(reply.refusal))

    async def _abandon(self, reply: RunningReply) -> None:
        """Nothing was said: the claim is undone and the caller gets the error itself."""
        if reply.refusal is None:
            reply.refusal = UnavailableError("The reply was stopped before it began.")
        try:
            await self._log.abandon(reply.owner, reply.start)
        except UnavailableError as error:
            _logger.warning("claim not undone, its lease will run out", reply_id=reply.reply_id, reason=error.reason)

    async def _end(self, reply: RunningReply, writer: LogWriter, last: chat_pb2.ChatEvent) -> None:
        """Usage, the archive, the log, and only then the last event: who sees it can ask the next question at once."""
        reply.add_usage()
        last.seq, last.reply_id = len(reply.serialized), reply.reply_id
        end = End.ARCHIVED
        if not reply.fenced:
            end = await self._archived(reply, last)
        try:
            await writer.close(last, end)
        except UnavailableError as error:
            _logger.warning("end of a reply not logged", reply_id=reply.reply_id, reason=error.reason)
        reply.add(last)
        self._metrics.ended(reply, last)

    async def _archived(self, reply: RunningReply, last: chat_pb2.ChatEvent) -> End:
        turn = turn_of(reply.start, [*reply.events, last], end_time=datetime.now(UTC))
        try:
            await self._archive.keep(reply.owner, reply.start.session_id, turn, reply.context, reply.flight)
        except EarshotError as error:
            _logger.warning("turn not archived", reply_id=reply.reply_id, reason=error.reason)
            last.failed.CopyFrom(not_archived(error))
            return End.ARCHIVED if isinstance(error, NEVER_ARCHIVED) else End.KEPT
        return End.ARCHIVED


def _same(known: Claimed | None, asked: Asked) -> str:
    """The reply a repeated request is about; AlreadyExistsError when the request is another one under the same id."""
    if known is None:
        raise ConflictError("The same request is being handled; try again.")
    if known.fingerprint != asked.fingerprint or asked.session_id not in {"", known.session_id}:
        raise AlreadyExistsError.of_request_id("another message")
    return known.reply_id
