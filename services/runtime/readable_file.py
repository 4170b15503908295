"""The type of a setting that names a file."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _readable(path: Path) -> Path:
    expanded = path.expanduser()
    if not expanded.is_file():
        raise ValueError(f"there is no file {expanded}")
    return expanded


ReadableFile = Annotated[Path, AfterValidator(_readable)]
"""A path to a file that exists now, so that a wrong one is reported with the other problems."""
