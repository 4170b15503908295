"""Small JSON files only their owner can read, written in one step."""

import json
import os
from pathlib import Path
from typing import Any


def write_private_json(path: Path, value: dict[str, Any]) -> None:
    """Writes the file with mode 0600, its folder with mode 0700 where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The file's object; empty where there is no file, or none that can be used."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
