"""`earshot categories`: a workspace's own categories, from a definition to retirement, and proposals for more."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

TEXT_CHARACTERS = 90
PAGE_SIZE = 1000

categories = typer.Typer(help="Categories of your own: defined from examples, tried, applied.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Name or id of the category.")]


@categories.command("list")
def list_categories(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List the categories by name, retired ones too."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        found = await all_categories(gateway)
        if command.terminal.as_json:
            command.terminal.answer_json({"categories": found})
        elif found:
            command.terminal.show(_category_table(found))
        else:
            command.terminal.say("There are no categories of your own. Define one with `earshot categories define`.")

    command.run(work)


@categories.command("define")
def define(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the category.")],
    example: Annotated[list[str] | None, typer.Option(help="A message that belongs to it; may be repeated.")] = None,
    examples: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="File, a message a line.")] = None,
    description: Annotated[str, typer.Option(help="What belongs to it.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Define a category from examples. Nothing is labelled yet: preview it, then apply it."""
    command = command_of(context, as_json=as_json)
    lines = examples.read_text(encoding="utf-8").splitlines() if examples else []
    texts = [*(example or []), *(line.strip() for line in lines if line.strip())]
    body = {"name": name, "description": description, "examples": texts}

    async def work(gateway: GatewayClient) -> None:
        _said(command, await gateway.post("/api/v1/categories", body), "Defined")

    command.run(work)


@categories.command("preview")
def preview(context: typer.Context, category: Named, as_json: JsonFlag = False) -> None:
    """Show what a category would find in what is stored; nothing is changed."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.post(f"/api/v1/categories/{await category_id(gateway, category)}:preview", {})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        command.terminal.say(f"It would hold for {answer['matches']:,} of {answer['considered']:,} messages.")
        if answer["surest"]:
            command.terminal.show(_exemplar_table([*answer["surest"], *answer["least_sure"]]))

    command.run(work)


@categories.command("apply")
def apply(context: typer.Context, category: Named, as_json: JsonFlag = False) -> None:
    """Judge every message from now on, and history in the background."""
    _step(context, category, "apply", "Applied", as_json=as_json)


@categories.command("retire")
def retire(context: typer.Context, category: Named, as_json: JsonFlag = False) -> None:
    """End a category; what it held for is kept."""
    _step(context, category, "retire", "Retired", as_json=as_json)


@categories.command("rename")
def rename(
    context: typer.Context,
    category: Named,
    name: Annotated[str, typer.Argument(help="The new name.")],
    as_json: JsonFlag = False,
) -> None:
    """Give a category another name; its id and its numbers stay."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        address = f"/api/v1/categories/{await category_id(gateway, category)}"
        _said(command, await gateway.patch(address, {"name": name}), "Renamed to")

    command.run(work)


@categories.command("proposals")
def proposals(
    context: typer.Context,
    min_messages: Annotated[int, typer.Option(min=2, max=1000, help="Fewest messages of a topic.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Show topics that no category covers, the largest first."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/categories/proposals", {"min_messages": min_messages})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        elif answer["proposals"]:
            command.terminal.show(_proposal_table(answer["proposals"]))
        else:
            command.terminal.say(f"None among {answer['considered']:,} messages that no category covers.")

    command.run(work)


async def all_categories(gateway: GatewayClient) -> list[Json]:
    """Every category, by name."""
    found: list[Json] = []
    params: dict[str, Any] = {"page_size": PAGE_SIZE}
    while True:
        page = await gateway.get("/api/v1/categories", params)
        found.extend(page["categories"])
        if not page["next_page_token"]:
            return found
        params["page_token"] = page["next_page_token"]


async def category_id(gateway: GatewayClient, named: str) -> str:
    """The id of a category by its id or name; of several of a name the one that is not retired. Raises UsageError."""
    if _is_id(named):
        return named
    found = [one for one in await all_categories(gateway) if one["name"].lower() == named.lower()]
    live = [one for one in found if one["state"] != "retired"] or found
    if len(live) != 1:
        hint = "`earshot categories list` shows them." if not live else "Name one by its id: " + _ids(live)
        raise UsageError(f"There is {'no' if not live else 'more than one'} category named {named!r}.", hint=hint)
    return str(live[0]["id"])


async def category_ids(gateway: GatewayClient, named: list[str] | None) -> list[str]:
    """The ids of categories by their ids or names. Raises UsageError."""
    return [await category_id(gateway, one) for one in named or ()]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _ids(found: list[Json]) -> str:
    return ", ".join(str(one["id"]) for one in found)


def _step(context: typer.Context, category: str, step: str, done: str, *, as_json: bool) -> None:
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        address = f"/api/v1/categories/{await category_id(gateway, category)}:{step}"
        _said(command, await gateway.post(address), done)

    command.run(work)


def _said(command: Command, category: Json, done: str) -> None:
    if command.terminal.as_json:
        command.terminal.answer_json(category)
    else:
        command.terminal.say(f"{done}: {one_line(category['name'], TEXT_CHARACTERS)} ({category['id']})")


def _category_table(found: list[Json]) -> Table:
    table = Table("name", "state", "messages", "history", "id", box=SIMPLE_HEAD, pad_edge=False)
    for one in found:
        walked = f"{one['walked']:,} of {one['walk_total']:,}" if one["walking"] else "–"
        table.add_row(one_line(one["name"], TEXT_CHARACTERS), one["state"], f"{one['matches']:,}", walked, one["id"])
    return table


def _exemplar_table(found: list[Json]) -> Table:
    table = Table("sure", "message", box=SIMPLE_HEAD, pad_edge=False)
    for one in found:
        table.add_row(f"{one['probability']:.0%}", one_line(one["message"]["text"], TEXT_CHARACTERS))
    return table


def _proposal_table(found: list[Json]) -> Table:
    table = Table("messages", "words", "for example", box=SIMPLE_HEAD, pad_edge=False)
    for one in found:
        example = one_line(one["exemplars"][0]["text"], TEXT_CHARACTERS) if one["exemplars"] else "–"
        table.add_row(f"{one['messages']:,}", one_line(", ".join(one["keywords"]), TEXT_CHARACTERS), example)
    return table
