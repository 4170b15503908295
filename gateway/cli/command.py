"""What every command shares: the state the options before it made, and one way to run and to end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from gateway.cli.client import GatewayClient, open_gateway
from gateway.cli.identity import find_target
from gateway.cli.outcomes import CommandError, ExitCode, UsageError
from gateway.cli.settings import CliSettings
from gateway.cli.terminal import Terminal, open_terminal

Work = Callable[[GatewayClient], Awaitable[ExitCode | None]]
JsonFlag = Annotated[bool, typer.Option("--json", help="One line of JSON on stdout, for programs.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The state of one invocation."""

    settings: CliSettings
    terminal: Terminal

    def run(self, work: Work, *, interrupted: str = "Stopped.") -> None:
        """Runs work against the gateway and leaves with its exit code; problems are a sentence on stderr."""
        self.run_local(lambda: asyncio.run(self._connected(work)), interrupted=interrupted)

    def run_local(self, work: Callable[[], ExitCode | None], *, interrupted: str = "Stopped.") -> None:
        """As `run`, for work that opens its own connection or needs none."""
        try:
            code = work()
        except CommandError as error:
            self.terminal.fail(error)
            raise typer.Exit(error.code) from None
        except KeyboardInterrupt:
            self.terminal.note(interrupted)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        raise typer.Exit(ExitCode.OK if code is None else code)

    async def _connected(self, work: Work) -> ExitCode | None:
        async with open_gateway(find_target(self.settings)) as gateway:
            return await work(gateway)


def make_command(*, url: str | None, token: str | None, as_json: bool) -> Command:
    """The state of an invocation; options win over the environment. Leaves with code 2 when that is wrong."""
    terminal = open_terminal(as_json=as_json)
    try:
        settings = CliSettings()
    except ValidationError as error:
        names = ", ".join(f"EARSHOT_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
        terminal.fail(UsageError(names))
        raise typer.Exit(ExitCode.USAGE) from None
    given: dict[str, object] = {}
    if url:
        given["url"] = url
    if token:
        given["token"] = SecretStr(token)
    return Command(settings=settings.model_copy(update=given), terminal=terminal)


def command_of(context: typer.Context, *, as_json: bool = False) -> Command:
    """The state of this invocation; `--json` may also follow the command's name."""
    command = context.find_object(Command)
    if command is None:
        raise RuntimeError("the options before the command were not read")
    if as_json and not command.terminal.as_json:
        return Command(settings=command.settings, terminal=open_terminal(as_json=True))
    return command
