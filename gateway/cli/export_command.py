"""`earshot export`: a file of messages. It has its name when it is whole, and not before."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.ask_command import ZoneOption
from gateway.cli.categories_command import category_ids
from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.local_times import HourOption, WeekdayOption, local_times
from gateway.cli.outcomes import UsageError

Values = list[str] | None
_FORMATS = ("csv", "jsonl", "parquet")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write; its ending says the format.", dir_okay=False)],
    file_format: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet; else by the file's name.")] = "",
    start: Annotated[str, typer.Option(help="First instant, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer taken.")] = "",
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    sentiment: Annotated[Values, typer.Option(help="Only this sentiment; may be repeated.")] = None,
    language: Annotated[Values, typer.Option(help="Only this language; may be repeated.")] = None,
    custom_category: Annotated[Values, typer.Option(help="Only this category of your own, by name or id.")] = None,
    text: Annotated[str, typer.Option(help="Only with these words.")] = "",
    author: Annotated[Values, typer.Option(help="Only what this side wrote: customer or agent.")] = None,
    hour: HourOption = None,
    weekday: WeekdayOption = None,
    time_zone: ZoneOption = "",
    corrections: Annotated[
        bool, typer.Option("--corrections", help="What people said of labels, as rows to train with (tsv or jsonl).")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write messages, or people's corrections, into a file. `earshot import --from-export` takes CSV and JSON lines."""
    command = command_of(context, as_json=as_json)
    given: dict[str, Any] = {
        "format": file_format or file.suffix.lower().lstrip("."),
        "start": start,
        "end": end,
        "category": category,
        "intent": intent,
        "source": source,
        "sentiment": sentiment,
        "language": language,
        "text": text,
        "author": author,
        **local_times(hour, weekday, time_zone),
    }
    params = {name: value for name, value in given.items() if value}
    path = "/api/v1/review/corrections" if corrections else "/api/v1/export"
    known = ("tsv", "jsonl") if corrections else _FORMATS

    async def work(gateway: GatewayClient) -> None:
        if params.get("format") not in known:
            raise UsageError(f"Name the format: --format {' or '.join(known)}.")
        if custom_category:
            params["custom_category"] = await category_ids(gateway, custom_category)
        await _write(gateway, command, file, path, params)

    command.run(work, interrupted="Stopped; no file was written.")


async def _write(gateway: GatewayClient, command: Command, file: Path, path: str, params: dict[str, Any]) -> None:
    from gateway.cli.progress import bytes_bar  # noqa: PLC0415  # no other command pays for loading it

    part = file.with_name(file.name + ".part")
    size_bytes = 0
    try:
        with part.open("wb") as out, bytes_bar(command.terminal) as bar:
            task = bar.add_task("writing", total=None)
            async with gateway.download(path, params) as chunks:
                async for chunk in chunks:
                    size_bytes += out.write(chunk)
                    bar.update(task, completed=size_bytes)
        part.replace(file)
    except OSError as error:
        raise UsageError(f"Cannot write {file}: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    if command.terminal.as_json:
        command.terminal.answer_json({"file": str(file), "bytes": size_bytes})
    else:
        command.terminal.say(f"{file}: {size_bytes:,} bytes")
