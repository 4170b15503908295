"""A system prompt from its file."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_VERSION = re.compile(r"version: (\d+)\n\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A system prompt as kept in `<name>.md`."""

    name: str
    version: int
    text: str


@cache
def load(name: str) -> Prompt:
    """The prompt kept under `name`. Raises ValueError where its file does not begin with its version."""
    content = files("services.chat.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    version = _VERSION.match(content)
    if version is None:
        raise ValueError(f"prompt {name} does not begin with 'version: N' and an empty line")
    return Prompt(name=name, version=int(version[1]), text=content[version.end() :].strip())
