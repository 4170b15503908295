"""SIGTERM at the gateway while streams run: each ends in order, and so does the process (T40)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.local.servers import free_port
from gateway.cli.server_events import ServerEvent, read_events
from services.runtime.auth import TokenSigner
from tests.integration.chat.test_replies import ENDLESS, WORDS, resume, rigs
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.traces import collecting_traces

GRACE_SECONDS = 3
QUESTION = {"text": "how many messages came in yesterday?", "time_zone": "UTC"}


@asynccontextmanager
async def gateway_process(
    folder: Path, world: World, chat_address: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """A gateway as a process, serving, and a client of it without a token."""
    token, port = folder / "service-token", free_port()
    signer = TokenSigner.from_file(world.keys / "signing-key.pem")
    token.write_text(signer.sign_service("gateway", workspace_id="default"), encoding="ascii")
    given = {
        "EARSHOT_HTTP_PORT": str(port),
        "EARSHOT_STORE_ADDRESS": world.store.address,
        "EARSHOT_CHAT_ADDRESS": chat_address,
        "EARSHOT_PUBLIC_KEY_FILE": str(world.keys / "public-key.pem"),
        "EARSHOT_PRIVATE_KEY_FILE": str(world.keys / "signing-key.pem"),
        "EARSHOT_SERVICE_TOKEN_FILE": str(token),
        "EARSHOT_HTTP_GRACE_SECONDS": str(GRACE_SECONDS),
        # No span leaves by itself before the process ends.
        "OTEL_BSP_SCHEDULE_DELAY": "3600000",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", env={**os.environ, **given})
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            await alive(http)
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def alive(http: httpx.AsyncClient) -> None:
    """Returns when it answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                await http.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)  # there is no event: it listens or does not
            else:
                return


async def until_words(events: AsyncIterator[ServerEvent]) -> list[ServerEvent]:
    """The events up to the last words that come."""
    seen: list[ServerEvent] = []
    async for event in events:
        seen.append(event)
        if event.name == "delta" and WORDS[-2] in event.data["text"]:
            return seen
    raise AssertionError("the stream ended")


async def test_streams_end_with_a_word_that_they_can_be_resumed_and_the_process_with_0(
    world: World, tmp_path: Path
) -> None:
    who = person()
    headers = {"Authorization": f"Bearer {world.store.signer.sign(who)}"}
    with collecting_traces() as traces:
        async with (
            rigs(world, ENDLESS) as ((rig,), _),
            gateway_process(tmp_path, world, rig.client.address) as (process, http),
            http.stream("POST", "/api/v1/chat/stream", json=QUESTION, headers=headers) as reply,
            http.stream("GET", "/api/v1/events", headers=headers) as live,
        ):
            events, changes = read_events(reply.aiter_bytes()), read_events(live.aiter_bytes())
            assert (await anext(changes)).name == "position"
            seen = await until_words(events)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(GRACE_SECONDS + 5):
                # Without an end of its own it is not waited for.
                assert [event.name async for event in changes if event.name != "position"] == []
                rest = [event async for event in events]
                assert await process.wait() == 0
            going_on = rig.client.stub(who).ResumeReply(resume(seen[0].data["reply_id"], int(seen[-1].id)))
            await rig.chat.replies.stop("shutdown")
            after = [event async for event in going_on]
        sent = [item.span.name for item in traces.spans if item.service == "earshot-gateway"]
    assert [(event.name, event.id) for event in rest] == [("failed", "")]
    assert (rest[0].data["reason"], rest[0].data["retryable"]) == ("STREAM_CUT", True)
    assert after[-1].cancelled.by == "shutdown", "the reply went on until the chat was stopped"
    assert "POST /api/v1/chat/stream" in sent, "what was traced last is sent"
