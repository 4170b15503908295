"""`earshot version`: what is installed here."""

import platform
from importlib.metadata import version as installed_version

import typer

from gateway.cli.command import JsonFlag, command_of


def version(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show the version of Earshot and of the Python it runs on."""
    terminal = command_of(context, as_json=as_json).terminal
    versions = {"earshot": installed_version("earshot"), "python": platform.python_version()}
    if terminal.as_json:
        terminal.answer_json(versions)
    else:
        terminal.say(f"earshot {versions['earshot']} on Python {versions['python']}")
