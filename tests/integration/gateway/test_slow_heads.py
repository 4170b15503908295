"""Requests whose head never ends, or never ends growing, do not keep a connection (T30's slow headers, T29)."""

import asyncio
from pathlib import Path

import pytest

from gateway import connections
from services.runtime.keys import generate_keys
from tests.support.served_gateway import served_gateway

HEALTH = b"GET /healthz HTTP/1.1\r\nhost: earshot\r\n\r\n"


async def opened(port: int, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    return reader, writer


async def answer_to(port: int, said: bytes) -> bytes:
    """All that is answered until the other side closes."""
    reader, writer = await opened(port, said)
    async with asyncio.timeout(10):
        answered = await reader.read(-1)
    writer.close()
    return answered


UNFINISHED = (b"", b"G", b"GET /healthz HTTP/1.1\r\nhost: ear", HEALTH + b"GET /healthz HT")


async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    keys = generate_keys(tmp_path / "keys")
    async with served_gateway(tmp_path, keys.public_key.parent, max_connections=len(UNFINISHED) + 1) as port:
        answers = await asyncio.gather(*(answer_to(port, said) for said in UNFINISHED))
        assert all(b"HTTP/1.1 408 " in answered for answered in answers)
        assert [answered.count(b"HTTP/1.1 200 ") for answered in answers] == [0, 0, 0, 1]
        reader, writer = await opened(port, HEALTH)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    keys = generate_keys(tmp_path / "keys")
    async with served_gateway(tmp_path, keys.public_key.parent) as port:
        endless = b"GET /healthz HTTP/1.1\r\nx-long: " + b"a" * (connections.MAX_HEAD_BYTES + 1)
        assert (await answer_to(port, endless)).startswith(b"HTTP/1.1 431 ")
