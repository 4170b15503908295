"""How commands show what they were answered: JSON for programs; for people a table, or a sentence."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.command import Command
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

CELL_CHARACTERS: Final = 90
MINUTES: Final = 16

Columns = Mapping[str, Callable[[Json], Any]]
"""Head of a column → the cell of a row."""


def table_of(rows: Sequence[Json], columns: Columns) -> Table:
    """A row for each, every cell on one line and safe for a terminal; nothing shows as a dash."""
    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        cells = (cell(row) for cell in columns.values())
        table.add_row(*("–" if value in {None, ""} else one_line(str(value), CELL_CHARACTERS) for value in cells))
    return table


def show_rows(command: Command, answer: Json, rows: Sequence[Json], columns: Columns, *, empty: str) -> None:
    """A list: the answer as it is, or its rows; `empty` where there are none."""
    if command.terminal.as_json:
        command.terminal.answer_json(answer)
    elif rows:
        command.terminal.show(table_of(rows, columns))
        if answer.get("next_page_token"):
            command.terminal.note("There are more.")
    else:
        command.terminal.say(empty)


def show_one(command: Command, answer: Json, said: str) -> None:
    """What was done: the answer as it is, or a sentence."""
    if command.terminal.as_json:
        command.terminal.answer_json(answer)
    else:
        command.terminal.say(said)


def minute(moment: str | None) -> str | None:
    """An instant of the gateway's up to its minute, in UTC, and says so: 2026-03-01 09:30Z."""
    return moment[:MINUTES].replace("T", " ") + "Z" if moment else None


def local_minute(moment: str, zone: str) -> str:
    """The same in a zone, by its clocks: 2026-03-01 10:30."""
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
