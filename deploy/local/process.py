"""One process of ours, kept running: started, watched, started again when it dies, stopped in order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 30.0
RESTART_SECONDS = (0.2, 1.0, 5.0)
STEADY_SECONDS = 30.0
"""A process that lived this long is started again at once after its death."""
BAD_SETTINGS = 2


@dataclass(slots=True, kw_only=True)
class Process:
    """`python -m module` with its log in a file. `failed` resolves when it cannot be kept running."""

    name: str
    module: str
    environment: Mapping[str, str]
    """Set beside what this process has when the object is made; a later start knows the same."""
    log: Path
    root: Path
    restart: bool = True
    failed: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _running: asyncio.subprocess.Process | None = None
    _keeper: asyncio.Task[None] | None = None
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.environment = {**os.environ, **self.environment}

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._running.pid if self._running and self._running.returncode is None else None

    async def start(self) -> None:
        """Starts it, for the first time or after `stop`, and keeps it running."""
        self._stopping = False
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def stop(self) -> None:
        """SIGTERM, time to drain, then SIGKILL."""
        self._stopping = True
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        running = self._running
        if running is None or running.returncode is not None:
            return
        running.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await running.wait()
        except TimeoutError:
            running.kill()
            await running.wait()

    def kill(self) -> None:
        """SIGKILL, as a crash would be; the keeper starts it again. For tests."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    async def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                env=self.environment,
                cwd=self.root,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _keep(self) -> None:
        deaths = 0
        while self._running is not None and not self._stopping:
            started = time.monotonic()
            code = await self._running.wait()
            deaths = 0 if time.monotonic() - started > STEADY_SECONDS else deaths + 1
            if not self.restart or code == BAD_SETTINGS or deaths > len(RESTART_SECONDS):
                self._give_up(code)
                return
            await asyncio.sleep(RESTART_SECONDS[max(deaths - 1, 0)])
            await self._spawn()

    def _give_up(self, code: int) -> None:
        if not self.failed.done():
            end = f"{self.name} ended with code {code}; the end of its log ({self.log}):\n{self.tail()}"
            self.failed.set_result(end)

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join("  " + line for line in text.splitlines()[-lines:])
