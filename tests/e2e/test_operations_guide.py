"""docs/operations.md: its SQL runs, its modules exist, its secrets' settings are settings."""

import importlib.util
import re

import pytest

from tests.support.pages import ROOT, blocks
from tests.support.postgres import run_sql
from tests.support.stack import StackRig

GUIDE = ROOT / "docs" / "operations.md"
STATEMENTS = [block.text for block in blocks(GUIDE) if block.language == "sql"]


@pytest.mark.parametrize("sql", STATEMENTS)
async def test_the_sql_runs(stack: StackRig, sql: str) -> None:
    await run_sql(stack.stack.database_url, sql)


def test_what_it_names_exists() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    modules = set(re.findall(r"python -m ([\w.]+)", text))
    assert modules == {"services.store", "services.runtime.rotate_keys"}
    assert all(importlib.util.find_spec(module) for module in modules)
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in set(re.findall(r"EARSHOT_[A-Z_]+", text)) if f"`{name}`" not in settings] == []
