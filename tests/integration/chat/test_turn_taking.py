"""Several messages at once in a session: refused, waiting in line, or interrupting; on one process and on two."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.chat.reply_log import LONGEST_QUEUE, ReplyLog
from services.chat.stores.keyspace import Owner
from services.chat.stores.redis_pool import open_redis
from services.chat.stores.reply_record import Claim, Claimed, End, ReplyStart, WhenBusy
from services.runtime.ids import new_id
from tests.integration.chat.test_replies import ENDLESS, WORDS, message, rigs, turns, until_text
from tests.support.chat import collect, error_of, text_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.openai_server import Script

SLOW = Script(deltas=WORDS, delay_seconds=0.02)


def waiting(text: str, session: str, **fields: Any) -> chat_pb2.SendMessageRequest:
    return message(text, session_id=session, when_busy=chat_pb2.WHEN_BUSY_QUEUE, **fields)


async def until_queued(world: World, session: str, count: int) -> None:
    """Returns when that many messages of the session wait."""
    client = Redis.from_url(world.redis_url, protocol=2)
    async with asyncio.timeout(10), aclosing(client):
        while True:
            keys = [key async for key in client.scan_iter(match=f"*:session:{session}:queue")]
            if keys and await client.zcard(keys[0]) >= count:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same-process", "other-process"])
async def test_messages_wait_for_their_turn_in_the_order_they_came(world: World, elsewhere: bool) -> None:
    who = person()
    async with rigs(world, SLOW, count=2) as (chats, _):
        stub, other = chats[0].client.stub(who), chats[int(elsewhere)].client.stub(who)
        first = stub.SendMessage(message())
        session = (await anext(aiter(first))).started.session_id
        questions = ["how many withdrawals?", "and on telegram?", "and yesterday?"]
        asking = []
        for place, question in enumerate(questions, start=1):
            asking.append(asyncio.create_task(collect(other.SendMessage(waiting(question, session)))))
            await until_queued(world, session, place)
        rest = [event async for event in first]
        answered = await asyncio.gather(*asking)
        kept = await turns(chats[0], who, session)
    assert rest[-1].HasField("completed")
    assert all(events[-1].HasField("completed") for events in answered)
    assert [turn.text for turn in kept][1:] == questions
    assert [events[0].reply_id for events in answered] == [turn.id for turn in kept][1:]


async def test_the_line_is_bounded_and_who_leaves_it_is_not_answered(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS) as ((rig,), _):
        stub = rig.client.stub(who)
        running = stub.SendMessage(message())
        seen = await until_text(running)
        session = seen[0].started.session_id
        lined_up = []
        for place in range(1, LONGEST_QUEUE + 1):
            lined_up.append(stub.SendMessage(waiting("how many?", session, model="builtin")))
            reading = asyncio.create_task(error_of(lined_up[-1]))
            await until_queued(world, session, place)
            del reading
        error = await error_of(stub.SendMessage(waiting("how many?", session)))
        assert (error.kind, error.reason) == ("conflict", "CONVERSATION_BUSY")
        for call in lined_up[1:]:
            call.cancel()
        await stub.CancelReply(chat_pb2.CancelReplyRequest(reply_id=seen[0].reply_id))
        after = await collect(stub.SendMessage(waiting("how many withdrawals?", session, model="builtin")))
        kept = await turns(rig, who, session)
    assert after[-1].HasField("completed")
    assert [turn.status for turn in kept] == ["cancelled", "completed", "completed"]


async def test_who_waits_too_long_is_told(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS, chat_queue_seconds=0.3) as ((rig,), _):
        running = rig.client.stub(who).SendMessage(message())
        seen = await until_text(running)
        error = await error_of(rig.client.stub(who).SendMessage(waiting("how many?", seen[0].started.session_id)))
        assert error.reason == "CONVERSATION_BUSY"
        assert "0.3 seconds" in error.hint


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same-process", "other-process"])
async def test_a_message_interrupts_the_running_reply_and_overtakes_those_that_wait(
    world: World, elsewhere: bool
) -> None:
    who = person()
    async with rigs(world, ENDLESS, count=2) as (chats, upstream):
        stub, other = chats[0].client.stub(who), chats[int(elsewhere)].client.stub(who)
        running = stub.SendMessage(message())
        seen = await until_text(running)
        session = seen[0].started.session_id
        patient = asyncio.create_task(collect(stub.SendMessage(waiting("and yesterday?", session, model="builtin"))))
        await until_queued(world, session, 1)
        request = message(
            "how many withdrawals?", session_id=session, when_busy=chat_pb2.WHEN_BUSY_INTERRUPT, model="builtin"
        )
        answered = await collect(other.SendMessage(request))
        rest = [event async for event in running]
        waited = await patient
        await upstream.wait_for(lambda server: server.open_sockets == 0, timeout_seconds=1)
        kept = await turns(chats[0], who, session)
    assert rest[-1].cancelled.by == "interrupt"
    assert answered[-1].HasField("completed")
    assert waited[-1].HasField("completed")
    assert [turn.text for turn in kept][1:] == ["how many withdrawals?", "and yesterday?"]
    assert (kept[0].status, kept[0].answer) == ("cancelled", text_of([*seen, *rest]))


async def test_nobody_pushes_in_before_those_who_wait(world: World) -> None:
    who = person()
    async with rigs(world, SLOW) as ((rig,), _):
        stub = rig.client.stub(who)
        running = stub.SendMessage(message())
        session = (await anext(aiter(running))).started.session_id
        patient = asyncio.create_task(collect(stub.SendMessage(waiting("and yesterday?", session))))
        await until_queued(world, session, 1)
        async for _ in running:
            pass
        refused = await error_of(stub.SendMessage(message("how many?", session_id=session)))
        assert refused.reason == "CONVERSATION_BUSY"
        assert (await patient)[-1].HasField("completed")


async def test_a_claim_asked_again_after_a_lost_answer_is_the_same_claim(redis_url: str) -> None:
    owner, session = Owner.of(person()), new_id()
    clients = open_redis(redis_url, max_commands=1, max_blocking=1, block_seconds=0.1)
    log = ReplyLog(redis=clients, replica_id="a", lease_seconds=5, keep_seconds=60, keep_unarchived_seconds=60)

    def asked(request_id: str = "") -> ReplyStart:
        return ReplyStart(
            reply_id=new_id(),
            session_id=session,
            text="how many?",
            start_time="",
            request_id=request_id,
            fingerprint="f",
        )

    mine, waits = asked(new_id()), asked()
    try:
        claims = [
            await log.begin(owner, mine),
            await log.begin(owner, waits, when_busy=WhenBusy.QUEUE),
            await log.begin(owner, mine),
        ]
    finally:
        await clients.close()
    begun = Claimed(claim=Claim.BEGUN, reply_id=mine.reply_id)
    assert claims == [begun, Claimed(claim=Claim.WAITING, reply_id=mine.reply_id), begun]


@pytest.mark.parametrize("when_busy", [chat_pb2.WHEN_BUSY_REJECT, chat_pb2.WHEN_BUSY_QUEUE], ids=["reject", "queue"])
async def test_who_leaves_while_the_session_is_claimed_leaves_it_free(
    world: World, monkeypatch: pytest.MonkeyPatch, when_busy: chat_pb2.WhenBusy
) -> None:
    who = person()
    async with rigs(world, SLOW) as ((rig,), _):
        stub, claimed = rig.client.stub(who), asyncio.Event()
        first = await collect(stub.SendMessage(message(model="builtin")))
        session, begin = first[0].started.session_id, ReplyLog.begin

        async def answered_late(log: ReplyLog, *args: Any, **options: Any) -> Claimed:
            found = await begin(log, *args, **options)
            claimed.set()
            await asyncio.sleep(0.3)
            return found

        monkeypatch.setattr(ReplyLog, "begin", answered_late)
        leaving = stub.SendMessage(message(session_id=session, when_busy=when_busy, model="builtin"))
        reading = asyncio.create_task(error_of(leaving))
        await claimed.wait()
        leaving.cancel()
        await asyncio.wait({reading})
        await asyncio.sleep(0.5)
        monkeypatch.undo()
        again = await collect(stub.SendMessage(message("how many?", session_id=session, model="builtin")))
        kept = await turns(rig, who, session)
    assert again[-1].HasField("completed")
    assert [turn.status for turn in kept] == ["completed", "completed"]


async def test_a_reply_stopped_before_its_first_step_is_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rigs(world, SLOW) as ((rig,), _):
        replies, loop = rig.chat.replies, asyncio.get_running_loop()
        claim = replies._turn_taking.claim

        async def stopped_at_once(*args: Any) -> Claimed:
            found = await claim(*args)
            loop.call_soon(lambda: [reply.cancel("user") for reply in replies._running.values()])
            return found

        monkeypatch.setattr(replies._turn_taking, "claim", stopped_at_once)
        async with asyncio.timeout(5):
            error = await error_of(rig.client.stub(person()).SendMessage(message()))
            await replies.stop()
    assert (error.kind, error.message) == ("unavailable", "The reply was stopped before it began.")


async def test_a_session_is_deleted_while_a_reply_begins_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    who = person()
    async with rigs(world, SLOW) as ((rig,), _):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message(model="builtin")))
        session = first[0].started.session_id
        replier, begins = rig.chat.replies._replier, asyncio.Event()

        async def slowly(*_: Any) -> None:
            begins.set()
            await asyncio.sleep(10)

        monkeypatch.setattr(replier, "write", slowly)
        asking = asyncio.create_task(error_of(stub.SendMessage(message(session_id=session))))
        await begins.wait()
        await stub.DeleteSession(chat_pb2.DeleteSessionRequest(id=session))
        gone = await error_of(stub.GetSession(chat_pb2.GetSessionRequest(id=session)))
        await asking
    assert gone.reason == "CONVERSATION_NOT_FOUND"


async def test_the_second_of_one_message_leaves_the_line_when_the_first_begins(redis_url: str) -> None:
    owner, session, request = Owner.of(person()), new_id(), new_id()
    clients = open_redis(redis_url, max_commands=1, max_blocking=1, block_seconds=0.1)
    log = ReplyLog(redis=clients, replica_id="a", lease_seconds=5, keep_seconds=60, keep_unarchived_seconds=60)

    def asked(request_id: str = "") -> ReplyStart:
        said = "how many?"
        return ReplyStart(
            reply_id=new_id(), session_id=session, text=said, start_time="", request_id=request_id, fingerprint="f"
        )

    running, first, again, other = asked(), asked(request), asked(request), asked()
    try:
        await log.begin(owner, running)
        waiting = [await log.begin(owner, start, when_busy=WhenBusy.QUEUE) for start in (first, again)]
        await log.append(owner, running, [], end=End.ARCHIVED)
        begun = [await log.begin(owner, start, when_busy=WhenBusy.QUEUE) for start in (first, again)]
        await log.append(owner, first, [], end=End.ARCHIVED)
        after = await log.begin(owner, other)
    finally:
        await clients.close()
    assert [found.claim for found in waiting] == [Claim.WAITING] * 2
    assert [found.claim for found in begun] == [Claim.BEGUN, Claim.SAME]
    assert after.claim is Claim.BEGUN
