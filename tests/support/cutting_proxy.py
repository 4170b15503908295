"""A TCP proxy that cuts each of its first connections after some bytes of the answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class CuttingProxy:
    """`cuts` are numbers of bytes, one for each connection in turn; the connections after those are whole."""

    host: str
    port: int
    cuts: list[int]
    url: str = ""
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        limit = self.cuts.pop(0) if self.cuts else None
        there, onward = await asyncio.open_connection(self.host, self.port)
        sending = asyncio.create_task(_copy(reader, onward, None))
        try:
            await _copy(there, writer, limit)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            for end in (onward, writer):
                end.transport.abort()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, limit: int | None) -> None:
    left = limit
    with suppress(ConnectionError):
        while (left is None or left > 0) and (data := await source.read(65_536 if left is None else min(left, 65_536))):
            left = None if left is None else left - len(data)
            target.write(data)
            await target.drain()


@asynccontextmanager
async def cutting_proxy(url: str, cuts: Sequence[int]) -> AsyncIterator[CuttingProxy]:
    """A proxy before the HTTP server at `url`."""
    host, port = url.removeprefix("http://").split(":")
    proxy = CuttingProxy(host=host, port=int(port), cuts=list(cuts))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
