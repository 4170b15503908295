"""The life of a reply: resumed, watched, repeated, refused, cancelled, left alone; on one process and on two."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest

from earshot.chat.v1 import chat_pb2
from services.chat.convert import timestamp
from services.runtime.ids import new_id
from tests.support.chat import ChatRig, collect, error_of, running_chat, text_of, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import NOW, person
from tests.support.openai_server import Body, Script, ScriptedUpstream, scripted_upstream

WORDS = tuple(f"word{letter} " for letter in "abcdefghijklmnopqrstuvwxyz")
ENDLESS = Script(deltas=WORDS, stall_after=len(WORDS))


@asynccontextmanager
async def rigs(
    world: World, script: Script, *, count: int = 1, **settings: Any
) -> AsyncIterator[tuple[list[ChatRig], ScriptedUpstream]]:
    """Chats that share Redis, store and upstream."""
    async with scripted_upstream(script) as upstream, AsyncExitStack() as stack:
        given = {**upstream_settings(upstream.base_url, llm_idle_seconds=30.0), **settings}
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        chats = [
            await stack.enter_async_context(running_chat(world.keys, signer=world.store.signer, **places, **given))
            for _ in range(count)
        ]
        yield chats, upstream


def message(text: str = "how many deposit messages came in yesterday?", **fields: Any) -> chat_pb2.SendMessageRequest:
    return chat_pb2.SendMessageRequest(text=text, now=timestamp(NOW), **fields)


def resume(reply_id: str, after_seq: int | None = None) -> chat_pb2.ResumeReplyRequest:
    return chat_pb2.ResumeReplyRequest(reply_id=reply_id, after_seq=after_seq)


async def until_text(stream: Any) -> list[chat_pb2.ChatEvent]:
    """The events of a stream up to the last word of the script."""
    found: list[chat_pb2.ChatEvent] = []
    async for event in stream:
        found.append(event)
        if WORDS[-2] in text_of(found):
            return found
    raise AssertionError("the stream ended")


async def turns(rig: ChatRig, identity: Any, session_id: str) -> list[chat_pb2.Turn]:
    response = await rig.client.stub(identity).ListTurns(chat_pb2.ListTurnsRequest(session_id=session_id))
    return list(response.turns)


async def test_a_stream_cut_at_every_event_joins_to_the_same_text(world: World) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS), count=2) as ((one, two), _):
        whole = await collect(one.client.stub(who).SendMessage(message()))
        for rig in (one, two):
            stub = rig.client.stub(who)
            for after_seq in (None, *range(len(whole))):
                tail = [event async for event in stub.ResumeReply(resume(whole[0].reply_id, after_seq))]
                assert tail == whole[0 if after_seq is None else after_seq + 1 :]


async def test_many_watch_a_running_reply_from_anywhere(world: World) -> None:
    who = person()
    script = Script(deltas=WORDS, delay_seconds=0.02)
    async with rigs(world, script, count=2) as ((one, two), _):
        asking = one.client.stub(who).SendMessage(message())
        first = await anext(aiter(asking))
        watching = [
            asyncio.create_task(collect(rig.client.stub(who).ResumeReply(resume(first.reply_id))))
            for rig in (one, two, two)
        ]
        rest = [event async for event in asking]
        seen = await asyncio.gather(*watching)
    assert all(events == [first, *rest] for events in seen)


async def test_a_reply_goes_on_without_its_caller(world: World) -> None:
    who = person()
    script = Script(deltas=WORDS, delay_seconds=0.02)
    async with rigs(world, script) as ((rig,), _):
        asking = rig.client.stub(who).SendMessage(message())
        first = await anext(aiter(asking))
        asking.cancel()
        events = await collect(rig.client.stub(who).ResumeReply(resume(first.reply_id)))
        assert events[-1].HasField("completed")
        kept = await turns(rig, who, first.started.session_id)
    assert text_of(events) == "".join(WORDS)
    assert kept[0].answer == "".join(WORDS)


async def test_a_reply_that_depends_on_its_caller_is_cancelled(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS) as ((rig,), upstream):
        asking = rig.client.stub(who).SendMessage(message(on_disconnect=chat_pb2.ON_DISCONNECT_CANCEL))
        seen = await until_text(asking)
        asking.cancel()
        await upstream.wait_for(lambda server: server.open_sockets == 0, timeout_seconds=1)
        events = await collect(rig.client.stub(who).ResumeReply(resume(seen[0].reply_id)))
        kept = await turns(rig, who, seen[0].started.session_id)
    assert events[-1].cancelled.by == "disconnect"
    assert kept[0].status == "cancelled"
    assert kept[0].answer == text_of(events)
    assert kept[0].usage.estimated


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same-process", "other-process"])
async def test_cancelling_closes_the_upstream_and_keeps_what_came(world: World, elsewhere: bool) -> None:
    who = person()
    async with rigs(world, ENDLESS, count=2) as (chats, upstream):
        asking = chats[0].client.stub(who).SendMessage(message())
        seen = await until_text(asking)
        cancelling = chats[int(elsewhere)].client.stub(who)
        request = chat_pb2.CancelReplyRequest(reply_id=seen[0].reply_id)
        answer = asyncio.create_task(_cancelled(cancelling, request))
        await upstream.wait_for(lambda server: server.open_sockets == 0, timeout_seconds=1)
        rest = [event async for event in asking]
        assert await answer
        assert not await _cancelled(cancelling, request)
        kept = await turns(chats[0], who, seen[0].started.session_id)
        follow_up = await collect(
            chats[1]
            .client.stub(who)
            .SendMessage(message("and on telegram?", session_id=seen[0].started.session_id, model="builtin"))
        )
    assert rest[-1].cancelled.by == "user"
    assert (kept[0].status, kept[0].answer) == ("cancelled", text_of([*seen, *rest]))
    assert follow_up[1].query.result.total == 3


async def _cancelled(stub: Any, request: chat_pb2.CancelReplyRequest) -> bool:
    return bool((await stub.CancelReply(request)).cancelled)


async def test_the_same_request_is_the_same_reply(world: World) -> None:
    who, request = person(), message(request_id=str(uuid4()))
    script = Script(deltas=WORDS, delay_seconds=0.01)
    async with rigs(world, script, count=2) as ((one, two), upstream):
        streams = [collect(rig.client.stub(who).SendMessage(request)) for rig in (one, one, two, two)]
        seen = await asyncio.gather(*streams)
        again = await collect(two.client.stub(who).SendMessage(request))
        other = chat_pb2.SendMessageRequest()
        other.CopyFrom(request)
        other.text = "and on telegram?"
        error = await error_of(one.client.stub(who).SendMessage(other))
    assert all(events == again for events in seen)
    assert len(upstream.requests) == 1
    assert error.reason == "REQUEST_ID_REUSED"


async def test_a_request_id_is_its_owners_alone(world: World) -> None:
    request = message(request_id=str(uuid4()))
    async with rigs(world, Script(deltas=WORDS)) as ((rig,), upstream):
        one = await collect(rig.client.stub(person()).SendMessage(request))
        two = await collect(rig.client.stub(person()).SendMessage(request))
    assert one[0].reply_id != two[0].reply_id
    assert len(upstream.requests) == 2


async def test_a_second_message_at_once_is_refused(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS, count=2) as ((one, two), _):
        asking = one.client.stub(who).SendMessage(message())
        session = (await anext(aiter(asking))).started.session_id
        for rig in (one, two):
            error = await error_of(rig.client.stub(who).SendMessage(message(session_id=session)))
            assert (error.kind, error.reason) == ("conflict", "CONVERSATION_BUSY")
        other = await collect(two.client.stub(who).SendMessage(message(model="builtin")))
        assert other[-1].HasField("completed")


def session_calls(stub: Any, session_id: str) -> list[Any]:
    """Every call about a session."""
    return [
        stub.GetSession(chat_pb2.GetSessionRequest(id=session_id)),
        stub.ListTurns(chat_pb2.ListTurnsRequest(session_id=session_id)),
        stub.RenameSession(chat_pb2.RenameSessionRequest(id=session_id, title="mine")),
        stub.DeleteSession(chat_pb2.DeleteSessionRequest(id=session_id)),
    ]


async def test_sessions_and_replies_of_others_do_not_exist(world: World) -> None:
    owner, stranger = person(), person()
    async with rigs(world, Script(deltas=WORDS)) as ((rig,), _):
        events = await collect(rig.client.stub(owner).SendMessage(message()))
        session, reply = events[0].started.session_id, events[0].reply_id
        strange = rig.client.stub(stranger)
        theirs = [await error_of(call) for call in session_calls(strange, session)]
        missing = [await error_of(call) for call in session_calls(strange, new_id())]
        assert {error.reason for error in theirs} == {"CONVERSATION_NOT_FOUND"}
        assert [error.message for error in theirs] == [error.message for error in missing]
        for id_ in (reply, new_id()):
            assert (await error_of(strange.ResumeReply(resume(id_)))).reason == "REPLY_NOT_FOUND"
            cancelling = strange.CancelReply(chat_pb2.CancelReplyRequest(reply_id=id_))
            assert (await error_of(cancelling)).reason == "REPLY_NOT_FOUND"
        mine = await collect(strange.SendMessage(message("how many?", session_id=session)))
        assert mine[0].started.session_id == session
        assert len(await turns(rig, owner, session)) == 1


async def test_sessions_are_made_named_listed_and_deleted(world: World) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS)) as ((rig,), _):
        stub, chosen = rig.client.stub(who), str(uuid4())
        made = (await stub.CreateSession(chat_pb2.CreateSessionRequest(id=chosen))).session
        assert (made.id, made.title, made.turn_count) == (chosen, "", 0)
        await collect(stub.SendMessage(message(session_id=chosen)))
        named = (await stub.GetSession(chat_pb2.GetSessionRequest(id=chosen))).session
        assert (named.title, named.turn_count) == ("how many deposit messages came in yesterday?", 1)
        await stub.RenameSession(chat_pb2.RenameSessionRequest(id=chosen, title="Deposits"))
        fresh = (await collect(stub.SendMessage(message("how many withdrawals?"))))[0].started.session_id
        listed = (await stub.ListSessions(chat_pb2.ListSessionsRequest())).sessions
        assert [(item.id, item.title) for item in listed] == [(fresh, "how many withdrawals?"), (chosen, "Deposits")]
        await stub.DeleteSession(chat_pb2.DeleteSessionRequest(id=chosen))
        error = await error_of(stub.GetSession(chat_pb2.GetSessionRequest(id=chosen)))
        assert error.reason == "CONVERSATION_NOT_FOUND"


async def test_deleting_a_session_stops_its_reply(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS) as ((rig,), upstream):
        asking = rig.client.stub(who).SendMessage(message())
        session = (await anext(aiter(asking))).started.session_id
        await rig.client.stub(who).DeleteSession(chat_pb2.DeleteSessionRequest(id=session))
        rest = [event async for event in asking]
        await upstream.wait_for(lambda server: server.open_sockets == 0, timeout_seconds=1)
    assert rest[-1].HasField("cancelled")


async def test_a_slow_reader_misses_nothing(world: World) -> None:
    who = person()
    script = Script(deltas=tuple(f"{'x' * 90} " for _ in range(2_000)))
    async with rigs(world, script, chat_reply_characters=1_000_000) as ((rig,), _):
        asking = rig.client.stub(who).SendMessage(message())
        first = await anext(aiter(asking))
        other = await collect(rig.client.stub(who).ResumeReply(resume(first.reply_id)))
        late = [first, *[event async for event in asking]]
    assert late == other
    assert len(text_of(late)) == 2_000 * 91


async def test_a_drain_ends_replies_in_good_order(world: World) -> None:
    who = person()
    async with rigs(world, ENDLESS) as ((rig,), _):
        asking = rig.client.stub(who).SendMessage(message())
        seen = await until_text(asking)
        await rig.chat.replies.stop("shutdown")
        rest = [event async for event in asking]
        kept = await turns(rig, who, seen[0].started.session_id)
    assert rest[-1].cancelled.by == "shutdown"
    assert kept[0].status == "cancelled"


async def test_random_cancels_never_mix_two_people_up(world: World) -> None:
    people = [person() for _ in range(6)]
    chance = random.Random(2026)

    def echo(body: Body) -> Script:
        return Script(deltas=tuple(re.findall(r"\S+ ?", body["messages"][-1]["content"])), delay_seconds=0.001)

    async def ask(number: int) -> str:
        """Asks as one of the people, sometimes leaving at a random moment; the answer as far as it was seen."""
        words = f"canary of number {number % len(people)} says hello"
        request = chat_pb2.SendMessageRequest(text=words, mode=chat_pb2.MODE_ASSISTANT)
        asking = rig.client.stub(people[number % len(people)]).SendMessage(request)
        patience = chance.choice([None, chance.uniform(0, 0.05)])
        seen: list[chat_pb2.ChatEvent] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                async for event in asking:
                    seen.append(event)  # noqa: PERF401 - what was seen before leaving counts
        asking.cancel()
        assert words.startswith(text_of(seen))
        return text_of(seen)

    async with scripted_upstream(respond=echo) as upstream:
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url)
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            answers = [answer for _ in range(6) for answer in await asyncio.gather(*map(ask, range(12)))]
            for number, who in enumerate(people):
                for session in (await rig.client.stub(who).ListSessions(chat_pb2.ListSessionsRequest())).sessions:
                    said = {turn.text for turn in await turns(rig, who, session.id)}
                    assert said <= {f"canary of number {number} says hello"}
    assert any(answers)


@pytest.mark.parametrize("after_seq", [2**32, 2**63, 2**64 - 1])
async def test_there_is_nothing_after_what_was_never_said(world: World, after_seq: int) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS)) as ((rig,), _):
        stub = rig.client.stub(who)
        events = await collect(stub.SendMessage(message(model="builtin")))
        assert [event async for event in stub.ResumeReply(resume(events[0].reply_id, after_seq))] == []
