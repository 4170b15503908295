"""A plain static host: files, and the rules of `_headers` and `_redirects` as Cloudflare Pages reads them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.served_gateway import served

RULES = {"_headers", "_redirects"}


@asynccontextmanager
async def static_host(folder: Path) -> AsyncIterator[str]:
    """Its origin. The folder may be filled later; the rules are read anew for each request."""

    async def give(request: Request) -> Response:
        path = _rewritten(folder, request.url.path)
        file = folder / (path.lstrip("/") or "index.html")
        found = file.is_file() and file.name not in RULES
        response = FileResponse(file) if found else PlainTextResponse("Not found\n", 404)
        for pattern, name, value in read_headers(folder):
            if fnmatchcase(request.url.path, pattern):
                response.headers.append(name, value)
        return response

    app = Starlette(routes=[Route("/{path:path}", give)])
    async with served(uvicorn.Config(app, log_config=None, access_log=False)) as port:
        yield f"http://localhost:{port}"


def read_headers(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(pattern, name, value) of every header: an indented line belongs to the pattern above it."""
    pattern = ""
    for line in (folder / "_headers").read_text(encoding="ascii").splitlines():
        if line.startswith(" "):
            name, value = line.split(":", 1)
            yield pattern, name.strip(), value.strip()
        else:
            pattern = line


def _rewritten(folder: Path, path: str) -> str:
    for rule in (folder / "_redirects").read_text(encoding="ascii").splitlines():
        pattern, there, status = rule.split()
        assert status == "200", "anything else would be a redirect, of which we have none"
        if fnmatchcase(path, pattern):
            return there
    return path
