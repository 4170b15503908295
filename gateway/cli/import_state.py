"""The ids of imports, so that the same command goes on with the same import, or finds its rows stored already.

One small file per import: two imports at the same time never write the same file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.private_files import read_json, write_private_json
from gateway.cli.settings import state_folder
from services.runtime.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportState:
    """The memory of one import."""

    path: Path
    import_id: str
    resumed: bool
    repeated: bool = False
    """It had come to its end before."""

    def finish(self) -> None:
        """The import has come to its end; the same file again is the same import."""
        write_private_json(self.path, {**read_json(self.path), "ended": True})

    def forget(self) -> None:
        """The import was refused as a whole; the next one of this file is a new one."""
        self.path.unlink(missing_ok=True)


def recall(file: Path, options: Mapping[str, str], url: str) -> ImportState:
    """The state of importing this very content this way to this address; made and kept when new."""
    path = _path(file, options, url)
    if known := _import_id(path):
        ended = read_json(path).get("ended") is True
        return ImportState(path=path, import_id=known, resumed=not ended, repeated=ended)
    state = ImportState(path=path, import_id=new_id(), resumed=False)
    write_private_json(path, {"import_id": state.import_id, "file": str(file.resolve())})
    return state


def known_id(file: Path, options: Mapping[str, str], url: str) -> str:
    """The id under which this very content was imported this way to this address before; "" for none."""
    return _import_id(_path(file, options, url))


def _path(file: Path, options: Mapping[str, str], url: str) -> Path:
    with file.open("rb") as content:
        seen = hashlib.file_digest(content, "sha256").hexdigest()
    # The name tells apart formats that go by it.
    identity = [seen, file.suffix.lower(), sorted(options.items()), url]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return state_folder() / "imports" / f"{digest[:32]}.json"


def _import_id(path: Path) -> str:
    known = read_json(path).get("import_id")
    return known if isinstance(known, str) else ""
