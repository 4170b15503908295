"""Files that only their owner can read: keys, tokens, credentials."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Writes a file with mode 0600 in one step: a reader sees the old text or the new one, never a part."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
