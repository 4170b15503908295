"""Several messages at once in a session: refused, waiting in line, or interrupting; on one process and on two."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.chat.reply_log import LONGEST_QUEUE
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
