"""`earshot record` and `earshot replay`: a conversation as a file, and run again from it without a network.

Replaying is the chat's own code, of which the gateway knows nothing: it is a process of its own, as evaluating is.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.training_commands import run_module
from services.runtime.private_files import write_private

REPLAYING: Final = "services.chat.recording"


def record(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="The session's id, as `earshot chat --list` shows it.")],
    file: Annotated[Path, typer.Argument(help="Where to keep it.", dir_okay=False, writable=True)],
    as_json: JsonFlag = False,
) -> None:
    """Keep a conversation as a file that `earshot replay` runs again; personal data is replaced in it."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        async with gateway.download(f"/api/v1/sessions/{session}/recording", {}) as chunks:
            lines = b"".join([chunk async for chunk in chunks]).decode()
        write_private(file, lines)
        turns = len(lines.splitlines()) - 1
        if command.terminal.as_json:
            command.terminal.answer_json({"file": str(file), "turns": turns})
        else:
            command.terminal.say(f"{turns} turns in {file}")

    command.run(work)


def replay(context: typer.Context) -> None:
    """Run a recorded conversation again, offline, and say whether it comes out the same; `earshot replay --help`."""
    command_of(context).run_local(lambda: run_module("replay", REPLAYING, context.args))
