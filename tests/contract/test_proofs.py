"""docs/proofs.md names tests that are there, and leaves none of its ids out."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")


def test_every_file_it_names_is_there() -> None:
    named = re.findall(r"`((?:tests/|pyproject)[\w./]+)`", PAGE)
    assert named
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_id_has_a_row() -> None:
    ids = {
        found
        for row in PAGE.splitlines()
        if row.startswith("| ")
        for found in re.findall(r"\b[OT]\d+\b", row.split("|")[1])
    }
    assert ids == {*(f"O{n}" for n in range(1, 25)), *(f"T{n}" for n in range(32, 46)), "T61", "T68"}
