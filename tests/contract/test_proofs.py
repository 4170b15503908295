"""docs/proofs.md and its pages name tests that are there, and give each id of the requirements one row."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / "proofs.md", *sorted((ROOT / "docs" / "proofs").glob("*.md"))]
LAST = {"C": 46, "D": 45, "H": 46, "G": 19, "O": 24, "B": 20, "F": 56, "T": 68}
"""Area → number of its last id."""


@cache
def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _rows() -> list[str]:
    return [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def _named() -> list[tuple[str, str]]:
    """Files, each with a test of it or none."""
    pattern = r"`((?:tests/|bench/|deploy/|services/|gateway/web/|pyproject)[\w./-]+)(?:::(\w+))?`"
    return [(path, test) for row in _rows() for path, test in re.findall(pattern, row)]


def test_everything_it_names_is_there() -> None:
    assert len(_named()) > 300
    assert [path for path, _ in _named() if not (ROOT / path).exists()] == []
    assert [(path, test) for path, test in _named() if test and f"def {test}(" not in _text(path)] == []


def test_every_id_has_one_row() -> None:
    found = Counter(name for row in _rows() for name in re.findall(r"\b[BCDFGHOT]\d+\b", row.split("|")[1]))
    width = {"T": "02"}
    expected = [f"{area}{number:{width.get(area, '')}}" for area, last in LAST.items() for number in range(1, last + 1)]
    assert found == Counter(expected)
