"""The launcher as a user runs it: `python -m deploy.local` in a folder and on ports of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from deploy.local.servers import free_port
from deploy.local.stack import ROOT

START_SECONDS: Final = 110.0
STOP_SECONDS: Final = 60.0
PORTS: Final = ("HTTP", "CLASSIFIER", "STORE", "CHAT")


@dataclass(slots=True, kw_only=True)
class Launcher:
    """A launcher that runs, and what it has printed so far."""

    process: asyncio.subprocess.Process
    home: Path
    ports: Mapping[str, int]
    printed: str = ""
    _children: set[psutil.Process] = field(default_factory=set)

    async def until(self, text: str) -> str:
        """Everything printed up to this text. AssertionError when the launcher ends before."""
        stdout = self.process.stdout
        assert stdout is not None
        async with asyncio.timeout(START_SECONDS):
            while text not in self.printed:
                piece = await stdout.read(4096)
                assert piece, f"the launcher ended with {await self.process.wait()}:\n{self.printed}"
                self.printed += piece.decode()
        return self.printed.partition(text)[0]

    async def stop(self, number: signal.Signals) -> int:
        """Sends the signal and waits for the end; answers the exit code."""
        self._children |= self._living()
        self.process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            rest, _ = await self.process.communicate()
        self.printed += rest.decode()
        return self.process.returncode or 0

    def left_behind(self) -> list[str]:
        """Processes that the launcher had and that still run."""
        return [" ".join(process.cmdline()) for process in self._children if process.is_running()]

    def _living(self) -> set[psutil.Process]:
        """Its descendants, and the servers over its folder, which may have left the family."""
        mine = {process for process in psutil.process_iter() if str(self.home) in " ".join(_command(process))}
        return (mine | {*psutil.Process(self.process.pid).children(recursive=True)}) - {psutil.Process()}


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


@asynccontextmanager
async def launched(home: Path, **settings: str) -> AsyncIterator[Launcher]:
    """Starts it; `settings` are EARSHOT_… variables. It is stopped at the end if it still runs."""
    ports = {name: free_port() for name in PORTS}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local"),
        cwd=ROOT,
        env={
            **environment,
            **{f"EARSHOT_{name}_PORT": str(port) for name, port in ports.items()},
            "EARSHOT_HOME": str(home),
            "PYTHONUNBUFFERED": "1",
            **settings,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    launcher = Launcher(process=process, home=home, ports=ports)
    try:
        yield launcher
    finally:
        if process.returncode is None:
            await launcher.stop(signal.SIGTERM)
