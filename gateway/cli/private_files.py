"""Small JSON files only their owner can read, written in one step."""

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.runtime.private_files import write_private


def write_private_json(path: Path, value: dict[str, Any]) -> None:
    """Writes the file with mode 0600, its folder with mode 0700 where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(value))


def read_json(path: Path) -> dict[str, Any]:
    """The file's object; empty where there is no file, or none that can be used."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


@asynccontextmanager
async def exclusive(path: Path) -> AsyncIterator[None]:
    """A lock that one process holds at a time, by this file; it ends with its process."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w", encoding="utf-8") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield
