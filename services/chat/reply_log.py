"""The log of every reply: a Redis stream that any process can read from any position, and the lease of its writer.

An entry holds one or more events, each under its sequence number; its id is the last number plus one, so that an entry
written twice is refused and a reader finds its place by arithmetic. The stream has a length cap and expires.
"""

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.chat.stores import reply_scripts
from services.chat.stores.keyspace import Owner, cancel_channel
from services.chat.stores.redis_pool import RedisClients, memory_errors
from services.chat.stores.reply_record import Claim, Claimed, End, ReplyStart, ReplyState, Standing, WhenBusy
from services.runtime.errors import ErrorReason, NotFoundError

MAX_ENTRIES: Final = 25_000
"""Length cap of a stream. A reply is cut long before: `EARSHOT_CHAT_REPLY_CHARACTERS` bounds its events."""

LONGEST_QUEUE: Final = 8
"""Messages of a session that may wait for their turn."""

_PAGE: Final = 500
_NOTHING: Final = "0-0"
_LARGEST_ID: Final = 2**64 - 1


class ReplyLog:
    """Reads and writes reply logs. Every method raises UnavailableError (MEMORY_UNAVAILABLE) when Redis fails."""

    def __init__(
        self,
        *,
        redis: RedisClients,
        replica_id: str,
        lease_seconds: float,
        keep_seconds: float,
        keep_unarchived_seconds: float,
    ) -> None:
        self.replica_id = replica_id
        self.lease_seconds = lease_seconds
        commands = redis.commands
        self._commands = commands
        self._blocking = redis.blocking
        self._lease_ms = int(lease_seconds * 1000)
        self._keep_ms = int(keep_seconds * 1000)
        self._keep_unarchived_ms = int(keep_unarchived_seconds * 1000)
        self._block_ms = int(redis.block_seconds * 1000)
        self._begin = commands.register_script(reply_scripts.BEGIN)
        self._leave = commands.register_script(reply_scripts.LEAVE)
        self._append = commands.register_script(reply_scripts.APPEND)
        self._bury = commands.register_script(reply_scripts.BURY)
        self._settle = commands.register_script(reply_scripts.SETTLE)
        self._abandon = commands.register_script(reply_scripts.ABANDON)
        self._cancel = commands.register_script(reply_scripts.CANCEL)

    async def begin(
        self, owner: Owner, start: ReplyStart, *, when_busy: WhenBusy = WhenBusy.REJECT, forced: bool = False
    ) -> Claimed:
        """Claims the session. `forced` writes the claim whatever is there: after Redis lost it.

        With WhenBusy.QUEUE a claim that has to wait takes a place, or keeps the one it has until the lease is over.
        """
        keys = [
            owner.request(start.request_id),
            owner.open_reply(start.session_id),
            owner.lease(start.session_id),
            owner.state(start.reply_id),
            owner.queue(start.session_id),
            owner.queue_beats(start.session_id),
        ]
        args: list[Any] = [start.reply_id, self.replica_id, self._lease_ms, self._keep_ms, json.dumps(asdict(start))]
        args += [start.session_id, start.fingerprint if start.request_id else "", int(forced)]
        args += [when_busy, LONGEST_QUEUE]
        with memory_errors():
            claim, value = await self._begin(keys, args)
        return _claimed(Claim(claim.decode()), value)

    async def leave_queue(self, owner: Owner, start: ReplyStart) -> None:
        """Gives up the place of a reply that waits."""
        with memory_errors():
            await self._leave([owner.queue(start.session_id), owner.queue_beats(start.session_id)], [start.reply_id])

    async def known_request(self, owner: Owner, request_id: str) -> Claimed | None:
        """The reply a request id stands for, if it was seen."""
        if not request_id:
            return None
        with memory_errors():
            value: Any = await self._commands.get(owner.request(request_id))
        return None if value is None else _claimed(Claim.SAME, value)

    async def append(
        self, owner: Owner, start: ReplyStart, events: Sequence[tuple[int, bytes]], *, end: End | None = None
    ) -> tuple[Standing, str]:
        """Adds (seq, serialised event) pairs and renews the lease; `end` closes the reply. With who asked to cancel."""
        reply_id, session_id = start.reply_id, start.session_id
        keys = [owner.state(reply_id), owner.events(reply_id), owner.lease(session_id), owner.open_reply(session_id)]
        keep_ms = self._keep_unarchived_ms if end is End.KEPT else self._keep_ms
        entry_id = f"{events[-1][0] + 1}-0" if events else ""
        args: list[Any] = [reply_id, self.replica_id, self._lease_ms, keep_ms, MAX_ENTRIES, entry_id, end or ""]
        for seq, event in events:
            args += (seq, event)
        with memory_errors():
            answer = (await self._append(keys, args)).decode()
        if answer in (Standing.LOST, Standing.FENCED):
            return Standing(answer), ""
        return Standing.OURS, answer if end is None else ""

    async def abandon(self, owner: Owner, start: ReplyStart) -> None:
        """Undoes `begin` for a reply that failed before its first event."""
        keys = [
            owner.request(start.request_id),
            owner.open_reply(start.session_id),
            owner.lease(start.session_id),
            owner.state(start.reply_id),
            owner.events(start.reply_id),
        ]
        with memory_errors():
            await self._abandon(keys, [start.reply_id])

    async def state(self, owner: Owner, reply_id: str) -> ReplyState:
        """What is known of a reply; NotFoundError (REPLY_NOT_FOUND) when nothing is, or it is not the owner's."""
        with memory_errors():
            fields: Any = await self._commands.hgetall(owner.state(reply_id))
        if b"start" not in fields:
            raise NotFoundError(
                "There is no such reply.",
                reason=ErrorReason.REPLY_NOT_FOUND,
                hint="Replies can be followed until an hour after their end; the session's turns are kept.",
            )
        ended = fields.get(b"ended", b"").decode()
        return ReplyState(
            start=ReplyStart(**json.loads(fields[b"start"])), ended=bool(ended), archived=ended == End.ARCHIVED
        )

    async def unarchived(self, owner: Owner, session_id: str) -> str:
        """Id of the session's reply that is not in the archive, running or left behind; empty when there is none."""
        with memory_errors():
            value: Any = await self._commands.get(owner.open_reply(session_id))
        return "" if value is None else value.decode()

    async def is_alive(self, owner: Owner, start: ReplyStart) -> bool:
        """Whether the reply's process renews its lease."""
        with memory_errors():
            value: Any = await self._commands.get(owner.lease(start.session_id))
        return value is not None and value.decode() == start.reply_id

    async def stored(self, owner: Owner, reply_id: str, after_seq: int = -1) -> list[chat_pb2.ChatEvent]:
        """The events that are there now."""
        found: list[chat_pb2.ChatEvent] = []
        while page := await self._read(self._commands, owner, reply_id, after_seq, block_ms=None):
            found += page
            after_seq = page[-1].seq
        return found

    async def next_events(self, owner: Owner, reply_id: str, after_seq: int) -> list[chat_pb2.ChatEvent]:
        """The next events, waiting for them for the log's block time; empty when none came."""
        return await self._read(self._blocking, owner, reply_id, after_seq, block_ms=self._block_ms)

    async def bury(self, owner: Owner, start: ReplyStart, last_seq: int, failed: chat_pb2.ChatEvent) -> bool:
        """Ends a reply whose process fell silent after `last_seq`; False when it turned out otherwise."""
        keys = [owner.state(start.reply_id), owner.events(start.reply_id), owner.lease(start.session_id)]
        last_id = f"{last_seq + 1}-0" if last_seq >= 0 else _NOTHING
        args: list[Any] = [start.reply_id, last_id, f"{failed.seq + 1}-0", failed.seq, failed.SerializeToString()]
        with memory_errors():
            return bool(await self._bury(keys, args) == b"buried")

    async def settle(self, owner: Owner, start: ReplyStart) -> None:
        """Notes that a reply left behind is in the archive now."""
        with memory_errors():
            await self._settle([owner.state(start.reply_id), owner.open_reply(start.session_id)], [start.reply_id])

    async def ask_to_cancel(self, owner: Owner, reply_id: str, by: str) -> bool:
        """Tells the process of a reply to stop it; True for the first who asks while it runs."""
        with memory_errors():
            answer = await self._cancel([owner.state(reply_id)], [reply_id, by, cancel_channel("")])
        return bool(answer == b"asked")

    async def cancellations(self) -> AsyncGenerator[tuple[str, str], None]:
        """(reply, who asked) of replies of this process that are to stop, as they come."""
        with memory_errors():
            async with self._blocking.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(cancel_channel(self.replica_id))
                while True:
                    message = await channel.get_message(timeout=self._block_ms / 1000)
                    if message is not None:
                        reply_id, _, by = message["data"].decode().partition(" ")
                        yield reply_id, by

    async def _read(
        self, client: Redis, owner: Owner, reply_id: str, after_seq: int, *, block_ms: int | None
    ) -> list[chat_pb2.ChatEvent]:
        key, position = owner.events(reply_id), f"{min(after_seq + 1, _LARGEST_ID)}-0"
        with memory_errors():
            answer: Any = await client.xread({key: position}, count=_PAGE, block=block_ms)
        entries = answer[0][1] if answer else []
        events = (chat_pb2.ChatEvent.FromString(raw) for _, fields in entries for raw in fields.values())
        return list(_in_order(events, after_seq))


def _in_order(events: Iterable[chat_pb2.ChatEvent], after_seq: int) -> Iterator[chat_pb2.ChatEvent]:
    """Each event once: an entry written again after a lost answer may repeat some."""
    for event in events:
        if event.seq > after_seq:
            after_seq = event.seq
            yield event


def _claimed(claim: Claim, value: bytes) -> Claimed:
    if claim is not Claim.SAME:
        return Claimed(claim=claim, reply_id=value.decode())
    reply_id, fingerprint, session_id = json.loads(value)
    return Claimed(claim=claim, reply_id=reply_id, fingerprint=fingerprint, session_id=session_id)
