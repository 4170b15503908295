"""Idle streams up to the number of connections a gateway takes, and one more (T24)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.served_gateway import served_gateway

ROOM = 40


async def test_one_stream_too_many_is_refused_and_the_others_go_on(world: World, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {world.store.signer.sign(person())}"}
    settings = {"store_address": world.store.address, "max_connections": ROOM + 1, "ping_seconds": 1}
    async with (
        served_gateway(tmp_path, world.keys, **settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as http,
        AsyncExitStack() as streams,
    ):
        opened = [
            await streams.enter_async_context(http.stream("GET", "/api/v1/events", headers=headers))
            for _ in range(ROOM)
        ]
        assert {answer.status_code for answer in opened} == {200}
        lines = [answer.aiter_lines() for answer in opened]
        too_many = await http.get("/healthz")
        assert too_many.status_code == 503
        for each in lines:
            async for line in each:
                if line.startswith(": ping"):
                    break
            else:
                raise AssertionError("a stream ended")
        await opened[0].aclose()
        async with asyncio.timeout(10):
            while (await http.get("/healthz")).status_code != 200:  # noqa: ASYNC110 - the gateway has yet to hear of the end
                await asyncio.sleep(0.01)
