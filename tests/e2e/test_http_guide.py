"""docs/http.md runs from top to bottom, and has every route of the document."""

import asyncio
import os
import re
from pathlib import Path

from tests.support.http_contract import document
from tests.support.pages import ROOT, blocks
from tests.support.stack import StackRig

GUIDE = ROOT / "docs" / "http.md"
CURL = re.compile(r"""curl [^\n]*?"\$EARSHOT(?P<path>/[^"?\s]*)[^\n]*""")


def _script() -> str:
    return "\n".join(block.text for block in blocks(GUIDE) if block.language == "sh")


def _called() -> set[tuple[str, str]]:
    """(method, path as written) of every curl."""
    called = set()
    for line in CURL.finditer(_script()):
        text = line[0]
        given = re.search(r"-X ([A-Z]+)", text)
        sends = re.search(r" (-d|-F|--data-urlencode) ", text)
        called.add((given[1] if given else "POST" if sends else "GET", line["path"]))
    return called


def test_every_route_is_in_the_guide() -> None:
    called = _called()
    assert [route for route in _routes() if not any(_is_call_of(route, call) for call in called)] == []


def _routes() -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, operations in document()["paths"].items() for method in operations]


def _is_call_of(route: tuple[str, str], call: tuple[str, str]) -> bool:
    method, path = route
    pattern = re.sub(r"\\\{\w+\\\}", r"[^/:]+", re.escape(path))
    return call[0] == method and re.fullmatch(pattern, call[1]) is not None


async def test_the_guide_runs_from_top_to_bottom(stack: StackRig, tmp_path: Path) -> None:
    script = _script().replace("http://localhost:8080", stack.stack.url)
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euxo",
        "pipefail",
        "-c",
        script,
        cwd=tmp_path,
        env={**os.environ, "PASSWORD": stack.admin.password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(100):
        out, err = await process.communicate()
    assert process.returncode == 0, f"{out.decode()[-1500:]}\n{err.decode()[-3000:]}"
    assert "data: [DONE]" in out.decode()
