"""Earlier turns that are close to the question come back to the model, and forgotten ones never do (B19, H23)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2, memory_pb2
from services.runtime.keys import KeyFiles
from tests.support.chat import ChatRig, collect, running_chat, upstream_settings
from tests.support.classifier import RunningClassifier
from tests.support.hearing_store import HearingStore
from tests.support.openai_server import Body, Script, ScriptedUpstream, scripted_upstream
from tests.support.store import caller

ABOUT = "Our payment provider Bluepay was down on Tuesday morning, so card deposits failed."
BETWEEN = (
    "What is a good name for a newsletter?",
    "Write a friendly greeting for Monday.",
    "How do I make pancakes?",
    "Which colours go well with green?",
)
CLOSE = "Why did card deposits fail, was it the payment provider?"
FAR = "Who wrote the opera Carmen?"


def answering(body: Body) -> Script:
    return Script(deltas=(f"Answer to {str(body['messages'][-1]['content'])[-20:]}",))


@asynccontextmanager
async def talking(
    store: HearingStore, keys: KeyFiles, redis_url: str, classifier_address: str
) -> AsyncIterator[tuple[ChatRig, ScriptedUpstream]]:
    client = store.rig.client
    async with scripted_upstream(respond=answering) as upstream:
        given: dict[str, Any] = upstream_settings(upstream.base_url, chat_memory_turns=2)
        places = {"store_address": client.address, "redis_url": redis_url, "classifier_address": classifier_address}
        folder: Path = keys.public_key.parent
        async with running_chat(folder, signer=client.signer, **places, **given) as rig:
            yield rig, upstream


async def say(stub: Any, text: str, session: str = "") -> tuple[str, str]:
    """(session, id of the turn)."""
    mode = chat_pb2.MODE_ASSISTANT
    events = await collect(stub.SendMessage(chat_pb2.SendMessageRequest(text=text, session_id=session, mode=mode)))
    return events[0].started.session_id, events[0].started.turn_id


async def recalled(stub: Any, turn_id: str) -> list[memory_pb2.ContextPart]:
    answer = await stub.GetContextReport(memory_pb2.GetContextReportRequest(turn_id=turn_id))
    return [part for part in answer.report.parts if part.kind == "recalled"]


async def told(stub: Any) -> str:
    """A session with something worth recalling outside its window."""
    session, _ = await say(stub, ABOUT)
    for text in BETWEEN:
        await say(stub, text, session)
    return session


async def test_a_close_turn_comes_back_with_its_reason_and_a_forgotten_one_never(
    hearing_store: HearingStore, classifier: RunningClassifier, classifier_keys: KeyFiles, redis_url: str
) -> None:
    who = caller()
    async with talking(hearing_store, classifier_keys, redis_url, classifier.address) as (rig, upstream):
        stub = rig.client.stub(who)
        session = await told(stub)
        _, far = await say(stub, FAR, session)
        assert await recalled(stub, far) == []
        _, close = await say(stub, CLOSE, session)
        (part,) = await recalled(stub, close)
        assert (list(part.turn_numbers), part.sent) == ([1], True)
        assert part.tokens > 0
        assert 0.45 <= part.closeness <= 1
        assert "Bluepay" in upstream.requests[-1]["messages"][-1]["content"]
        assert "- turn 1: the user asked" in upstream.requests[-1]["messages"][-1]["content"]

        await stub.ForgetMemory(memory_pb2.ForgetMemoryRequest(session_id=session, turn_number=1))
        _, after = await say(stub, CLOSE + " Tell me again.", session)
        assert not any(1 in part.turn_numbers for part in await recalled(stub, after))
        assert "Bluepay" not in str(upstream.requests[-1]["messages"])


@pytest.mark.parametrize("lost", ["classifier", "redis"])
async def test_what_is_away_costs_nothing_but_what_it_knew(
    hearing_store: HearingStore, classifier: RunningClassifier, classifier_keys: KeyFiles, redis_url: str, lost: str
) -> None:
    address = "127.0.0.1:1" if lost == "classifier" else classifier.address
    async with talking(hearing_store, classifier_keys, redis_url, address) as (rig, _):
        stub = rig.client.stub(caller())
        session = await told(stub)
        if lost == "redis":
            client = Redis.from_url(redis_url, protocol=2)
            await client.flushall()
            await client.aclose()
        _, close = await say(stub, CLOSE, session)
        (part,) = await recalled(stub, close)
    if lost == "classifier":
        assert (part.sent, part.reason) == (False, "unavailable")
    else:
        assert list(part.turn_numbers) == [1]
