"""A TCP proxy that hurts: passes bytes on, swallows them, delays them, or refuses, as a test says while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Wire(StrEnum):
    """What becomes of bytes."""

    OPEN = "open"
    BLACKHOLE = "blackhole"
    DOWN = "down"


@dataclass(slots=True, kw_only=True)
class TcpProxy:
    """A listening proxy; set `wire` with `become`."""

    host: str
    target: int
    port: int = 0
    wire: Wire = Wire.OPEN
    delay_seconds: float = 0.0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def become(self, wire: Wire) -> None:
        """Changes the wire; DOWN also cuts what is open."""
        self.wire = wire
        if wire is Wire.DOWN:
            for writer in self._writers:
                writer.transport.abort()
        if wire is Wire.OPEN:
            self._opened.set()
        else:
            self._opened.clear()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # One that is cancelled before it has begun, or finds nobody there, closes nothing by itself.
        task.add_done_callback(lambda _: writer.close())

    def _is_down(self) -> bool:
        return self.wire is Wire.DOWN

    async def close(self) -> None:
        """Drops every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down():
            writer.transport.abort()
            return
        there, back = await (
            asyncio.open_unix_connection(self.host)
            if self.host.startswith("/")
            else asyncio.open_connection(self.host, self.target)
        )
        if self._is_down():  # cut while it was on its way
            writer.transport.abort()
            back.transport.abort()
            return
        self._writers |= {writer, back}
        pumps = [asyncio.ensure_future(self._pump(reader, back)), asyncio.ensure_future(self._pump(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            # Before anything is awaited: `close` may cancel this too.
            self._writers -= {writer, back}
            writer.close()
            back.close()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if self.wire is Wire.BLACKHOLE:
                    await self._opened.wait()
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return


@asynccontextmanager
async def tcp_proxy(target: int, *, host: str = "127.0.0.1") -> AsyncIterator[TcpProxy]:
    """A proxy on a free port in front of `host:target`, or of the socket whose path `host` is."""
    proxy = TcpProxy(host=host, target=target)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
