"""The `earshot` command: in this process, which shows what it says and does, or started anew as by a shell."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from deploy.local.stack import ROOT
from gateway.cli.app import app

COMMAND_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command of the shell left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of stdout as JSON."""
        return json.loads(self.out.splitlines()[-1])


async def run_here(arguments: tuple[str, ...], *, stdin: str, environment: Mapping[str, str]) -> Finished:
    """Runs a command on a thread of this process. One at a time: it has the process's streams and environment."""
    strangers = {name: None for name in os.environ if name not in environment}

    def run() -> Finished:
        variables = {**strangers, **environment}
        done = CliRunner().invoke(
            app, arguments, input=stdin, env=variables, catch_exceptions=False, prog_name="earshot"
        )
        return Finished(code=done.exit_code, out=done.stdout, err=done.stderr)

    return await asyncio.to_thread(run)


async def run_process(arguments: tuple[str, ...], *, stdin: str, environment: Mapping[str, str]) -> Finished:
    """Runs a command as a shell does."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "gateway.cli", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(COMMAND_SECONDS):
        out, err = await process.communicate(stdin.encode())
    return Finished(code=process.returncode or 0, out=out.decode(), err=err.decode())
