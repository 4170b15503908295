"""A reader whose machine vanishes without a word: its stream ends, and with it what it asked for (T16)."""

import asyncio
import json
from pathlib import Path

import pytest

from earshot.chat.v1 import chat_pb2
from gateway import sse
from tests.integration.chat.test_replies import ENDLESS, WORDS, rigs, turns
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.served_gateway import served_gateway
from tests.support.vanishing import needs_linux, vanish


def request(token: str, path: str, body: object) -> bytes:
    """A POST on the wire."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: earshot\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def read_until(reader: asyncio.StreamReader, words: str) -> None:
    seen = b""
    while words.encode() not in seen:
        piece = await reader.read(65_536)
        assert piece, seen
        seen += piece


@needs_linux
async def test_the_upstream_of_a_vanished_reader_is_closed_though_nothing_is_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "UNACKNOWLEDGED_SECONDS", 1)
    who = person()
    async with rigs(world, ENDLESS) as ((rig,), upstream):
        places = {"store_address": world.store.address, "chat_address": rig.client.address}
        async with served_gateway(tmp_path, world.keys, ping_seconds=1, **places) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            asked = {"text": "hello", "mode": "assistant", "on_disconnect": "cancel"}
            writer.write(request(world.store.signer.sign(who), "/api/v1/chat/stream", asked))
            await read_until(reader, WORDS[-2])
            vanish(writer.get_extra_info("socket"))
            await upstream.wait_for(lambda server: server.open_sockets == 0)
            (session,) = (await rig.client.stub(who).ListSessions(chat_pb2.ListSessionsRequest())).sessions
            async with asyncio.timeout(30):
                while not (kept := await turns(rig, who, session.id)):  # noqa: ASYNC110 - the archive tells nobody
                    await asyncio.sleep(0.05)
            writer.transport.abort()
    assert [(turn.status, turn.answer) for turn in kept] == [("cancelled", "".join(WORDS))]
