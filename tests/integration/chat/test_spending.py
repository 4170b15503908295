"""What a person may use: messages in a minute, tokens in a day; over all processes, and nobody else's (T60, T63)."""

import asyncio
from typing import Any

from earshot.chat.v1 import chat_pb2
from tests.integration.chat.test_replies import message, rigs
from tests.support.chat import collect, error_of, text_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.openai_server import Script

WORDS = ("one ", "two ", "three.")


def assist(text: str = "hello", **fields: Any) -> chat_pb2.SendMessageRequest:
    return chat_pb2.SendMessageRequest(text=text, mode=chat_pb2.MODE_ASSISTANT, **fields)


async def test_messages_in_a_minute_are_counted_over_all_processes(world: World) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS), count=2, chat_user_replies_per_minute=3) as (chats, _):
        for place in range(3):
            await collect(chats[place % 2].client.stub(who).SendMessage(message(model="builtin")))
        for rig in chats:
            error = await error_of(rig.client.stub(who).SendMessage(message(model="builtin")))
            assert (error.kind, error.reason) == ("limit_exceeded", "RATE_LIMITED")
            assert 0 < (error.retry_after_seconds or 0) <= 60
        other = await collect(chats[0].client.stub(person()).SendMessage(message(model="builtin")))
    assert other[-1].HasField("completed")


async def test_a_days_budget_is_not_overdrawn_by_what_runs_at_once(world: World) -> None:
    who = person()
    given = {"llm_max_tokens": 100, "chat_user_tokens_per_day": 500}
    script = Script(deltas=WORDS, delay_seconds=0.1)
    async with rigs(world, script, count=2, **given) as (chats, upstream):
        calls = [collect(chats[place % 2].client.stub(who).SendMessage(assist())) for place in range(10)]
        ended = [events[-1] for events in await asyncio.gather(*calls)]
        answered = [event for event in ended if event.HasField("completed")]
        refused = {event.failed.reason for event in ended if event.HasField("failed")}
        asked = len(upstream.requests)
        # What was set aside and not used is there again.
        again = await collect(chats[0].client.stub(who).SendMessage(assist()))
    assert 1 <= len(answered) == asked < 10
    assert refused == {"BUDGET_EXHAUSTED"}
    assert again[-1].HasField("completed")


async def test_an_analyst_without_budget_is_answered_by_the_narrator(world: World) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS), chat_user_tokens_per_day=10) as ((rig,), upstream):
        events = await collect(rig.client.stub(who).SendMessage(message()))
        assert not upstream.requests
    assert events[-1].HasField("completed")
    assert "10" in text_of(events)
    assert [event.notice.kind for event in events if event.HasField("notice")] == ["fallback_used"]
