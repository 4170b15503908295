"""The committed generated code is what the contracts generate today."""

import filecmp
from pathlib import Path

from protos.generate import PROTOS, generate


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*.py*") if "__pycache__" not in path.parts}


def test_generated_code_is_up_to_date(tmp_path: Path) -> None:
    generate(tmp_path)
    fresh, committed = _files(tmp_path), _files(PROTOS / "gen")
    assert fresh == committed, "run `make protos`"
    _, different, unreadable = filecmp.cmpfiles(tmp_path, PROTOS / "gen", sorted(fresh), shallow=False)
    assert not different, "run `make protos`"
    assert not unreadable
