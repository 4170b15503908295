"""`earshot import`: a CSV or JSON-lines file of messages, with progress, refused rows by number, and resumption."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.import_state import ImportState, known_id, recall
from gateway.cli.importing import ImportInterruptedError, Tally, Upload, run_import
from gateway.cli.outcomes import ExitCode, RefusedError, UsageError
from gateway.cli.terminal import Terminal
from gateway.importing.decoding import lines_of
from gateway.importing.mapping import is_export
from gateway.importing.records import BadFileError, FileFormat, read_records

RESUME: Final = "Run the same command again: it goes on where this one stopped, and stores nothing twice."
MEND: Final = (
    "Import the refused rows, once mended, as a file of their own: of a changed file all rows are stored again, "
    "unless --external-id-column names their ids."
)
NOW: Final = "Every row gets the time of this import; where the file has a column of times, name --timestamp-column."
AN_EXPORT: Final = "This is an export of Earshot: messages that are still there as it has them are not stored again."
NOBODY: Final = "unknown"
COLUMN_OPTIONS: Final = (
    "user_column",
    "timestamp_column",
    "source_column",
    "external_id_column",
    "conversation_column",
    "author_column",
)
SHOWN_ROWS: Final = 20
SERVER_FAULT: Final = 500


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header line, or one JSON object per line.", dir_okay=False)],
    text_column: Annotated[str, typer.Option(help="Column of the text.")] = "text",
    user_column: Annotated[str, typer.Option(help="Column of who wrote it.")] = "",
    timestamp_column: Annotated[str, typer.Option(help="Column of when it was written.")] = "",
    source_column: Annotated[str, typer.Option(help="Column of the channel.")] = "",
    external_id_column: Annotated[str, typer.Option(help="Column of the message's own id.")] = "",
    conversation_column: Annotated[str, typer.Option(help="Column of the thread.")] = "",
    author_column: Annotated[str, typer.Option(help="Column that says customer or agent.")] = "",
    source: Annotated[str, typer.Option(help="Channel of rows without one.")] = "import",
    user_id: Annotated[str, typer.Option(help="Writer of rows without one.")] = NOBODY,
    timestamp: Annotated[str, typer.Option(help="Time of rows without one; by default now.")] = "",
    timestamp_format: Annotated[str, typer.Option(help="strptime format of times; by default ISO or epoch.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA zone of times that name none.")] = "UTC",
    file_format: Annotated[str, typer.Option("--format", help="csv, jsonl, or auto: by the file's name.")] = "auto",
    delimiter: Annotated[str, typer.Option(help='Between the fields of a CSV file; "tab" for a tab.')] = ",",
    from_export: Annotated[
        bool, typer.Option("--from-export", help="The file is an export of Earshot; its columns need not be named.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of every row, and store none.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Store every row of a file; rows that cannot be stored are listed by their number, and the rest is stored.

    Stopped or cut off, the same command goes on with the same import. The same file in the same way is the same import
    at any time: no row is stored twice.
    """
    command = command_of(context, as_json=as_json)
    options = {
        "text_column": text_column,
        "user_column": user_column,
        "timestamp_column": timestamp_column,
        "source_column": source_column,
        "external_id_column": external_id_column,
        "conversation_column": conversation_column,
        "author_column": author_column,
        "source": source,
        "user_id": user_id,
        "timestamp": timestamp,
        "timestamp_format": timestamp_format,
        "time_zone": time_zone,
        "format": file_format,
        "delimiter": "\t" if delimiter == "tab" else delimiter,
        "from_export": "true" if from_export else "",
    }
    form = {name: value for name, value in options.items() if value}
    says_where = any(form.get(name) for name in (*COLUMN_OPTIONS, "timestamp", "from_export"))

    async def work(gateway: GatewayClient) -> ExitCode:
        if not file.is_file():
            raise UsageError(f"There is no file {file}.")
        if len(form["delimiter"]) != 1:
            raise UsageError('--delimiter must be one character, such as ";", or "tab".')
        if not says_where and await asyncio.to_thread(is_own_export, file, form):
            form["from_export"] = "true"
            command.terminal.note(AN_EXPORT)
        if not (timestamp_column or timestamp or "from_export" in form):
            command.terminal.note(NOW)
        if dry_run:
            import_id = known_id(file, form, gateway.target.url)
            tally = Tally()
            await _send(gateway, command, _upload(file, form, import_id, dry_run=True), tally)
            _say_who_is_missing(command.terminal, tally, form)
            _say_what_would_be(command.terminal, tally)
            return ExitCode.ROWS_REFUSED if tally.failed else ExitCode.OK
        state = recall(file, form, gateway.target.url)
        if state.resumed:
            command.terminal.note("Going on with an import that had not ended.")
        if state.repeated:
            command.terminal.note("This file was imported before, in the same way; no row is stored twice.")
        return await _import(gateway, command, file, form, state)

    command.run(work, interrupted="Stopped; nothing was stored." if dry_run else f"Stopped. {RESUME}")


async def _import(
    gateway: GatewayClient, command: Command, file: Path, form: dict[str, str], state: ImportState
) -> ExitCode:
    tally = Tally()
    try:
        await _send(gateway, command, _upload(file, form, state.import_id), tally)
    except RefusedError as error:
        # The same again would be refused again; but what is stored must be known again.
        if error.status < SERVER_FAULT and tally.rows == tally.failed:
            state.forget()
        raise
    except ImportInterruptedError as error:
        raise ImportInterruptedError(error.message, hint=RESUME, request_id=error.request_id) from None
    state.finish()
    _say_who_is_missing(command.terminal, tally, form)
    _summary(command.terminal, tally, state)
    if tally.failed and "external_id_column" not in form:
        command.terminal.note(MEND)
    return ExitCode.ROWS_REFUSED if tally.failed else ExitCode.OK


def _upload(file: Path, form: dict[str, str], import_id: str, *, dry_run: bool = False) -> Upload:
    named = {**form, "import_id": import_id} if import_id else form
    return Upload(path=file, form=named, open_file=lambda: file.open("rb"), dry_run=dry_run)


async def _send(gateway: GatewayClient, command: Command, upload: Upload, tally: Tally) -> None:
    """Sends the file, with a bar; `tally` tells what became of its rows, whatever happens."""
    from gateway.cli.progress import rows_bar  # noqa: PLC0415  # no other command pays for loading it

    with rows_bar(command.terminal) as bar:
        total = asyncio.create_task(asyncio.to_thread(count_rows, upload.path, upload.form))
        task = bar.add_task("sending", total=None)
        total.add_done_callback(lambda done: bar.update(task, total=None if done.cancelled() else done.result()))
        doing = "checking" if upload.dry_run else "storing"
        try:
            async with aclosing(run_import(gateway, upload, tally)) as steps:
                async for messages in steps:
                    bar.update(task, completed=tally.rows, description=doing)
                    _list(command.terminal, tally, messages)
        finally:
            total.cancel()


def count_rows(file: Path, form: dict[str, str]) -> int | None:
    """Rows the file has, for the time left; None where the server will say what is wrong with it."""
    file_format: FileFormat = "jsonl" if _is_jsonl(file, form["format"]) else "csv"
    try:
        with file.open("rb") as content, lines_of(content) as lines:
            return sum(1 for _ in read_records(lines, file_format, delimiter=form["delimiter"]))
    except (BadFileError, OSError, TypeError):
        return None


def is_own_export(file: Path, form: dict[str, str]) -> bool:
    """Whether the first row has the columns of our own export, as the page looks at it too."""
    file_format: FileFormat = "jsonl" if _is_jsonl(file, form["format"]) else "csv"
    try:
        with file.open("rb") as content, lines_of(content) as lines:
            first = next(read_records(lines, file_format, delimiter=form["delimiter"]), None)
    except (BadFileError, OSError, TypeError):
        return False
    return first is not None and is_export(first.fields)


def _is_jsonl(file: Path, file_format: str) -> bool:
    named = file.suffix.lower() in {".jsonl", ".ndjson", ".json"}
    return file_format == "jsonl" or (file_format == "auto" and named)


def _list(terminal: Terminal, tally: Tally, messages: list[str]) -> None:
    """The first refused rows, as they come; programs get all of them at the end."""
    if terminal.as_json:
        return
    before = len(tally.refused) - len(messages)
    for message in messages[: max(0, SHOWN_ROWS - before)]:
        terminal.note(f"refused: {message}", style="yellow")


def _summary(terminal: Terminal, tally: Tally, state: ImportState) -> None:
    if terminal.as_json:
        terminal.answer_json({"import_id": state.import_id, **_counts(tally), "errors": tally.refused})
        return
    _say_how_many_more(terminal, tally)
    stored = f"{tally.created:,} stored, {tally.existing:,} were stored before, {tally.failed:,} refused"
    terminal.say(f"{tally.rows:,} rows: {stored}.")


def _say_what_would_be(terminal: Terminal, tally: Tally) -> None:
    if terminal.as_json:
        terminal.answer_json({"dry_run": True, **_counts(tally), "errors": tally.refused})
        return
    _say_how_many_more(terminal, tally)
    would_be = f"{tally.created:,} would be stored, {tally.existing:,} are stored already"
    terminal.say(f"{tally.rows:,} rows: {would_be}, {tally.failed:,} would be refused. Nothing was stored.")


def _say_who_is_missing(terminal: Terminal, tally: Tally, form: dict[str, str]) -> None:
    """Several rows without a writer, for whom the caller has named none."""
    if terminal.as_json or tally.without_user <= 1 or form["user_id"] != NOBODY:
        return
    named = "" if "user_column" in form else " Where the file has a column of them, name --user-column."
    told = f'{tally.without_user:,} rows do not say who wrote them: numbers of people take them for one, "{NOBODY}".'
    terminal.note(told + named, style="yellow")


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "rows": tally.rows,
        "created": tally.created,
        "existing": tally.existing,
        "failed": tally.failed,
        "without_user": tally.without_user,
    }


def _say_how_many_more(terminal: Terminal, tally: Tally) -> None:
    if tally.failed > SHOWN_ROWS:
        terminal.note(f"… and {tally.failed - SHOWN_ROWS} more rows; --json lists up to a thousand.", style="yellow")
