"""A turn asked again, or otherwise: what came before it is remembered, what came after it stays in the history."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.runtime.ids import new_id
from tests.integration.chat.test_replies import message, rigs, turns
from tests.support.chat import ChatRig, collect, error_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import DEPOSITS_YESTERDAY, TELEGRAM_DEPOSITS, person
from tests.support.openai_server import Script


@pytest_asyncio.fixture(scope="module")
async def rig(world: World) -> AsyncIterator[ChatRig]:
    async with rigs(world, Script(deltas=("Fine.",))) as ((running,), _):
        yield running


def total(events: list[chat_pb2.ChatEvent]) -> float:
    return next(event.query.result.total for event in events if event.HasField("query"))


async def ask(stub: Any, text: str, **fields: Any) -> list[chat_pb2.ChatEvent]:
    return await collect(stub.SendMessage(message(text, model="builtin", **fields)))


async def flush(world: World) -> None:
    client = Redis.from_url(world.redis_url, protocol=2)
    await client.flushall()
    await client.aclose()


@pytest.mark.parametrize("flushed", [False, True], ids=["remembered", "after-redis-was-emptied"])
async def test_an_edited_turn_goes_on_from_what_came_before_it(world: World, rig: ChatRig, flushed: bool) -> None:
    who = person()
    stub = rig.client.stub(who)
    first = await ask(stub, "how many deposit messages came in yesterday?")
    session = first[0].started.session_id
    second = await ask(stub, "and withdrawals?", session_id=session)
    await ask(stub, "and in February?", session_id=session)
    edited = await ask(stub, "and on telegram?", session_id=session, replaces_turn_id=second[0].reply_id)
    assert total(edited) == TELEGRAM_DEPOSITS
    if flushed:
        await flush(world)
    after = await ask(stub, "on all channels", session_id=session)
    assert total(after) == DEPOSITS_YESTERDAY
    kept = await turns(rig, who, session)
    assert [(turn.number, turn.previous_number) for turn in kept] == [(1, 0), (2, 1), (3, 2), (4, 1), (5, 4)]
    assert kept[3].replaces_turn_id == second[0].reply_id


async def test_a_turn_is_asked_again_as_it_was(rig: ChatRig) -> None:
    who = person()
    stub = rig.client.stub(who)
    first = await ask(stub, "how many deposit messages came in yesterday?")
    again = await ask(stub, "", replaces_turn_id=first[0].reply_id)
    session = first[0].started.session_id
    assert again[0].started.session_id == session
    assert total(again) == total(first)
    await ask(stub, "and withdrawals?", session_id=session)
    kept = await turns(rig, who, session)
    assert [(turn.text, turn.previous_number) for turn in kept] == [
        ("how many deposit messages came in yesterday?", 0),
        ("how many deposit messages came in yesterday?", 0),
        ("and withdrawals?", 2),
    ]


async def test_the_same_request_to_replace_is_the_same_reply(rig: ChatRig) -> None:
    stub, request_id = rig.client.stub(person()), new_id()
    first = await ask(stub, "how many deposit messages came in yesterday?")
    replacing = {"replaces_turn_id": first[0].reply_id, "request_id": request_id}
    assert await ask(stub, "", **replacing) == await ask(stub, "", **replacing)


async def test_only_ones_own_turns_of_that_session_are_replaced(rig: ChatRig) -> None:
    owner, stranger = person(), person()
    first = await ask(rig.client.stub(owner), "how many deposit messages came in yesterday?")
    other = await ask(rig.client.stub(owner), "how many withdrawals?")
    turn_id = first[0].reply_id
    for who, fields in (
        (stranger, {"replaces_turn_id": turn_id}),
        (owner, {"replaces_turn_id": new_id()}),
        (owner, {"replaces_turn_id": turn_id, "session_id": other[0].started.session_id}),
    ):
        error = await error_of(rig.client.stub(who).SendMessage(message("again", **fields)))
        assert (error.kind, error.reason) == ("not_found", "TURN_NOT_FOUND")
    empty = await error_of(rig.client.stub(owner).SendMessage(message("", session_id=first[0].started.session_id)))
    assert empty.reason == "EMPTY_TEXT"
