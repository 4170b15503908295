"""A webhook: a real HTTP server that keeps what is posted to it and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True, kw_only=True)
class Hook:
    """What was posted, and the statuses of the next answers; 200 when there is none left."""

    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    held: asyncio.Event | None = None
    """Answers wait for it."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def received(self, count: int) -> list[Posted]:
        """The requests, when there are so many of them."""
        async with asyncio.timeout(60):
            while len(self.posted) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.posted

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._take(reader, writer)
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        body = await reader.readexactly(int(headers["content-length"]))
        self.posted.append(Posted(path=head[0].split()[1], headers=headers, body=body))
        self._changed.set()
        if self.held is not None:
            await self.held.wait()
        with suppress(ConnectionError):  # whoever posted may be dead by now
            await self._answer(writer)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        status = self.statuses.pop(0) if self.statuses else 200
        location = f"Location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {status} OK\r\nContent-Length: 0\r\n{location}Connection: close\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def webhook() -> AsyncIterator[Hook]:
    """A hook on a free port of this machine."""
    hook = Hook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    hook.port = server.sockets[0].getsockname()[1]
    async with server:
        yield hook
