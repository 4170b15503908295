"""The project's Markdown pages: their fenced blocks, inline code and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FENCED: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
SKIPPED: Final = frozenset({"node_modules", "build", "dist"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block."""

    language: str
    text: str


def pages() -> list[Path]:
    """Every page of the project."""
    found = sorted(ROOT.rglob("*.md"))
    return [path for path in found if not any(_foreign(part) for part in path.relative_to(ROOT).parts)]


def _foreign(part: str) -> bool:
    return part in SKIPPED or (part.startswith(".") and part != ".github")


def blocks(page: Path) -> list[Block]:
    """Its fenced blocks, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(language=language, text=body) for language, body in FENCED.findall(text)]


def commands(page: Path) -> Iterator[str]:
    """Lines of fenced blocks and inline code: whatever may be a command."""
    for block in blocks(page):
        yield from (line.split("#")[0].strip() for line in block.text.splitlines())
    yield from INLINE.findall(FENCED.sub("", page.read_text(encoding="utf-8")))


def links(page: Path) -> list[str]:
    """Targets of its links that stay inside the project."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
