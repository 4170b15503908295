"""What a command writes: answers on stdout, everything else on stderr; plain text without colour when piped."""

import json
import sys
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.cli.outcomes import CommandError
from gateway.cli.plain import plain

PIPED_WIDTH: Final = 200
"""Columns of a table that goes into a file or a pipe, where there is no terminal to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Both streams, and whether answers are for people or for programs."""

    out: Console
    err: Console
    as_json: bool = False

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty() and self.out.is_terminal and not self.as_json

    def say(self, text: str, *, style: str = "", end: str = "\n") -> None:
        """A line of the answer; never wrapped, so that it can be copied and searched."""
        self.out.out(plain(text), style=style, end=end, highlight=False)

    def show(self, table: Table) -> None:
        """A table of the answer. Its cells must be plain already."""
        self.out.print(table)

    def note(self, text: str, *, style: str = "dim") -> None:
        """A line beside the answer."""
        self.err.out(plain(text), style=style, highlight=False)

    def answer_json(self, value: Any) -> None:  # noqa: ANN401  # any JSON
        """The answer for programs: one line of JSON, ASCII only, so that nothing in it can act on a terminal."""
        sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")
        sys.stdout.flush()

    def fail(self, error: CommandError) -> None:
        """What went wrong and what to do; as a JSON object on stderr when programs listen."""
        if self.as_json:
            fields = {"error": error.message, "hint": error.hint, "request_id": error.request_id}
            sys.stderr.write(json.dumps({name: value for name, value in fields.items() if value}) + "\n")
            return
        self.note(error.message, style="bold red")
        if error.hint:
            self.note(error.hint, style="")
        if error.request_id:
            self.note(f"request id {error.request_id}")


def open_terminal(*, as_json: bool) -> Terminal:
    """The process's own streams. NO_COLOR and the like are Rich's business."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    # Texts of customers are no markup: "[red]" and ":pill:" stay what they are.
    out = Console(width=width, markup=False, emoji=False, highlight=False)
    err = Console(stderr=True, markup=False, emoji=False, highlight=False)
    return Terminal(out=out, err=err, as_json=as_json)
