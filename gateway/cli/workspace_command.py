"""`earshot workspace`: what a workspace sets for itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.server_events import Json
from gateway.cli.showing import show_one

workspace = typer.Typer(help="What your workspace sets for itself; admins change it.", no_args_is_help=True)

PATH: Final = "/api/v1/workspace/settings"
ALL: Final = "all"


class Setting(StrEnum):
    """A setting, as it is typed."""

    LANGUAGES = "languages"
    SYSTEM_PROMPT = "system-prompt"


FIELDS: Final = {Setting.LANGUAGES: "accepted_languages", Setting.SYSTEM_PROMPT: "system_prompt"}


@workspace.command("show")
def show(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show the settings in force, and who says so."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        _show(command, await gateway.get(PATH))

    command.run(work)


@workspace.command("change")
def change(
    context: typer.Context,
    languages: Annotated[str, typer.Option(help=f"Languages to classify: en,fr or {ALL}.")] = "",
    system_prompt: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="File with what assistant sessions begin with.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Change settings, for what comes after it. What is not named stays as it is."""
    codes = [code.strip() for code in languages.split(",") if code.strip()]
    body: Json = {
        **({FIELDS[Setting.LANGUAGES]: [] if codes == [ALL] else codes} if codes else {}),
        **({FIELDS[Setting.SYSTEM_PROMPT]: system_prompt.read_text(encoding="utf-8").strip()} if system_prompt else {}),
    }
    _change(command_of(context, as_json=as_json), body)


@workspace.command("reset")
def reset(
    context: typer.Context,
    setting: Annotated[Setting, typer.Argument(help="What the deployment is to say again.")],
    as_json: JsonFlag = False,
) -> None:
    """Give a setting up, so that the deployment's is in force again."""
    _change(command_of(context, as_json=as_json), {FIELDS[setting]: None})


def _change(command: Command, body: Json) -> None:
    async def work(gateway: GatewayClient) -> None:
        if not body:
            raise UsageError("Say what to change: --languages, --system-prompt.")
        _show(command, await gateway.patch(PATH, body))

    command.run(work)


def _show(command: Command, settings: Json) -> None:
    languages, prompt = settings["accepted_languages"], settings["system_prompt"]
    lines = (
        f"Languages to classify, by the {languages['origin']}: {', '.join(languages['codes']) or ALL}",
        f"System prompt of assistants, by the {prompt['origin']}: {prompt['text'] or 'not shown'}",
    )
    show_one(command, settings, "\n".join(lines))
