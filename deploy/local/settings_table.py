"""`python -m deploy.local.settings_table`: writes docs/settings.md, .env.example and the list of names that every
process knows, from the settings classes.

A test compares them with the code, so none can fall behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic_settings import BaseSettings

from deploy.local.settings import LaunchSettings
from gateway.cli.settings import CliSettings
from gateway.settings import GatewaySettings
from services.chat.settings import ChatSettings
from services.classifier.settings import ClassifierSettings
from services.runtime.llm_settings import LlmSettings
from services.runtime.setting_names import NAMES_FILE
from services.runtime.settings import RuntimeSettings, ServerSettings, SettingDoc, describe
from services.store.settings import StoreSettings

ROOT: Final = Path(__file__).resolve().parents[2]
TABLE: Final = ROOT / "docs" / "settings.md"
EXAMPLE: Final = ROOT / ".env.example"

TABLE_HEAD: Final = """# Settings

Every setting is an environment variable. A process reads them once at its start and names all wrong ones together, and
in its log those that begin with `EARSHOT_` and are none of these; an empty value counts as none. `make run` sets
addresses, ports and keys of the processes it starts by itself, so that nothing here has to be set to run Earshot on one
machine.

This page is made from the code by `python -m deploy.local.settings_table`; a test compares the two.
"""
EXAMPLE_HEAD: Final = """\
# Every setting of Earshot with its default, made by `python -m deploy.local.settings_table`. Nothing has to be set for
# `make run`. Copy this file to .env, uncomment what you change, and load it: `set -a; . ./.env; set +a; make run`, or
# hand it to a container: `docker run --env-file .env …`. docs/settings.md says which process reads what.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One process's settings, without those that it shares with the sections `shared` stands for."""

    title: str
    note: str
    settings: type[BaseSettings]
    shared: type[BaseSettings] | None = None

    def rows(self) -> list[SettingDoc]:
        """Its own settings, in order of definition."""
        known = {row.variable for row in describe(self.shared)} if self.shared else set()
        return [row for row in describe(self.settings) if row.variable not in known]


SECTIONS: Final = (
    Section(title="make run", note="Read by the launcher, `python -m deploy.local`.", settings=LaunchSettings),
    Section(title="The earshot command", note="Options win over these.", settings=CliSettings),
    Section(title="Every process", note="Read by the three services and the gateway.", settings=RuntimeSettings),
    Section(
        title="Every gRPC server", note="Read by the three services.", settings=ServerSettings, shared=RuntimeSettings
    ),
    Section(
        title="The language model",
        note="Read by the chat and, where it may ask one, the classifier.",
        settings=LlmSettings,
        shared=ServerSettings,
    ),
    Section(title="Classifier", note="", settings=ClassifierSettings, shared=LlmSettings),
    Section(title="Store", note="", settings=StoreSettings, shared=ServerSettings),
    Section(title="Chat", note="", settings=ChatSettings, shared=LlmSettings),
    Section(title="Gateway", note="", settings=GatewaySettings, shared=RuntimeSettings),
)


def table() -> str:
    """docs/settings.md."""
    return "\n".join([TABLE_HEAD, *(line for section in SECTIONS for line in _section_lines(section))])


def _section_lines(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.note:
        yield f"{section.note}\n"
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for row in section.rows():
        default = shown_default(row.default)
        shown = f"`{default}`" if default else ""
        meaning = row.description.replace("|", r"\|")
        yield f"| `{row.variable}` | {shown} | {meaning} |"
    yield ""


def example() -> str:
    """.env.example: every variable once, as a comment."""
    lines, seen = [EXAMPLE_HEAD], set[str]()
    for section in SECTIONS:
        lines.append(f"# --- {section.title}")
        for row in section.rows():
            if row.variable not in seen:
                lines += [f"# {row.description}", f"# {row.variable}={_value(row.default)}"]
                seen.add(row.variable)
        lines.append("")
    return "\n".join(lines)


def names() -> str:
    """services/runtime/setting_names.txt: every variable once, a line each."""
    return "".join(f"{name}\n" for name in sorted({row.variable for section in SECTIONS for row in section.rows()}))


def _value(default: str) -> str:
    shown = shown_default(default)
    return "" if shown.startswith("(") else shown


def shown_default(default: str) -> str:
    """A default as one writes it: paths from the project's folder on, lists and flags as the environment has them."""
    if default in {"()", "frozenset()"}:
        return ""
    if default in {"True", "False"}:
        return default.lower()
    return default.replace(f"{ROOT}/", "")


def main() -> None:
    """Writes the three files."""
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
    NAMES_FILE.write_text(names(), encoding="utf-8")


if __name__ == "__main__":
    main()
