"""A real HTTP server with one file on it, that knows ranges, can break off, redirect or say something else."""

import asyncio
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A .tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A .zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(slots=True, kw_only=True)
class ArchiveServer:
    """What it serves, how it misbehaves, and what it was asked."""

    content: bytes
    port: int = 0
    status: int = 200
    """Of every answer, where it is no success."""
    redirect: str = ""
    knows_ranges: bool = True
    break_off_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers end before their time."""
    asked_from: list[int] = field(default_factory=list)
    """The first byte of each request; 0 for all of it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/models/model.tar.gz?token=secret"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            asked = re.search(r"range: bytes=(\d+)-", head)
            start = int(asked.group(1)) if asked else 0
            self.asked_from.append(start)
            writer.write(self._answer(start if self.knows_ranges else 0))
            await writer.drain()
        finally:
            writer.close()

    def _answer(self, start: int) -> bytes:
        if self.redirect:
            return f"HTTP/1.1 302 Found\r\nLocation: {self.redirect}\r\nContent-Length: 0\r\n\r\n".encode()
        if start >= len(self.content) or self.status != 200:
            status = self.status if self.status != 200 else 416
            return f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
        body = self.content[start:]
        line = f"HTTP/1.1 {206 if start else 200} OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        if start:
            line += f"Content-Range: bytes {start}-{len(self.content) - 1}/{len(self.content)}\r\n"
        cut = self.break_off_after.pop(0) if self.break_off_after else len(body)
        return line.encode() + b"\r\n" + body[:cut]


@asynccontextmanager
async def archive_server(content: bytes) -> AsyncIterator[ArchiveServer]:
    """The server, on a free port of this machine."""
    archive = ArchiveServer(content=content)
    server = await asyncio.start_server(archive.serve, "127.0.0.1", 0)
    archive.port = server.sockets[0].getsockname()[1]
    async with server:
        yield archive
