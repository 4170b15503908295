"""A Bot API server that says what its script says: real HTTP on localhost, updates with an offset like Telegram's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "4242:a-token-of-botfather"


@dataclass(slots=True)
class BotApi:
    """Updates that wait, and answers to give before them (status, body). `offsets`: what was asked for."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        address = urlsplit(path)
        if address.path != f"/bot{TOKEN}/getUpdates":
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        if self.troubles:
            return self.troubles.pop(0)
        offset = int(parse_qs(address.query)["offset"][0])
        self.offsets.append(offset)
        return 200, {"ok": True, "result": [item for item in self.updates if item["update_id"] >= offset]}

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        status, body = self.answer(request.split(b" ", 2)[1].decode())
        data = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + data)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def bot_api(*updates: dict[str, Any]) -> AsyncIterator[BotApi]:
    """Serves the script on a free port."""
    api = BotApi(updates=list(updates))
    server = await asyncio.start_server(api.accept, "127.0.0.1", 0)
    api.port = server.sockets[0].getsockname()[1]
    try:
        yield api
    finally:
        server.close()
        await server.wait_closed()
