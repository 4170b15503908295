"""`earshot train` and `earshot evaluate`: training is a process of its own, with an environment of its own.

The command line is part of the gateway, which knows nothing of the classifier; and PyTorch is 200 MB that serving does
without. So both commands hand everything behind their name to `python -m services.classifier.training`, in the first
environment that can run it; `earshot evaluate chat` hands it to `python -m services.chat.evaluation`.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

import typer

from gateway.cli.command import command_of
from gateway.cli.outcomes import CommandError, ExitCode

ROOT: Final = Path(__file__).resolve().parents[2]
MODULE: Final = "services.classifier.training"
CHAT_MODULE: Final = "services.chat.evaluation"
CHAT: Final = "chat"
PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Settings of both commands: their options, `--help` included, are read by the process they start."""

_ENVIRONMENT: Final = ROOT / ".venv-train" / "bin" / "python"
_HELP: Final = frozenset({"-h", "--help"})
_MEND: Final = "make train-environment  (or install the extra: pip install 'earshot[train]')"


def train(context: typer.Context) -> None:
    """Train a classifier on any labelled file (--data my.csv), or Earshot's own; `earshot train --help` tells more."""
    command_of(context).run_local(
        lambda: run_module("train", MODULE, ["train", *context.args], _python_for(context.args))
    )


def evaluate(context: typer.Context) -> None:
    """Score a model on any labelled file: `earshot evaluate --help`; or the chat: `earshot evaluate chat --help`."""
    of_chat = context.args[:1] == [CHAT]
    module, arguments = (CHAT_MODULE, context.args[1:]) if of_chat else (MODULE, ["evaluate", *context.args])
    command_of(context).run_local(lambda: run_module("evaluate", module, arguments))


def _python_for(arguments: list[str]) -> str:
    # Help can be given without PyTorch.
    return sys.executable if _HELP & set(arguments) else training_python(sys.executable, _ENVIRONMENT)


def training_python(own: str, other: Path, package: str = "torch") -> str:
    """The Python that can train: this one when it has PyTorch, else that of `make train`. Raises CommandError."""
    if importlib.util.find_spec(package):
        return own
    if other.is_file():
        return str(other)
    raise CommandError("Training needs PyTorch, which is not installed here.", hint=_MEND)


def run_module(name: str, module: str, arguments: list[str], python: str = sys.executable) -> ExitCode:
    """Runs `python -m module` as what `name` does; CommandError where a signal stopped it."""
    # The arguments are the user's own, for a program the user asked for; no shell reads them.
    ended = subprocess.run([python, "-m", module, *arguments], check=False)  # noqa: S603
    if ended.returncode in (ExitCode.OK, ExitCode.FAILED, ExitCode.USAGE):
        return ExitCode(ended.returncode)
    if ended.returncode < 0:
        raise CommandError(f"{name} was stopped by signal {-ended.returncode}.", hint="start it again: it goes on")
    return ExitCode.FAILED
