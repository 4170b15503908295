"""The settings' page and example are what the code reads, and the code reads nothing else."""

import re
from collections.abc import Iterator

import pytest

from deploy.local.settings_table import EXAMPLE, ROOT, SECTIONS, TABLE, Section, example, names, table
from services.runtime.setting_names import NAMES_FILE

# Read by tests only.
TESTS_OWN = re.compile(r"EARSHOT_(TEST|PROBE|ORACLE)_")
NAME = re.compile(r"EARSHOT_[A-Z0-9]+(?:_[A-Z0-9]+)*(?![A-Z0-9_{])")
SOURCES = (
    "services",
    "gateway",
    "deploy",
    "bench",
    "docs",
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "Makefile",
)
KINDS = {".py", ".ts", ".tsx", ".md", ".yml", ".yaml", ".toml", ".sh", ""}
SKIPPED = {"node_modules", "dist", "__pycache__", "results", ".data"}


def documented() -> set[str]:
    return {row.variable for section in SECTIONS for row in section.rows()}


def mentioned() -> Iterator[tuple[str, str]]:
    """(file, variable) of every EARSHOT_ name in sources and documents."""
    for name in SOURCES:
        for path in [ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).rglob("*")):
            if path.is_file() and path.suffix in KINDS and SKIPPED.isdisjoint(path.parts):
                text = path.read_text(encoding="utf-8", errors="replace")
                yield from ((path.relative_to(ROOT).as_posix(), found) for found in NAME.findall(text))


def test_the_page_is_what_the_code_says() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run `python -m deploy.local.settings_table`"


def test_the_example_is_what_the_code_says() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == example(), "run `python -m deploy.local.settings_table`"


def test_the_example_names_every_setting_once() -> None:
    names = re.findall(r"^# ([A-Z0-9_]+)=", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(names) == sorted(documented())


def test_no_text_speaks_of_a_setting_that_is_not_there() -> None:
    unknown = [item for item in mentioned() if item[1] not in documented() and not TESTS_OWN.match(item[1])]
    assert not unknown


@pytest.mark.parametrize("section", SECTIONS, ids=[section.title for section in SECTIONS])
def test_every_setting_says_what_it_is_for(section: Section) -> None:
    for row in section.rows():
        assert row.description.endswith((".", "`", ")")), row.variable


def test_defaults_do_not_depend_on_this_machine() -> None:
    assert str(ROOT) not in table()
    assert "OPENAI_API_KEY" in documented()
    assert "EARSHOT_OPENAI_API_KEY" not in documented()


def test_every_process_knows_the_names_of_all_settings() -> None:
    assert NAMES_FILE.read_text(encoding="utf-8") == names(), "run `python -m deploy.local.settings_table`"
