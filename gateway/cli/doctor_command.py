"""`earshot doctor`: what is wrong here, and the command that mends it."""

import asyncio
from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.checks import Check, State
from gateway.cli.client import open_gateway
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.identity import find_target
from gateway.cli.local_checks import check_ports, local_checks
from gateway.cli.outcomes import ExitCode
from gateway.cli.remote_checks import remote_checks

MARKS: Final = {State.OK: "ok", State.WARNING: "look", State.WRONG: "wrong"}
STYLES: Final = {State.OK: "green", State.WARNING: "yellow", State.WRONG: "bold red"}


def doctor(
    context: typer.Context,
    local: Annotated[bool, typer.Option("--local", help="Only what can be checked without a running gateway.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check this installation and the Earshot it talks to; say what is wrong and what mends it."""
    command = command_of(context, as_json=as_json)
    command.run_local(lambda: _report(command, _checks(command, local=local)))


def _checks(command: Command, *, local: bool) -> list[Check]:
    checks = local_checks(command.settings)
    if not local:
        checks += asyncio.run(_remote(command))
    if local or checks[-1].name == "gateway":  # nothing beyond it: nobody answered
        checks += check_ports(command.settings)
    return checks


async def _remote(command: Command) -> list[Check]:
    async with open_gateway(find_target(command.settings)) as gateway:
        return await remote_checks(gateway)


def _report(command: Command, checks: list[Check]) -> ExitCode:
    wrong = any(check.state is State.WRONG for check in checks)
    if command.terminal.as_json:
        rows = [{"name": c.name, "state": c.state.value, "detail": c.detail, "fix": c.fix} for c in checks]
        command.terminal.answer_json({"ok": not wrong, "checks": rows})
        return ExitCode.FAILED if wrong else ExitCode.OK
    table = Table("", "check", "found", box=SIMPLE_HEAD, pad_edge=False)
    for check in checks:
        table.add_row(MARKS[check.state], check.name, check.detail, style=STYLES[check.state])
    command.terminal.show(table)
    for check in checks:
        if check.fix:
            command.terminal.say(f"{check.name}: {check.fix}")
    return ExitCode.FAILED if wrong else ExitCode.OK
