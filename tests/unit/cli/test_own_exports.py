"""An export of Earshot is known by its columns, so that taking it back doubles nothing."""

import json
from pathlib import Path

import pytest

from gateway.cli.import_command import is_own_export
from services.store.exporting.columns import COLUMNS

FORM = {"format": "auto", "delimiter": ","}


@pytest.mark.parametrize(
    ("name", "content", "own"),
    [
        ("a.csv", ",".join(COLUMNS) + "\n" + "," * (len(COLUMNS) - 1) + "\n", True),
        ("a.jsonl", json.dumps(dict.fromkeys(COLUMNS, "")) + "\n", True),
        ("a.csv", ",".join(COLUMNS) + "\n", False),
        ("a.csv", "id,text,user_id,timestamp\n1,hello,u,2026-03-01\n", False),
        ("a.csv", "", False),
        ("a.csv", "PK\x03\x04", False),
    ],
)
def test_an_export_is_known_by_its_columns(tmp_path: Path, name: str, content: str, *, own: bool) -> None:
    file = tmp_path / name
    file.write_text(content)
    assert is_own_export(file, FORM) is own


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert not is_own_export(tmp_path / "none.csv", FORM)
