"""Whatever an upstream does, a reply obeys the law of the stream, ends once, and is archived as it was streamed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earshot.chat.v1 import chat_pb2
from services.chat.convert import timestamp
from tests.support.chat import ChatRig, collect, running_chat, text_of, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import NOW, person
from tests.support.openai_server import Body, Script, ScriptedUpstream, scripted_upstream

QUESTION = "how many deposit messages came in yesterday?"
IDLE_SECONDS = 0.3


@dataclass(slots=True)
class Stage:
    """A chat and the script its upstream plays next."""

    rig: ChatRig
    upstream: ScriptedUpstream
    script: Script


@pytest_asyncio.fixture(scope="module")
async def stage(world: World) -> AsyncIterator[Stage]:
    """One chat for all examples."""
    playing: list[Stage] = []

    def respond(_: Body) -> Script:
        return playing[0].script

    async with scripted_upstream(respond=respond) as upstream:
        given_settings = upstream_settings(upstream.base_url, llm_idle_seconds=IDLE_SECONDS, llm_max_retries=0)
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        async with running_chat(world.keys, signer=world.store.signer, **places, **given_settings) as rig:
            playing.append(Stage(rig, upstream, Script()))
            yield playing[0]


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["10", " 7%", "twelve", "{{q1.total}}", "1.", "2k"]
)
_POINTS = st.none() | st.integers(0, 6)
_SCRIPTS = st.builds(
    Script,
    status=st.sampled_from([200, 200, 200, 200, 429, 500, 400]),
    deltas=st.lists(_TEXTS, max_size=6).map(tuple),
    tool_call=st.none() | st.just(("surprise", '{"a": 1}')),
    stall_after=_POINTS,
    die_after=_POINTS,
    error_in_band_after=_POINTS,
    split_utf8=st.booleans(),
    usage=st.booleans(),
    choices_null=st.booleans(),
    finish_reason=st.sampled_from(["stop", "length", ""]),
    done=st.booleans(),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=_SCRIPTS)
async def test_every_reply_obeys_the_law(stage: Stage, script: Script) -> None:
    stage.script = script
    asking = stage.rig.client.stub(person())
    async with asyncio.timeout(15):
        events = await collect(asking.SendMessage(chat_pb2.SendMessageRequest(text=QUESTION, now=timestamp(NOW))))
        resumed = await collect(asking.ResumeReply(chat_pb2.ResumeReplyRequest(reply_id=events[0].reply_id)))
        session = events[0].started.session_id
        turn = (await asking.ListTurns(chat_pb2.ListTurnsRequest(session_id=session))).turns[0]
    assert resumed == events
    assert turn.answer == text_of(events)
    assert turn.status == events[-1].WhichOneof("event")
    assert events[-2].HasField("usage")
    assert text_of(events) or events[-1].HasField("failed")
