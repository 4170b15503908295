"""Which imports have begun and not ended, so that the same command goes on with the same import id.

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

    def forget(self) -> None:
        """The import has come to its end; the next one of this file is a new one."""
        self.path.unlink(missing_ok=True)


def recall(file: Path, options: Mapping[str, str], url: str) -> ImportState:
    """The state of importing this very file (place, size, time) this way to this address; made and kept when new."""
    path = _path(file, options, url)
    if known := _import_id(path):
        return ImportState(path=path, import_id=known, resumed=True)
    state = ImportState(path=path, import_id=new_id(), resumed=False)
    write_private_json(path, {"import_id": state.import_id, "file": str(file.resolve())})
    return state


def unfinished(file: Path, options: Mapping[str, str], url: str) -> str:
    """The id of an import of this very file this way to this address that has not ended; "" for none."""
    return _import_id(_path(file, options, url))


def _path(file: Path, options: Mapping[str, str], url: str) -> Path:
    seen = file.stat()
    identity = [str(file.resolve()), seen.st_size, seen.st_mtime_ns, sorted(options.items()), url]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return state_folder() / "imports" / f"{digest[:32]}.json"


def _import_id(path: Path) -> str:
    known = read_json(path).get("import_id")
    return known if isinstance(known, str) else ""
