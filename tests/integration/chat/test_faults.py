"""What a chat does when the things under it fail: processes killed, Redis away, mute, slow or empty, the store away."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
from redis.asyncio import Redis

from deploy.local.servers import free_port
from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.convert import timestamp
from services.chat.stores.store_client import Store
from services.runtime.errors import InvalidInputError, UnavailableError
from services.runtime.status import from_rpc_error
from tests.support.chat import MODEL, ChatRig, chat_process, collect, error_of, running_chat, text_of, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import NOW, person
from tests.support.openai_server import Script, ScriptedUpstream, scripted_upstream
from tests.support.tcp_proxy import TcpProxy, Wire, tcp_proxy

WORDS = tuple(f"word{letter} " for letter in "abcdefghijklmnopqrstuvwxyz")
ENDLESS = Script(deltas=WORDS, stall_after=len(WORDS))
LEASE_SECONDS = 2.5


def message(text: str = "how many deposit messages came in yesterday?", **fields: Any) -> chat_pb2.SendMessageRequest:
    return chat_pb2.SendMessageRequest(text=text, now=timestamp(NOW), **fields)


def resume(reply_id: str, *, after_seq: int | None = None) -> chat_pb2.ResumeReplyRequest:
    return chat_pb2.ResumeReplyRequest(reply_id=reply_id, after_seq=after_seq)


async def turns(rig: ChatRig, identity: Any, session_id: str) -> list[chat_pb2.Turn]:
    response = await rig.client.stub(identity).ListTurns(chat_pb2.ListTurnsRequest(session_id=session_id))
    return list(response.turns)


@asynccontextmanager
async def behind_proxies(
    world: World, script: Script | None = None, **settings: Any
) -> AsyncIterator[tuple[ChatRig, TcpProxy, TcpProxy, ScriptedUpstream]]:
    """A chat that reaches Redis and the store through proxies: (chat, Redis's, the store's, upstream)."""
    redis, store = urlsplit(world.redis_url), world.store.address.rpartition(":")[2]
    async with (
        scripted_upstream(script or Script(deltas=WORDS)) as upstream,
        tcp_proxy(redis.port or 6379, host=redis.hostname or "127.0.0.1") as redis_wire,
        tcp_proxy(int(store)) as store_wire,
    ):
        credentials = redis.netloc.rpartition("@")[0]
        url = redis._replace(netloc=f"{credentials}@127.0.0.1:{redis_wire.port}".lstrip("@")).geturl()
        given = upstream_settings(
            upstream.base_url, llm_idle_seconds=30.0, chat_lease_seconds=LEASE_SECONDS, **settings
        )
        places: dict[str, Any] = {"store_address": f"127.0.0.1:{store_wire.port}", "redis_url": url}
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            yield rig, redis_wire, store_wire, upstream


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Asks again until it holds; TimeoutError after twenty seconds."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - what is waited for lies behind a wire that tells nothing
            await asyncio.sleep(0.1)


async def until_words(stream: Any) -> list[chat_pb2.ChatEvent]:
    found: list[chat_pb2.ChatEvent] = []
    async for event in stream:
        found.append(event)
        if WORDS[-2] in text_of(found):
            return found
    raise AssertionError("the stream ended")


async def test_a_reply_of_a_killed_process_fails_within_its_lease(world: World) -> None:
    who = person()
    async with (
        scripted_upstream(ENDLESS) as upstream,
        chat_process(
            world.keys,
            free_port(),
            store=world.store,
            redis_url=world.redis_url,
            EARSHOT_LLM_BASE_URL=upstream.base_url,
            EARSHOT_LLM_MODEL=MODEL,
            EARSHOT_CHAT_LEASE_SECONDS=str(LEASE_SECONDS),
        ) as (process, doomed),
        running_chat(
            world.keys,
            store_address=world.store.address,
            redis_url=world.redis_url,
            signer=world.store.signer,
            chat_lease_seconds=LEASE_SECONDS,
        ) as survivor,
    ):
        seen = await until_words(doomed.stub(who).SendMessage(message()))
        watching = asyncio.create_task(collect(survivor.client.stub(who).ResumeReply(resume(seen[0].reply_id))))
        again = survivor.client.stub(who).ResumeReply(resume(seen[0].reply_id))
        # The log may lag behind the caller; what it holds is what can be resumed.
        logged = await until_words(again)
        process.send_signal(signal.SIGKILL)
        async with asyncio.timeout(LEASE_SECONDS * 3):
            events = await watching
        session = seen[0].started.session_id
        kept = await turns(survivor, who, session)
        last = events[-1].seq
        outrun = [
            [event async for event in survivor.client.stub(who).ResumeReply(resume(seen[0].reply_id, after_seq=after))]
            for after in (last, last + 3)
        ]
        after = await collect(survivor.client.stub(who).SendMessage(message("and on telegram?", session_id=session)))
    failed = events[-1].failed
    assert (failed.code, failed.reason, failed.retryable) == ("UNAVAILABLE", "WORK_INTERRUPTED", True)
    assert text_of(events) in (text_of(logged), "".join(WORDS))
    assert [[(event.seq, event.failed) for event in found] for found in outrun] == [
        [(last + 1, failed)],
        [(last + 4, failed)],
    ], "who had read more than the log was given learns of the end as well"
    assert (kept[0].status, kept[0].answer) == ("failed", text_of(events))
    assert after[-1].HasField("completed")


async def test_a_message_to_the_session_of_a_killed_process_goes_through(world: World) -> None:
    who = person()
    async with (
        scripted_upstream(ENDLESS) as upstream,
        chat_process(
            world.keys,
            free_port(),
            store=world.store,
            redis_url=world.redis_url,
            EARSHOT_LLM_BASE_URL=upstream.base_url,
            EARSHOT_LLM_MODEL=MODEL,
            EARSHOT_CHAT_LEASE_SECONDS=str(LEASE_SECONDS),
        ) as (process, doomed),
        running_chat(
            world.keys, store_address=world.store.address, redis_url=world.redis_url, signer=world.store.signer
        ) as survivor,
    ):
        seen = await until_words(doomed.stub(who).SendMessage(message()))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        session, stub = seen[0].started.session_id, survivor.client.stub(who)
        await eventually(lambda: _is_free(stub, session))
        kept = await turns(survivor, who, session)
    assert [turn.status for turn in kept] == ["failed", "completed"]


async def _is_free(stub: Any, session: str) -> bool:
    try:
        return (await collect(stub.SendMessage(message("how many withdrawals?", session_id=session))))[-1].seq > 0
    except grpc.aio.AioRpcError as error:
        if from_rpc_error(error).reason != "CONVERSATION_BUSY":
            raise
        return False


@pytest.mark.parametrize("wire", [Wire.DOWN, Wire.BLACKHOLE])
async def test_without_redis_the_answer_is_unavailable_at_once(world: World, wire: Wire) -> None:
    who = person()
    async with behind_proxies(world) as (rig, redis_wire, _, _):
        stub = rig.client.stub(who)
        before = await collect(stub.SendMessage(message()))
        redis_wire.become(wire)
        for call in (
            stub.SendMessage(message()),
            stub.ResumeReply(resume(before[0].reply_id)),
            stub.CancelReply(chat_pb2.CancelReplyRequest(reply_id=before[0].reply_id)),
        ):
            async with asyncio.timeout(3):
                error = await error_of(call)
            assert (error.kind, error.reason) == ("unavailable", "MEMORY_UNAVAILABLE")
        redis_wire.become(Wire.OPEN)
        async with asyncio.timeout(5):
            after = await collect(
                stub.SendMessage(message("and on telegram?", session_id=before[0].started.session_id))
            )
    assert after[1].query.result.total == 3


async def test_a_slow_redis_is_an_absent_one(world: World) -> None:
    async with behind_proxies(world) as (rig, redis_wire, _, _):
        redis_wire.delay_seconds = 1.0
        async with asyncio.timeout(4):
            error = await error_of(rig.client.stub(person()).SendMessage(message()))
        assert error.reason == "MEMORY_UNAVAILABLE"


@pytest.mark.parametrize("wire", [Wire.DOWN, Wire.BLACKHOLE])
async def test_a_reply_survives_a_redis_that_goes_away(world: World, wire: Wire) -> None:
    who = person()
    script = Script(deltas=WORDS, delay_seconds=0.02)
    async with behind_proxies(world, script) as (rig, redis_wire, _, _):
        asking = rig.client.stub(who).SendMessage(message())
        first = await anext(aiter(asking))
        redis_wire.become(wire)
        async with asyncio.timeout(10):
            rest = [event async for event in asking]
        redis_wire.become(Wire.OPEN)
        await eventually(lambda: _has_turns(rig, who, first.started.session_id))
        kept = await turns(rig, who, first.started.session_id)
    assert rest[-1].HasField("completed")
    assert kept[0].answer == text_of(rest) == "".join(WORDS)


async def _has_turns(rig: ChatRig, who: Any, session_id: str) -> bool:
    try:
        return bool(await turns(rig, who, session_id))
    except grpc.aio.AioRpcError as error:
        if from_rpc_error(error).kind != "unavailable":
            raise
        return False


async def test_an_emptied_redis_loses_no_finished_turn_and_no_filters(world: World) -> None:
    who = person()
    async with behind_proxies(world) as (rig, _, _, _):
        stub = rig.client.stub(who)
        first = await collect(stub.SendMessage(message()))
        session = first[0].started.session_id
        await _flush(world)
        after = await collect(stub.SendMessage(message("and on telegram?", session_id=session)))
        kept = await turns(rig, who, session)
    assert after[1].query.result.total == 3
    assert [turn.text for turn in kept] == ["how many deposit messages came in yesterday?", "and on telegram?"]


async def test_a_redis_emptied_in_mid_reply_gets_it_written_anew(world: World) -> None:
    who = person()
    script = Script(deltas=WORDS, delay_seconds=0.05)
    async with behind_proxies(world, script) as (rig, _, _, _):
        stub = rig.client.stub(who)
        asking = stub.SendMessage(message())
        first = await anext(aiter(asking))
        await _flush(world)
        rest = [event async for event in asking]
        resumed = await collect(stub.ResumeReply(resume(first.reply_id)))
    assert resumed == [first, *rest]


async def _flush(world: World) -> None:
    client = Redis.from_url(world.redis_url, protocol=2)
    await client.flushall()
    await client.aclose()


async def test_without_the_store_nothing_begins(world: World) -> None:
    async with behind_proxies(world) as (rig, _, store_wire, _):
        store_wire.become(Wire.DOWN)
        async with asyncio.timeout(10):
            error = await error_of(rig.client.stub(person()).SendMessage(message()))
        assert (error.kind, error.reason) == ("unavailable", "STORE_UNAVAILABLE")


async def test_a_store_that_is_away_at_the_end_is_said_and_the_turn_is_kept_for_later(world: World) -> None:
    who = person()
    script = Script(deltas=WORDS, delay_seconds=0.03)
    async with behind_proxies(world, script) as (rig, _, store_wire, _):
        asking = rig.client.stub(who).SendMessage(message())
        first = await anext(aiter(asking))
        seen = [first]
        async for event in asking:
            seen.append(event)
            if event.HasField("delta"):
                store_wire.become(Wire.DOWN)
        failed = seen[-1].failed
        assert (failed.reason, failed.retryable) == ("STORE_UNAVAILABLE", True)
        assert text_of(seen) == "".join(WORDS)
        store_wire.become(Wire.OPEN)
        await eventually(lambda: _has_turns(rig, who, first.started.session_id))
        kept = await turns(rig, who, first.started.session_id)
    assert (kept[0].status, kept[0].answer) == ("failed", "".join(WORDS))


async def test_sigterm_ends_streams_in_good_order_and_exits_well(world: World) -> None:
    who = person()
    async with (
        scripted_upstream(ENDLESS) as upstream,
        chat_process(
            world.keys,
            free_port(),
            store=world.store,
            redis_url=world.redis_url,
            EARSHOT_LLM_BASE_URL=upstream.base_url,
            EARSHOT_LLM_MODEL=MODEL,
            EARSHOT_DRAIN_GRACE_SECONDS="4",
        ) as (process, client),
    ):
        asking = client.stub(who).SendMessage(message())
        await until_words(asking)
        process.send_signal(signal.SIGTERM)
        rest = [event async for event in asking]
        await upstream.wait_for(lambda server: server.open_sockets == 0)
        assert await process.wait() == 0
    assert rest[-1].cancelled.by == "shutdown"


@pytest.mark.parametrize("store_is_away", [False, True], ids=["its-writer", "whoever-comes-next"])
async def test_a_turn_that_the_store_will_never_take_does_not_block_its_session(
    world: World, monkeypatch: pytest.MonkeyPatch, store_is_away: bool
) -> None:
    who, append = person(), Store.append_turn
    errors = iter([UnavailableError()] if store_is_away else [])

    async def refused(store: Store, session_id: str, turn: conversation_pb2.StoredTurn) -> conversation_pb2.StoredTurn:
        if turn.question == message().text:
            raise next(errors, InvalidInputError.of_field("turn.details_json", "is too long"))
        return await append(store, session_id, turn)

    monkeypatch.setattr(Store, "append_turn", refused)
    places: dict[str, Any] = {"store_address": world.store.address, "redis_url": world.redis_url}
    async with running_chat(world.keys, signer=world.store.signer, **places) as rig:
        lost = await collect(rig.client.stub(who).SendMessage(message()))
        session = lost[0].started.session_id
        after = await collect(rig.client.stub(who).SendMessage(message("and on telegram?", session_id=session)))
        kept = await turns(rig, who, session)
    assert lost[-1].HasField("failed")
    assert after[-1].HasField("completed")
    assert [turn.text for turn in kept] == ["and on telegram?"]


async def test_failures_of_the_model_and_of_the_store_are_told_apart_by_fields(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """O14: by the logger and by the reason; each with the id of its request."""
    async with (
        scripted_upstream(Script(status=500)) as upstream,
        tcp_proxy(int(world.store.address.rpartition(":")[2])) as store_wire,
        chat_process(
            world.keys,
            free_port(),
            store=world.store,
            redis_url=world.redis_url,
            EARSHOT_STORE_ADDRESS=f"127.0.0.1:{store_wire.port}",
            EARSHOT_LLM_BASE_URL=upstream.base_url,
            EARSHOT_LLM_MODEL=MODEL,
            EARSHOT_LOG_FORMAT="json",
        ) as (process, client),
    ):
        stub = client.stub(person())
        assert (await collect(stub.SendMessage(message())))[-1].HasField("completed")
        store_wire.become(Wire.DOWN)
        assert (await error_of(stub.SendMessage(message()))).reason == "STORE_UNAVAILABLE"
        # A call's line is written after its answer.
        process.terminate()
        await process.wait()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    of_model = [line for line in lines if line["logger"] == "earshot.upstream"]
    of_store = [line for line in lines if line.get("reason") == "STORE_UNAVAILABLE"]
    assert [line["status"] for line in of_model] == [500]
    assert of_store
    assert not any(line in of_store for line in of_model)
    assert {line["request_id"] for line in of_model}.isdisjoint(line["request_id"] for line in of_store)
