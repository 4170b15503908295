"""kill -9 of Redis while people talk: no finished answer is lost, and the chat goes on when it is back (T08)."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from redis.asyncio import Redis

from deploy.local.redis_server import redis_executable
from deploy.local.servers import embedded_redis
from earshot.chat.v1 import chat_pb2
from services.runtime.auth import Identity
from services.runtime.errors import ErrorKind
from services.runtime.status import from_rpc_error
from tests.integration.chat.test_replies import message, turns
from tests.support.chat import ChatRig, collect, running_chat, text_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.probe import eventually

TALKERS = 8
ANSWERS = 20
"""Before Redis is killed, and again when it is back."""


class Talk:
    """People who ask one after the other, and what they were told to the end."""

    def __init__(self, rig: ChatRig) -> None:
        self._rig = rig
        self._over = asyncio.Event()
        self.told: list[tuple[Identity, list[chat_pb2.ChatEvent]]] = []
        self.refused = 0

    async def ask(self) -> None:
        """Until it is over. Whoever is refused hears that something is unavailable."""
        while not self._over.is_set():
            who = person()
            try:
                events = await collect(self._rig.client.stub(who).SendMessage(message(model="builtin"), timeout=20))
            except grpc.aio.AioRpcError as error:
                assert from_rpc_error(error).kind is ErrorKind.UNAVAILABLE  # noqa: PT017 - the others are answered
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            if events[-1].HasField("completed"):
                self.told.append((who, events))

    async def more(self) -> None:
        """Returns when so many more were told."""
        wanted = len(self.told) + ANSWERS
        await eventually(lambda: len(self.told) >= wanted)

    def end(self) -> None:
        """Nobody begins to ask any more."""
        self._over.set()


async def kill(url: str) -> None:
    async with Redis.from_url(url) as redis:
        process = (await redis.info("server"))["process_id"]
    os.kill(process, signal.SIGKILL)


@asynccontextmanager
async def restarted(folder: Path) -> AsyncIterator[None]:
    """The same Redis again, over what its log holds."""
    command = (str(redis_executable()), str(folder / "redis.conf"))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def test_a_killed_redis_loses_no_answer_that_was_given(world: World, tmp_path: Path) -> None:
    places: dict[str, Any] = {"store_address": world.store.address, "signer": world.store.signer}
    async with embedded_redis(tmp_path) as url, running_chat(world.keys, redis_url=url, **places) as rig:
        talk = Talk(rig)
        asking = [asyncio.create_task(talk.ask()) for _ in range(TALKERS)]
        await talk.more()
        await kill(url)
        await eventually(lambda: talk.refused > 0)
        async with restarted(tmp_path):
            await talk.more()
            talk.end()
            await asyncio.gather(*asking)
            for who, events in talk.told:
                (kept,) = await turns(rig, who, events[0].started.session_id)
                assert (kept.id, kept.status, kept.answer) == (events[0].reply_id, "completed", text_of(events))
