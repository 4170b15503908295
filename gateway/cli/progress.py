"""Progress bars on stderr; nothing where nobody watches. Loaded by the commands that show one, when they do."""

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from gateway.cli.terminal import Terminal


class _Rate(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "", style="progress.data.speed")


def rows_bar(terminal: Terminal) -> Progress:
    """Rows done of all, their rate and the time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    return _bar(terminal, *columns)


def bytes_bar(terminal: Terminal) -> Progress:
    """Bytes done and their rate."""
    return _bar(terminal, TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())


def _bar(terminal: Terminal, *columns: ProgressColumn) -> Progress:
    hidden = terminal.as_json or not terminal.err.is_terminal
    return Progress(*columns, console=terminal.err, disable=hidden, transient=True)
