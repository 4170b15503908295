"""A second chat and gateway beside a running stack, on the same store, with settings of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from deploy.local.process import Process
from deploy.local.servers import free_port
from deploy.local.stack import MODULES, ROOT, Stack, healthy

NAMES = ("chat", "gateway")


@asynccontextmanager
async def beside(stack: Stack, folder: Path, **settings: str) -> AsyncIterator[Stack]:
    """Starts both with these EARSHOT_… variables; users, messages and sessions are those of `stack`."""
    chat, http = free_port(), free_port()
    address = f"127.0.0.1:{chat}"
    ports = {"EARSHOT_CHAT_PORT": str(chat), "EARSHOT_CHAT_ADDRESS": address, "EARSHOT_HTTP_PORT": str(http)}
    # The stack's own chat keeps the port of its metrics.
    environment = {**stack.processes["chat"].environment, **ports, "EARSHOT_METRICS_PORT": "0", **settings}
    processes = {
        name: Process(name=name, module=MODULES[name], environment=environment, log=folder / f"{name}.log", root=ROOT)
        for name in NAMES
    }
    second = replace(stack, url=f"http://localhost:{http}", addresses={"chat": address}, processes=processes)
    async with AsyncExitStack() as exits:
        for process in processes.values():
            await process.start()
            exits.push_async_callback(process.stop)
        await healthy(second)
        yield second
