"""Labels live in one table: no other module of the services names one, but for those that are about words (C6)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from services.runtime.labels import CATEGORIES, INTENTS, SCHEMES

ROOT = Path(__file__).parents[2]
LABELS = {*INTENTS, *CATEGORIES, *(label for table in SCHEMES.values() for label in table.values())}
ABOUT_WORDS = (
    "services/runtime/labels.py",
    "services/chat/lexicon/",  # what people call them; test_lexicon_words.py holds the names
    "services/chat/planner/",  # complaints and praise are asked for as moods
    "services/classifier/training/",
)
PLAIN_WORDS = {"other", "verification"}
"""Labels that are also words of the code: a metric's rest, an event's part."""


def _named(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in LABELS - PLAIN_WORDS:
            yield node.value


def test_no_other_module_names_a_label() -> None:
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "services").rglob("*.py")}
    named = {name: sorted(_named(path)) for name, path in files.items() if not name.startswith(ABOUT_WORDS)}
    assert {name: labels for name, labels in named.items() if labels} == {}
