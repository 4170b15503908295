"""`earshot saved`: views under a name, and questions whose reading was verified; and the numbers of a view."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

saved = typer.Typer(help="Saved views and verified questions.", no_args_is_help=True)

SAVED: Final = "/api/v1/saved-queries"


def _period(one: Json) -> str:
    if one["first_day"]:
        return f"{one['first_day']} to {one['last_day']}"
    return f"{one['days']} days" if one["days"] else "as asked"


COLUMNS: Final[Columns] = {
    "kind": lambda one: one["kind"],
    "name": lambda one: one["name"],
    "for": lambda one: "everybody" if one["shared"] else "you",
    "period": _period,
    "saved by": lambda one: one["author_name"],
    "saved": lambda one: minute(one["updated_at"]),
    "id": lambda one: one["id"],
}


@saved.command("list")
def list_saved(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="Only these: view or question.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List your views, the workspace's, and verified questions, the newest first."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get(SAVED, {"page_size": 200, **({"kind": kind} if kind else {})})
        show_rows(command, answer, answer["queries"], COLUMNS, empty="Nothing is saved.")

    command.run(work)


@saved.command("rename")
def rename(
    context: typer.Context,
    query_id: Annotated[str, typer.Argument(help="The id, as `earshot saved list` shows it.")],
    name: Annotated[str, typer.Argument(help="The new name.")],
    as_json: JsonFlag = False,
) -> None:
    """Give a view another name."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        renamed = await gateway.patch(f"{SAVED}/{query_id}", {"name": name})
        show_one(command, renamed, "The view has its new name.")

    command.run(work)


@saved.command("delete")
def delete(
    context: typer.Context,
    query_id: Annotated[str, typer.Argument(help="The id, as `earshot saved list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """Delete a view or a verified question."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        await gateway.delete(f"{SAVED}/{query_id}")
        show_one(command, {"id": query_id}, "It is deleted.")

    command.run(work)


async def view_question(gateway: GatewayClient, name: str, group_by: list[str] | None, now: datetime) -> Json:
    """The question that a view asks at `now`; one's own view goes before the workspace's. Raises UsageError."""
    found = (await gateway.get(SAVED, {"kind": "view", "name": name}))["queries"]
    if not found:
        raise UsageError(f"There is no view named {name!r}.", hint="`earshot saved list` shows them.")
    view: Json = min(found, key=lambda one: one["shared"])
    query: Json = {**view["query"], "range": _range(view, now)}
    return {**query, "group_by": group_by or query["group_by"] or ["category"]}


def _range(view: Json, now: datetime) -> Json:
    """The view's local days as instants of its zone; those that end with today end now."""
    zone = ZoneInfo(view["query"]["time_zone"])

    def midnight(day: date) -> str:
        return datetime.combine(day, time(), zone).isoformat()

    if view["days"]:
        today = now.astimezone(zone).date()
        return {"start": midnight(today - timedelta(days=view["days"] - 1)), "end": now.isoformat()}
    last = date.fromisoformat(view["last_day"])
    return {"start": midnight(date.fromisoformat(view["first_day"])), "end": midnight(last + timedelta(days=1))}
