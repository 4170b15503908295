"""Who waits for an answer and hangs up ends what is behind it, as a reader of a running stream does (B7)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from earshot.chat.v1 import chat_pb2
from services.chat.stores.keyspace import Owner
from tests.integration.chat.test_replies import ENDLESS, WORDS, message, rigs, turns, until_text
from tests.support.chat import ChatRig
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.openai_server import Script, ScriptedUpstream
from tests.support.served_gateway import served_gateway

TALK = {"text": "hello", "mode": "assistant"}
COMPLETION = {
    "model": "earshot",
    "messages": [{"role": "user", "content": "how many deposits yesterday?"}],
}
SOON = 5.0


@asynccontextmanager
async def left(
    world: World, folder: Path, script: Script, path: str, body: dict[str, Any], **headers: str
) -> AsyncIterator[tuple[ChatRig, Any, ScriptedUpstream]]:
    """A chat whose model has begun to answer a caller of the gateway who then hung up: chat, caller, model."""
    who = person()
    headers["Authorization"] = f"Bearer {world.store.signer.sign(who)}"
    async with rigs(world, script) as ((rig,), upstream):
        places = {"store_address": world.store.address, "chat_address": rig.client.address}
        async with served_gateway(folder, world.keys, **places) as port:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                asking = asyncio.create_task(http.post(path, json=body, headers=headers))
                await upstream.wait_for(lambda server: server.bytes_sent > 0)
                asking.cancel()
            yield rig, who, upstream


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/api/v1/chat", {**TALK, "on_disconnect": "cancel"}, {}),
        ("/api/v1/chat/stream", {**TALK, "on_disconnect": "cancel"}, {"Accept": "application/json"}),
        ("/v1/chat/completions", COMPLETION, {}),
    ],
)
async def test_the_model_is_left_alone(
    world: World, tmp_path: Path, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    async with left(world, tmp_path, ENDLESS, path, body, **headers) as (_, _, upstream):
        await upstream.wait_for(lambda server: server.open_sockets == 0, timeout_seconds=SOON)
    assert len(upstream.requests) == 1


async def test_a_reply_that_is_to_go_on_does(world: World, tmp_path: Path) -> None:
    slow = Script(deltas=WORDS, delay_seconds=0.02)
    async with left(world, tmp_path, slow, "/api/v1/chat", TALK) as (rig, who, _):
        (session,) = (await rig.client.stub(who).ListSessions(chat_pb2.ListSessionsRequest())).sessions
        async with asyncio.timeout(30):
            while not (kept := await turns(rig, who, session.id)):  # noqa: ASYNC110 - the archive tells nobody
                await asyncio.sleep(0.05)
    assert [(turn.status, turn.answer) for turn in kept] == [("completed", "".join(WORDS))]


async def test_a_message_that_waits_for_its_turn_goes_with_its_caller(world: World, tmp_path: Path) -> None:
    who = person()
    headers = {"Authorization": f"Bearer {world.store.signer.sign(who)}"}
    asked = {"text": "how many messages came in yesterday?", "when_busy": "queue"}
    kept: Redis = Redis.from_url(world.redis_url, protocol=2)
    async with rigs(world, ENDLESS) as ((rig,), _):
        running = rig.client.stub(who).SendMessage(message())
        session = (await until_text(running))[0].started.session_id
        queue = Owner.of(who).queue(session)
        places = {"store_address": world.store.address, "chat_address": rig.client.address}
        async with served_gateway(tmp_path, world.keys, **places) as port:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                path = f"/api/v1/sessions/{session}/messages"
                asking = asyncio.create_task(http.post(path, json=asked, headers=headers))
                await _until(lambda: kept.zcard(queue), 1)
                asking.cancel()
            await _until(lambda: kept.zcard(queue), 0)
    await kept.aclose()


async def _until(read: Callable[[], Awaitable[int]], wanted: int) -> None:
    async with asyncio.timeout(SOON):
        while await read() != wanted:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.02)
