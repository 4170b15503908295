"""Questions read by a language model under the closed schema: it chooses, code dates, nothing else gets through."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from earshot.chat.v1 import chat_pb2, memory_pb2
from services.chat.convert import timestamp
from tests.integration.chat.test_memory import flush
from tests.integration.chat.test_replies import message, turns
from tests.support.chat import ChatRig, collect, running_chat, text_of, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import DEPOSITS_YESTERDAY, NOW, person
from tests.support.openai_server import Body, Script, ScriptedUpstream, scripted_upstream

QUESTION = "how many folks had trouble paying in yesterday?"
GOOD = {"measure": "message_count", "filters": {"categories": {"any_of": ["deposit"]}}, "period_quote": "yesterday"}


@asynccontextmanager
async def reading(
    world: World, *calls: str | Script, **settings: Any
) -> AsyncIterator[tuple[ChatRig, ScriptedUpstream]]:
    """A chat whose upstream answers readings with these arguments in turn, and narrations with one sentence."""
    left = list(calls)

    def respond(body: Body) -> Script:
        if "tools" not in body:
            return Script(deltas=("Done.",))
        call = left.pop(0) if len(left) > 1 else left[0]
        return call if isinstance(call, Script) else Script(tool_call=("ask_statistics", call))

    async with scripted_upstream(respond=respond) as upstream:
        given = upstream_settings(upstream.base_url, **{"chat_interpreter": "llm", "llm_max_retries": 0, **settings})
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            yield rig, upstream


async def ask(rig: ChatRig, text: str = QUESTION) -> list[chat_pb2.ChatEvent]:
    request = chat_pb2.SendMessageRequest(text=text, now=timestamp(NOW))
    return await collect(rig.client.stub(person()).SendMessage(request))


async def test_the_model_chooses_and_code_dates(world: World) -> None:
    async with reading(world, json.dumps(GOOD)) as (rig, upstream):
        events = await ask(rig)
    query = events[0].started.interpretation.query
    assert list(query.filters.categories.any_of) == ["deposit"]
    assert query.range.start.ToJsonString() == "2026-03-17T00:00:00Z"
    assert query.range.end.ToJsonString() == "2026-03-18T00:00:00Z"
    assert events[1].query.result.total == DEPOSITS_YESTERDAY
    assert "17 March 2026" in events[0].started.interpretation.explanation
    assert upstream.requests[0]["tool_choice"]["function"]["name"] == "ask_statistics"
    assert events[-2].usage.prompt_tokens == 22


async def test_a_bad_call_is_sent_back_once(world: World) -> None:
    bad = json.dumps({**GOOD, "start": "2020-01-01"})
    async with reading(world, bad, json.dumps(GOOD)) as (rig, upstream):
        events = await ask(rig)
    assert events[1].query.result.total == DEPOSITS_YESTERDAY
    assert "does not fit" in upstream.requests[1]["messages"][-1]["content"]


async def test_a_channel_or_language_that_there_is_none_of_is_sent_back(world: World) -> None:
    strange = {"sources": {"any_of": ["Telegram Messenger"]}, "languages": {"any_of": ["English"]}}
    mended = json.dumps({"filters": {"sources": {"any_of": ["telegram"]}}, "period_quote": "yesterday"})
    async with reading(world, json.dumps({**GOOD, "filters": strange}), mended) as (rig, upstream):
        events = await ask(rig, "how many messages came in on telegram yesterday?")
    assert "'Telegram Messenger' is not known" in upstream.requests[1]["messages"][-1]["content"]
    assert list(events[0].started.interpretation.query.filters.sources.any_of) == ["telegram"]
    assert events[-1].HasField("completed")


async def test_after_two_bad_calls_the_planner_reads(world: World) -> None:
    async with reading(world, "{not json", json.dumps({"period_quote": "in 1999"})) as (rig, _):
        events = await ask(rig, "how many deposit messages came in yesterday?")
    assert events[1].notice.kind == "fallback_used"
    assert events[2].query.result.total == DEPOSITS_YESTERDAY
    assert events[-1].HasField("completed")


async def test_a_period_that_the_model_leaves_out_holds(world: World) -> None:
    silent = json.dumps({"filters": {"categories": {"any_of": ["deposit"]}}})
    half = json.dumps({"filters": {"categories": {"any_of": ["deposit"]}}, "period_quote": "yesterday"})
    async with reading(world, silent, half) as (rig, _):
        without = await ask(rig, "how many deposit messages came in yesterday?")
        compared = await ask(rig, "deposit messages yesterday compared with the day before")
    assert without[1].query.result.total == DEPOSITS_YESTERDAY
    assert compared[0].started.interpretation.query.compare_to.end.ToJsonString() == "2026-03-17T00:00:00Z"


async def test_an_empty_call_is_no_reading_of_a_question_that_names_something(world: World) -> None:
    async with reading(world, "{}", "{}") as (rig, upstream):
        events = await ask(rig, "how many deposit messages came in yesterday?")
    assert "the call is empty" in upstream.requests[1]["messages"][-1]["content"]
    assert events[1].notice.kind == "fallback_used"
    assert events[2].query.result.total == DEPOSITS_YESTERDAY


@pytest.mark.parametrize(
    "script",
    [Script(status=500), Script(status=429), Script(status=401), Script(stall_after=0)],
    ids=["500", "429", "401", "silent"],
)
async def test_a_failing_model_leaves_all_of_it_to_code_and_is_asked_no_more(world: World, script: Script) -> None:
    """T19, T20: nobody waits for the same failure twice, for the reading and for the answer."""
    async with reading(world, script, llm_max_retries=1) as (rig, upstream):
        events = await ask(rig, "how many deposit messages came in yesterday?")
    assert events[0].started.model == "builtin"
    assert [event.notice.kind for event in events if event.HasField("notice")] == ["fallback_used"]
    assert f"{DEPOSITS_YESTERDAY} deposit messages" in text_of(events)
    assert events[-1].HasField("completed")
    assert 1 <= len(upstream.requests) <= 2
    assert all("tools" in body for body in upstream.requests)


async def test_a_call_and_what_came_of_it_are_kept_and_told_the_model_again(world: World) -> None:
    who, kept = person(), json.dumps({"filters": {"sources": {"any_of": ["telegram"]}}, "keeps_period": True})
    async with reading(world, json.dumps(GOOD), kept) as (rig, upstream):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message(QUESTION)))
        session = first[0].started.session_id
        await collect(stub.SendMessage(message("and on telegram?", session_id=session)))
        listed, latest = await turns(rig, who, session)
        report = (await stub.GetContextReport(memory_pb2.GetContextReportRequest(turn_id=latest.id))).report
        again = upstream.requests[-1]["messages"]
    await flush(world)
    async with reading(world, kept) as (later, its_upstream):
        await collect(later.client.stub(who).SendMessage(message("and on telegram?", session_id=session)))
        after_all_was_gone = its_upstream.requests[-1]["messages"]
    assert listed.interpretation.call.name == "ask_statistics"
    assert json.loads(listed.interpretation.call.arguments_json) == GOOD
    asked, called, result, answered, _ = again[1:]
    (call,) = called["tool_calls"]
    assert (asked, answered) == (
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": text_of(first)},
    )
    assert (called["role"], called["content"], call["type"]) == ("assistant", None, "function")
    assert call["function"]["name"] == "ask_statistics"
    assert json.loads(call["function"]["arguments"]) == GOOD
    assert (result["role"], result["tool_call_id"]) == ("tool", call["id"])
    assert [query["total"] for query in json.loads(result["content"])] == [DEPOSITS_YESTERDAY]
    assert [(told.role, told.call_id) for told in report.messages[2:4]] == [
        ("assistant", call["id"]),
        ("tool", call["id"]),
    ]
    assert after_all_was_gone[1:5] == again[1:5]
    assert [told["role"] for told in after_all_was_gone[5:]] == ["user", "assistant", "tool", "assistant", "user"]


async def test_what_the_planner_refuses_never_reaches_the_model(world: World) -> None:
    async with reading(world) as (rig, upstream):
        events = await ask(rig, "how much money was deposited in euros?")
    assert events[0].started.interpretation.behaviour == chat_pb2.BEHAVIOUR_REFUSE
    assert upstream.requests == []


async def test_a_verified_reading_asks_no_model_and_keeps_no_date(world: World) -> None:
    words, later = "how many people could not pay in yesterday?", NOW + timedelta(days=30)
    async with reading(world, json.dumps(GOOD)) as (rig, upstream):
        stub = rig.client.stub(person())
        first = await collect(stub.SendMessage(chat_pb2.SendMessageRequest(text=words, now=timestamp(NOW))))
        kept = (await stub.VerifyTurn(chat_pb2.VerifyTurnRequest(turn_id=first[0].reply_id))).query
        request = chat_pb2.SendMessageRequest(text=f" {words.upper()} ", now=timestamp(later))
        again = (await collect(rig.client.stub(person()).SendMessage(request)))[0].started.interpretation
    assert not kept.query.HasField("range")
    assert (again.verified_by, list(again.query.filters.categories.any_of)) == ("Tester", ["deposit"])
    assert again.query.range.start.ToJsonString() == "2026-04-16T00:00:00Z"
    assert len([asked for asked in upstream.requests if "tools" in asked]) == 1


async def test_a_follow_up_keeps_its_period_by_code(world: World) -> None:
    kept = {"measure": "message_count", "filters": {"sources": {"any_of": ["telegram"]}}, "keeps_period": True}
    async with reading(world, json.dumps(GOOD), json.dumps(kept)) as (rig, upstream):
        stub = rig.client.stub(person())
        first = await collect(stub.SendMessage(chat_pb2.SendMessageRequest(text=QUESTION, now=timestamp(NOW))))
        session = first[0].started.session_id
        request = chat_pb2.SendMessageRequest(
            text="and on telegram, not at night?", now=timestamp(NOW), session_id=session
        )
        second = await collect(stub.SendMessage(request))
    query = second[0].started.interpretation.query
    assert query.range == first[0].started.interpretation.query.range
    assert list(query.filters.hours) == list(range(6, 24))
    assert "2026-03-17" in upstream.requests[2]["messages"][-1]["content"]
