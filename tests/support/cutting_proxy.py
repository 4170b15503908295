"""A TCP proxy that spoils its first connections after some bytes of the answer: it cuts them, or lets them stall."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class CuttingProxy:
    """`limits` are numbers of bytes, one for each connection in turn; the connections after those are whole.

    A connection whose answer is over before its limit leaves it to the next one.
    """

    host: str
    port: int
    limits: list[int]
    stall: bool
    url: str = ""
    connections: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an answer has come to its limit."""
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self.tasks.add(task)
        # One that is cancelled before it has begun closes nothing by itself.
        task.add_done_callback(lambda _: writer.close())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        limit = self.limits.pop(0) if self.limits else None
        there, onward = await asyncio.open_connection(self.host, self.port)
        ways = {asyncio.create_task(_copy(reader, onward)), asyncio.create_task(self._answer(there, writer, limit))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            onward.transport.abort()
            writer.transport.abort()

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, limit: int | None) -> None:
        left = await _copy(source, target, limit)
        if left:
            self.limits.insert(0, limit or 0)
        elif limit is not None:
            self.reached.set()
            if self.stall:
                await asyncio.Event().wait()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, limit: int | None = None) -> int | None:
    """What is left of the limit at the end."""
    left = limit
    with suppress(ConnectionError):
        while (left is None or left > 0) and (data := await source.read(65_536 if left is None else left)):
            left = None if left is None else left - len(data)
            target.write(data)
            await target.drain()
    return left


@asynccontextmanager
async def cutting_proxy(url: str, limits: Sequence[int], *, stall: bool = False) -> AsyncIterator[CuttingProxy]:
    """A proxy before the HTTP server at `url`."""
    host, port = url.removeprefix("http://").split(":")
    proxy = CuttingProxy(host=host, port=int(port), limits=list(limits), stall=stall)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in proxy.tasks:
            task.cancel()
        await asyncio.gather(*proxy.tasks, return_exceptions=True)
