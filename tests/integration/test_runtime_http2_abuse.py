"""Clients that abuse HTTP/2 itself: rapid reset (CVE-2023-44487) and a flood of pings (T30, at a fifth of its size)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support import http2_frames
from tests.support.http2_frames import frame
from tests.support.probe import PROBE, Handlers, Rig, eventually, running_probe, text

RESETS = 2_000
PINGS = 2_000
ENHANCE_YOUR_CALM = 0xB


@asynccontextmanager
async def raw_connection(rig: Rig) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """An HTTP/2 connection on which nothing but the preface has been said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.server.port)
    writer.write(http2_frames.PREFACE + frame(http2_frames.SETTINGS))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def test_streams_that_are_reset_as_soon_as_they_are_opened_harm_no_other_client(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(), max_concurrent_rpcs=8) as rig, raw_connection(rig) as (_, writer):
        headers, other = http2_frames.call_headers(f"/{PROBE}/Stream", rig.token()), rig.stub()
        meanwhile = []
        for number in range(RESETS):
            stream = 2 * number + 1
            writer.write(frame(http2_frames.HEADERS, headers, flags=http2_frames.END_HEADERS, stream=stream))
            writer.write(frame(http2_frames.RST_STREAM, http2_frames.CANCEL.to_bytes(4, "big"), stream=stream))
            if number % 100 == 0:
                await asyncio.wait([asyncio.ensure_future(writer.drain())], timeout=1)
                meanwhile.append((await other.read(text(str(number)))).value)
        assert meanwhile == [str(number) for number in range(0, RESETS, 100)]
        await eventually(lambda: rig.metric("earshot_rpcs_in_flight") == 0)


async def test_a_flood_of_pings_ends_its_own_connection(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig, raw_connection(rig) as (reader, writer):
        other = rig.stub()
        writer.write(frame(http2_frames.PING, bytes(8)) * PINGS)
        async with asyncio.timeout(10):
            told = await reader.read(-1)
        assert http2_frames.goaway_code(told) == ENHANCE_YOUR_CALM
        assert (await other.read(text("alive"))).value == "alive"
