"""`earshot relabel`: history labelled anew by the model that serves."""

import asyncio
from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

relabel = typer.Typer(help="History labelled anew by the model that serves now.", no_args_is_help=True)

PATH: Final = "/api/v1/relabellings"
LOOK_SECONDS: Final = 0.5

COLUMNS: Final[Columns] = {
    "asked for": lambda found: minute(found["created_at"]),
    "from": lambda found: minute(found["range"]["start"]) or "the first message",
    "to": lambda found: minute(found["range"]["end"]),
    "state": lambda found: found["state"],
    "done": lambda found: f"{found['considered_messages']:,} of {found['messages']:,}",
    "changed": lambda found: f"{found['changed_messages']:,}",
    "id": lambda found: found["id"],
}


@relabel.command("start")
def start(
    context: typer.Context,
    start: Annotated[str, typer.Option(help="First instant, as in 2026-03-01T00:00:00Z; by default any.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer part of it; by default now.")] = "",
    follow: Annotated[bool, typer.Option("--follow", help="Show how far it is until it ends.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Label messages of another model's anew, in the background. What people judged stays."""
    command = command_of(context, as_json=as_json)
    span = {name: given for name, given in (("start", start), ("end", end)) if given}

    async def work(gateway: GatewayClient) -> None:
        begun = await gateway.post(PATH, {"range": span})
        found = await _followed(command, gateway, begun) if follow else begun
        show_one(command, found, _told(found))

    command.run(work)


@relabel.command("list")
def list_relabellings(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List them, the newest first, and how far they are."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get(PATH, {"page_size": 50})
        show_rows(command, answer, answer["relabellings"], COLUMNS, empty="Nothing was labelled anew yet.")

    command.run(work)


@relabel.command("cancel")
def cancel(
    context: typer.Context,
    relabelling_id: Annotated[str, typer.Argument(help="The id, as `earshot relabel list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """End one that runs; what it has labelled stays labelled."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        ended = await gateway.post(f"{PATH}/{relabelling_id}:cancel", {})
        show_one(command, ended, _told(ended))

    command.run(work)


async def _followed(command: Command, gateway: GatewayClient, found: Json) -> Json:
    """How it ended. Ctrl-C ends the watching alone."""
    from gateway.cli.progress import rows_bar  # noqa: PLC0415 - rich's bars take long to load

    command.terminal.note(f"Ctrl-C ends the watching, `earshot relabel cancel {found['id']}` the work.")
    with rows_bar(command.terminal) as bar:
        task = bar.add_task("messages", total=found["messages"])
        while found["state"] == "running":
            await asyncio.sleep(LOOK_SECONDS)
            found = await gateway.get(f"{PATH}/{found['id']}")
            bar.update(task, completed=found["considered_messages"])
    return found


def _told(found: Json) -> str:
    done = f"{found['relabelled_messages']:,} messages labelled anew, {found['changed_messages']:,} of them otherwise"
    if found["state"] == "running":
        return f"Labelling {found['messages']:,} messages anew; `earshot relabel list` says how far it is."
    kept = f"{found['judged_messages']:,} that people judged stay as they are."
    return f"{'Cancelled' if found['state'] == 'cancelled' else 'Done'}: {done}; {kept}"
