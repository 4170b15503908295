"""What a session remembers: told, shown, corrected, forgotten, bounded by tokens; and reported as it was sent."""

from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2, memory_pb2
from services.runtime.ids import new_id
from tests.integration.chat.test_replies import message, rigs, turns
from tests.support.chat import collect, error_of, text_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.openai_server import Script

FINE = Script(deltas=("Fine.",))
FACT = memory_pb2.MEMORY_KIND_FACT


async def entries(stub: Any, session: str) -> list[memory_pb2.MemoryEntry]:
    return list((await stub.GetMemory(memory_pb2.GetMemoryRequest(session_id=session))).entries)


def forget(session: str, **what: Any) -> memory_pb2.ForgetMemoryRequest:
    return memory_pb2.ForgetMemoryRequest(session_id=session, **what)


async def flush(world: World) -> None:
    client = Redis.from_url(world.redis_url, protocol=2)
    await client.flushall()
    await client.aclose()


async def test_what_is_told_is_kept_with_its_turn_and_survives_an_emptied_redis(world: World) -> None:
    who = person()
    async with rigs(world, FINE, count=2) as ((one, two), upstream):
        stub = one.client.stub(who)
        first = await collect(stub.SendMessage(message()))
        session = first[0].started.session_id
        noted = await collect(stub.SendMessage(message("Remember that Monday was a holiday.", session_id=session)))
        await flush(world)
        kept = await entries(two.client.stub(who), session)
        await collect(two.client.stub(who).SendMessage(message("and on telegram?", session_id=session)))
    assert [event.notice.kind for event in noted if event.HasField("notice")] == ["remembered"]
    assert "kept for this conversation" in text_of(noted)
    assert (kept[0].kind, kept[0].text, kept[0].turn_number) == (FACT, "Monday was a holiday.", 2)
    assert kept[1].kind == memory_pb2.MEMORY_KIND_FILTERS
    assert "- Monday was a holiday. (turn 2)" in upstream.requests[-1]["messages"][-1]["content"]


async def test_entries_are_corrected_added_and_forgotten(world: World) -> None:
    who = person()
    async with rigs(world, FINE) as ((rig,), upstream):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message("Note: our canary is called Koko.")))
        session = first[0].started.session_id
        (told,) = [entry for entry in await entries(stub, session) if entry.kind == FACT]
        edit = memory_pb2.EditMemoryRequest(session_id=session, entry_id=told.id, text="Our canary is called Pip.")
        mended = (await stub.EditMemory(edit)).entry
        assert (mended.id, mended.turn_number) == (told.id, 1)
        short = memory_pb2.EditMemoryRequest(
            session_id=session, kind=memory_pb2.MEMORY_KIND_PREFERENCE, text="keep answers short"
        )
        await stub.EditMemory(short)
        await collect(stub.SendMessage(message(session_id=session)))
        sent = upstream.requests[-1]["messages"][-1]["content"]
        assert "Pip" in sent
        assert "Be brief" in sent
        await stub.ForgetMemory(forget(session, entry_id=told.id))
        await collect(stub.SendMessage(message(session_id=session)))
        assert "Pip" not in upstream.requests[-1]["messages"][-1]["content"]
        missing = memory_pb2.EditMemoryRequest(session_id=session, entry_id=new_id(), text="x")
        assert (await error_of(stub.EditMemory(missing))).reason == "MEMORY_NOT_FOUND"


async def test_what_was_told_is_forgotten_in_words_with_the_turns_that_say_it(world: World) -> None:
    who = person()
    async with rigs(world, FINE) as ((rig,), upstream):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message("Remember that I work for Canary Casino.")))
        session = first[0].started.session_id
        await collect(stub.SendMessage(message("My name is Pip.", session_id=session)))
        await collect(stub.SendMessage(message("what do you remember?", session_id=session)))
        done = await collect(stub.SendMessage(message("forget that I work for the canary casino", session_id=session)))
        asking = message("Delete my name. How many messages came in yesterday?", session_id=session)
        beside = await collect(stub.SendMessage(asking))
        await collect(stub.SendMessage(message(session_id=session)))
        left = [entry for entry in await entries(stub, session) if entry.kind == FACT]
        history = await turns(rig, who, session)
    assert text_of(done).startswith("Forgotten: “I work for Canary Casino”.")
    assert [event.notice.kind for event in beside if event.HasField("notice")] == ["forgotten"]
    assert beside[0].started.interpretation.query.HasField("range")
    assert left == []
    sent = str(upstream.requests[-1]["messages"]).lower()
    assert "canary" not in sent
    assert "pip" not in sent
    assert len(history) == 6


async def test_an_entry_goes_with_the_turn_that_said_it(world: World) -> None:
    who = person()
    async with rigs(world, FINE) as ((rig,), upstream):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message("Remember that our canary is called Koko.")))
        session = first[0].started.session_id
        (told,) = [entry for entry in await entries(stub, session) if entry.kind == FACT]
        await stub.ForgetMemory(forget(session, entry_id=told.id))
        await collect(stub.SendMessage(message(session_id=session)))
    assert "koko" not in str(upstream.requests[-1]["messages"]).lower()


@pytest.mark.parametrize("count_known", [True, False], ids=["kept", "first-entry"])
async def test_what_is_forgotten_while_the_memory_is_read_is_not_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch, count_known: bool
) -> None:
    who = person()
    async with rigs(world, FINE) as ((rig,), _):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message()))
        session = first[0].started.session_id
        add = memory_pb2.EditMemoryRequest(session_id=session, kind=FACT, text="Our canary is called Koko.")
        if count_known:
            await stub.EditMemory(add)
        archive, step = rig.chat.replies._archive, "_notes" if count_known else "_branch"
        read = getattr(archive, step)

        async def edited_meanwhile(*args: Any) -> Any:
            monkeypatch.undo()
            found = await read(*args)
            if count_known:
                await stub.ForgetMemory(forget(session, everything=True))
            else:
                await stub.EditMemory(add)
            return found

        await flush(world)
        monkeypatch.setattr(archive, step, edited_meanwhile)
        await entries(stub, session)
        kept = [entry.text for entry in await entries(stub, session) if entry.kind == FACT]
    assert kept == ([] if count_known else [add.text])


async def test_forgotten_turns_stay_in_the_history_and_reach_no_model(world: World) -> None:
    who = person()
    async with rigs(world, FINE) as ((rig,), upstream):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message("how many deposit messages about canaryone?")))
        session = first[0].started.session_id
        await collect(stub.SendMessage(message("how many bonus messages about canarytwo?", session_id=session)))
        await stub.ForgetMemory(forget(session, turn_number=1))
        await collect(stub.SendMessage(message("how many withdrawals?", session_id=session)))
        assert "canaryone" not in str(upstream.requests[-1]["messages"])
        assert "canarytwo" in str(upstream.requests[-1]["messages"])
        await stub.ForgetMemory(forget(session, everything=True))
        await flush(world)
        after = await collect(stub.SendMessage(message("how many messages came in yesterday?", session_id=session)))
        assert "canarytwo" not in str(upstream.requests[-1]["messages"])
        assert not after[0].started.interpretation.query.filters.categories.any_of
        assert len(await turns(rig, who, session)) == 4
        shown = await stub.GetMemory(memory_pb2.GetMemoryRequest(session_id=session))
        assert (shown.forgotten_through, list(shown.forgotten_turns)) == (3, [])


async def test_a_report_says_what_was_sent_and_what_was_left_out(world: World) -> None:
    who = person()
    async with rigs(world, FINE, chat_memory_turns=2) as ((rig,), upstream):
        stub = rig.client.stub(who)
        events = await collect(stub.SendMessage(message()))
        session = events[0].started.session_id
        for question in (
            "and on telegram?",
            "and yesterday?",
            "how many bonus messages came in yesterday? ana@example.com asks",
        ):
            events = await collect(stub.SendMessage(message(question, session_id=session)))
        told = await stub.GetContextReport(memory_pb2.GetContextReportRequest(turn_id=events[0].reply_id))
        by_code = await collect(stub.SendMessage(message("hello", session_id=session)))
        none = await stub.GetContextReport(memory_pb2.GetContextReportRequest(turn_id=by_code[0].reply_id))
    report = told.report
    assert [(m.role, m.content) for m in report.messages] == [
        (m["role"], m["content"]) for m in upstream.requests[-1]["messages"]
    ]
    assert [(part.kind, list(part.turn_numbers), part.sent) for part in report.parts] == [
        ("system", [], True),
        # There is no classifier here that could look for turns of like meaning.
        ("recalled", [], False),
        ("summary", [1], True),
        ("turn", [2], True),
        ("turn", [3], True),
        ("question", [], True),
    ]
    assert (report.reported_tokens, report.model, dict(report.redacted)) == (11, "scripted", {"email": 1})
    assert report.estimated_tokens <= report.budget_tokens
    assert not none.HasField("report")


async def test_a_long_session_answers_within_its_budget(world: World) -> None:
    who = person()
    talkative = Script(deltas=("x" * 4_000,))
    async with rigs(world, talkative, llm_context_tokens=3_000, llm_max_tokens=200) as ((rig,), _):
        stub = rig.client.stub(who)
        session = ""
        for number in range(6):
            asking = message(f"tell me more, {number}", mode=chat_pb2.MODE_ASSISTANT, session_id=session)
            events = await collect(stub.SendMessage(asking))
            session = events[0].started.session_id
            assert events[-1].HasField("completed")
        request = memory_pb2.GetContextReportRequest(turn_id=events[0].reply_id)
        report = (await stub.GetContextReport(request)).report
    assert report.estimated_tokens <= report.budget_tokens == 2_800
    assert {part.reason for part in report.parts if not part.sent} == {"budget"}


async def test_another_persons_memory_does_not_exist(world: World) -> None:
    owner, stranger = person(), person()
    async with rigs(world, FINE) as ((rig,), _):
        events = await collect(rig.client.stub(owner).SendMessage(message("Remember that my canary sings.")))
        session, stub = events[0].started.session_id, rig.client.stub(stranger)
        calls = [
            stub.GetMemory(memory_pb2.GetMemoryRequest(session_id=session)),
            stub.EditMemory(memory_pb2.EditMemoryRequest(session_id=session, text="mine")),
            stub.ForgetMemory(forget(session, everything=True)),
            stub.ForgetMemory(forget(session, turn_number=1)),
        ]
        assert {(await error_of(call)).reason for call in calls} == {"CONVERSATION_NOT_FOUND"}
        report = stub.GetContextReport(memory_pb2.GetContextReportRequest(turn_id=events[0].reply_id))
        assert (await error_of(report)).reason == "TURN_NOT_FOUND"


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"everything": False},
        {"turn_number": 0},
        {"entry_id": "filters"},
        {"entry_id": "turn:x"},
        {"entry_id": "turn:" + "1" * 5_000},
        {"entry_id": ""},
    ],
)
async def test_nothing_named_is_refused(world: World, what: dict[str, Any]) -> None:
    async with rigs(world, FINE) as ((rig,), _):
        stub = rig.client.stub(person())
        session = (await collect(stub.SendMessage(message())))[0].started.session_id
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ForgetMemory(forget(session, **what))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
