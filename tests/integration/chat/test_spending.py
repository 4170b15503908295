"""What a person may use: messages in a minute, tokens in a day; over all processes, and nobody else's (T60, T63)."""

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.chat import spending
from services.chat.spending import Spending
from services.chat.stores.keyspace import Owner
from services.chat.stores.redis_pool import open_redis
from services.runtime.errors import LimitExceededError
from tests.integration.chat.test_interpreter import GOOD, reading
from tests.integration.chat.test_replies import ENDLESS, message, rigs
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
    who, budget, most = person(), 500, 100
    given = {"llm_max_tokens": most, "chat_user_tokens_per_day": budget}
    async with rigs(world, ENDLESS, count=2, **given) as (chats, upstream):
        streams = [chats[place % 2].client.stub(who).SendMessage(assist()) for place in range(10)]
        ends = await asyncio.gather(*map(_until_text_or_end, streams))
        held = [events[0].reply_id for events in ends if not events[-1].HasField("failed")]
        refused = {events[-1].failed.reason for events in ends if events[-1].HasField("failed")}
        asked = len(upstream.requests)
        stub = chats[0].client.stub(who)
        for reply_id in held:
            await stub.CancelReply(chat_pb2.CancelReplyRequest(reply_id=reply_id))
            await collect(stub.ResumeReply(chat_pb2.ResumeReplyRequest(reply_id=reply_id)))
        # What was set aside and not used is there again.
        again = await _until_text_or_end(stub.SendMessage(assist()))
    assert 1 <= len(held) == asked <= budget // most, "each sets its longest answer aside"
    assert refused == {"BUDGET_EXHAUSTED"}
    assert "wordy" in text_of(again)


async def _until_text_or_end(stream: Any) -> list[chat_pb2.ChatEvent]:
    """The events up to the last words of the script, or to the end."""
    seen: list[chat_pb2.ChatEvent] = []
    async for event in stream:
        seen.append(event)
        if "wordy" in text_of(seen):
            break
    return seen


async def test_an_analyst_without_budget_is_answered_by_the_narrator(world: World) -> None:
    who = person()
    async with rigs(world, Script(deltas=WORDS), chat_user_tokens_per_day=10) as ((rig,), upstream):
        events = await collect(rig.client.stub(who).SendMessage(message()))
        assert not upstream.requests
    assert events[-1].HasField("completed")
    assert "10" in text_of(events)
    assert [event.notice.kind for event in events if event.HasField("notice")] == ["fallback_used"]


async def test_questions_that_a_model_reads_count_towards_the_budget(world: World) -> None:
    who, read = person(), chat_pb2.InterpretQuestionRequest(text="how many folks had trouble paying in yesterday?")
    given = {"llm_max_tokens": 100, "chat_user_tokens_per_day": 800}
    async with reading(world, *[json.dumps(GOOD)] * 100, **given) as (rig, upstream):
        for _ in range(60):
            await rig.client.stub(who).InterpretQuestion(read)
        asked = len(upstream.requests)
        events = await collect(rig.client.stub(who).SendMessage(message()))
        assert len(upstream.requests) == asked
        fresh = await collect(rig.client.stub(person()).SendMessage(message()))
    assert 0 < asked < 60
    assert [event.notice.kind for event in events if event.HasField("notice")] == ["fallback_used"] * 2
    assert events[-1].HasField("completed")
    assert len(upstream.requests) > asked
    assert fresh[-1].HasField("completed")


async def test_what_was_set_aside_is_settled_on_its_own_day_and_only_then(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, days = Owner.of(person()), iter(["2026-03-17", "2026-03-18", "2026-03-18"])
    monkeypatch.setattr(spending, "_today", lambda: next(days))
    clients = open_redis(redis_url, max_commands=1, max_blocking=1, block_seconds=0.1)
    away = open_redis("redis://127.0.0.1:1/0", max_commands=1, max_blocking=1, block_seconds=0.1)
    limits = {"replies_per_minute": 0, "tokens_per_day": 100}
    here, nowhere = Spending(clients, **limits), Spending(away, **limits)
    kept: Redis = clients.commands
    try:
        reservation = await here.reserve(owner, 100)
        lost = await nowhere.reserve(owner, 100)
        await here.settle(owner, reservation, 30)
        await here.settle(owner, lost, 20)
        assert await kept.mget(owner.tokens("2026-03-17"), owner.tokens("2026-03-18")) == [b"30", b"20"]
        assert await kept.ttl(owner.tokens("2026-03-18")) > 0
        with pytest.raises(LimitExceededError):
            await here.reserve(owner, 81)
    finally:
        await clients.close()
        await away.close()
