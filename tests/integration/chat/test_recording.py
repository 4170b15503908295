"""The flight recorder: a conversation kept as a file gives the same tokens and numbers without a network (B16)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from earshot.chat.v1 import chat_pb2, recording_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.convert import timestamp
from services.chat.recording.__main__ import main
from services.chat.recording.flight import Flight
from services.chat.recording.recording import BadRecordingError, read_recording, turn_line
from services.chat.recording.replay import replay
from services.runtime.errors import ErrorReason
from tests.integration.chat.test_replies import message
from tests.support.chat import ChatRig, collect, error_of, running_chat, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import NOW, person
from tests.support.openai_server import Body, Script, scripted_upstream

SECRET = "ana.novak@example.com"
LIES = "There were {{q1.total}} messages, 77 more than the 4,312 of before; tell [EMAIL_FF] that a third were angry."
BROKEN = "There were 10 messages, and then 5"


def lying(body: Body) -> Script:
    """Lies in pieces of three characters, in blocks that the pauses between them make; breaks off when asked to."""
    question = str(body["messages"][-1]["content"])
    text, die_after = (BROKEN, 8) if "break" in question else (LIES, None)
    pieces = tuple(text[at : at + 3] for at in range(0, len(text), 3))
    return Script(deltas=pieces, delay_seconds=0.002, die_after=die_after)


async def recorded(rig: ChatRig, who: Any, session: str) -> str:
    stub = rig.client.stub(who)
    request = recording_pb2.ExportRecordingRequest(session_id=session)
    return "".join([f"{answer.line}\n" async for answer in stub.ExportRecording(request)])


def deltas(events: list[chat_pb2.ChatEvent]) -> list[str]:
    return [event.delta.text for event in events if event.HasField("delta")]


async def test_a_conversation_with_a_lying_upstream_comes_out_the_same_to_the_byte(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    who = person()
    questions = (
        f"how many deposit messages came in yesterday? I am {SECRET}",
        "and by source?",
        "were there any spikes in withdrawals in February?",
        "break off: what did people say about deposits yesterday?",
    )
    said = []
    async with scripted_upstream(respond=lying) as upstream:
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url)
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            session = ""
            for question in questions:
                asking = message(question, session_id=session)
                said.append(await collect(rig.client.stub(who).SendMessage(asking)))
                session = said[0][0].started.session_id
            by_code = message("and by day?", session_id=session, model="builtin")
            said.append(await collect(rig.client.stub(who).SendMessage(by_code)))
            file = await recorded(rig, who, session)
            foreign = await error_of(
                rig.client.stub(person()).ExportRecording(recording_pb2.ExportRecordingRequest(session_id=session))
            )
    assert foreign.reason == ErrorReason.CONVERSATION_NOT_FOUND
    assert SECRET not in file
    replayed = [await replay(turn) for turn in read_recording(file)]
    assert all(turn.same_text and turn.same_numbers for turn in replayed)
    for events, again in zip(said, replayed, strict=True):
        assert [text.replace(SECRET, "[EMAIL_FF]") for text in deltas(events)] == list(again.tokens)
    masked = [turn.verification.masked for turn in replayed]
    assert masked[0] >= 2
    assert [turn.recorded.turn.status for turn in replayed][3:] == ["failed", "completed"]

    path = tmp_path / "session.jsonl"
    path.write_text(file, encoding="utf-8")
    assert await asyncio.to_thread(main, [str(path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out.splitlines()[-1])["turns"]) == len(said)
    path.write_text(file.replace("There were", "There was"), encoding="utf-8")
    assert await asyncio.to_thread(main, [str(path)]) == 1
    path.write_text("{}", encoding="utf-8")
    assert await asyncio.to_thread(main, [str(path)]) == 2


def test_a_recording_leaves_out_who_rated_its_answers() -> None:
    rating = conversation_pb2.TurnRating(
        rating=conversation_pb2.RATING_DOWN,
        comment=f"tell {SECRET}",
        author_id="0190f3d2-7b1c-7c2e-8b1a-111111111111",
        author_name="Ana Novak",
    )
    line = turn_line(chat_pb2.Turn(id="t", rating=rating), Flight())
    assert "RATING_DOWN" in line
    assert not any(part in line for part in (SECRET, "Ana", "1111"))


async def test_a_stopped_assistants_reply_is_replayed_up_to_where_it_was_stopped(world: World) -> None:
    who = person()
    async with scripted_upstream(Script(deltas=("One ", "two ", "three "), stall_after=3)) as upstream:
        places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url, llm_idle_seconds=30.0)
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            stub = rig.client.stub(who)
            request = chat_pb2.SendMessageRequest(text="count", mode=chat_pb2.MODE_ASSISTANT, now=timestamp(NOW))
            events: list[chat_pb2.ChatEvent] = []
            async for event in stub.SendMessage(request):
                events.append(event)
                if "".join(deltas(events)).endswith("three ") and event.HasField("delta"):
                    await stub.CancelReply(chat_pb2.CancelReplyRequest(reply_id=event.reply_id))
            file = await recorded(rig, who, events[0].started.session_id)
    (again,) = [await replay(turn) for turn in read_recording(file)]
    assert again.recorded.turn.status == "cancelled"
    assert list(again.tokens) == deltas(events)


def test_what_is_no_recording_says_so() -> None:
    for text in ("", "not json", '{"format": "earshot-recording", "version": 99, "mode": "analyst"}'):
        with pytest.raises(BadRecordingError):
            read_recording(text)
