"""The documented calls of the systems Earshot takes the place of, each as a script of curls (tests/e2e/calls)."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.stack import StackRig

CALLS = Path(__file__).parent / "calls"
SCRIPTS = sorted(path.name for path in CALLS.glob("*.sh") if path.name != "start.sh")


def test_every_reference_system_has_a_script() -> None:
    heads = [(CALLS / name).read_text(encoding="utf-8").split(":")[0] for name in SCRIPTS]
    assert sorted(heads) == ["# R0", "# R1", "# R2", "# R3", "# R4"]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_the_calls_work(stack: StackRig, script: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-x",
        str(CALLS / script),
        env={
            **os.environ,
            "EARSHOT": stack.stack.url,
            "USERNAME": stack.admin.username,
            "PASSWORD": stack.admin.password,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(100):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()[-3000:]
