"""What the pages say is so: commands exist, snippets run, links lead somewhere."""

import asyncio
import importlib.util
import json
import os
import re
import shlex
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.local.__main__ import WELCOME
from gateway.cli.app import app
from gateway.cli.outcomes import ExitCode
from tests.support.inbox import write_inbox
from tests.support.pages import ROOT, blocks, commands, links, pages
from tests.support.stack import StackRig

README = ROOT / "README.md"
PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
MAKE = re.compile(r"^make ((?:[A-Z_]+=\S+ )*)([a-z-]+)")


async def output_of(*command: str) -> str:
    # Under `make test` the variables of that make would speak through the one that is started here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def documented_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


async def test_make_lists_every_target() -> None:
    listed = {line.split()[1] for line in (await output_of("make")).splitlines()}
    assert listed == documented_targets()
    phony = set(re.findall(r"^\.PHONY: ([a-z-]+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert phony == listed
    assert await output_of("make", "help") == await output_of("make")


@PAGES
def test_make_targets_exist(page: Path) -> None:
    named = {match[2] for command in commands(page) if (match := MAKE.match(command))}
    assert named <= documented_targets()


@PAGES
def test_modules_exist(page: Path) -> None:
    named = {match for command in commands(page) for match in re.findall(r"python -m ([\w.]+)", command)}
    assert {name for name in named if importlib.util.find_spec(name) is None} == set()


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    broken = [target for target in links(page) if not (page.parent / target.partition("#")[0]).exists()]
    assert broken == []


@PAGES
def test_commands_of_earshot_exist(page: Path) -> None:
    lines = [command for command in commands(page) if re.match(r"^(\.venv/bin/)?earshot [a-z]", command)]
    for name in {shlex.split(line)[1] for line in lines}:
        helped = CliRunner().invoke(app, [name, "--help"])
        assert helped.exit_code == ExitCode.OK, f"{name}: {helped.output}"


def test_the_welcome_is_what_the_launcher_says() -> None:
    shown = next(block.text for block in blocks(README) if block.text.startswith("Earshot is running"))
    ports = {"classifier": "127.0.0.1:50051", "store": "127.0.0.1:50052", "chat": "127.0.0.1:50053"}
    said = WELCOME.format(url="http://localhost:8080", username="admin", password="…", home="", **ports)
    assert {line for line in shown.splitlines() if line} <= {*said.splitlines()}


async def test_the_commands_of_the_readme_work(stack: StackRig, tmp_path: Path) -> None:
    inbox = write_inbox(tmp_path / "your.csv", 40, now=datetime.now(UTC))
    lines = [line for block in blocks(README) for line in block.text.splitlines() if line.startswith(".venv/bin/ear")]
    assert len(lines) >= 3
    for line in lines:
        arguments = shlex.split(line.replace("your.csv", str(inbox.file)))[1:]
        done = await stack.earshot(*arguments)
        assert done.code == ExitCode.OK, f"{line}: {done.out}{done.err}"


async def test_the_python_of_the_readme_works(stack: StackRig) -> None:
    code = next(block.text for block in blocks(README) if block.language == "python")
    head, body = code.split("\n\n", 1)
    program = f"{head}\n\nasync def run(token):\n{textwrap.indent(body, '    ')}\n    return page\n"
    names: dict[str, Any] = {}
    exec(program.replace("127.0.0.1:50052", stack.stack.addresses["store"]), names)
    page = await names["run"](stack.http.headers["authorization"].removeprefix("Bearer "))
    assert page.messages


async def test_the_shell_of_the_readme_works(stack: StackRig) -> None:
    script = next(block.text for block in blocks(README) if "curl" in block.text)
    address = stack.stack.url.removeprefix("http://")
    script = script.replace("localhost:8080", address).replace("password=…", f"password={stack.admin.password}")
    answer = json.loads(await output_of("bash", "-euo", "pipefail", "-c", script))
    assert answer["answer"]
    assert answer["receipt"]
