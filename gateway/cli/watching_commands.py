"""`earshot spikes`, `earshot changes`, `earshot incidents`: what stands out, and what it is made of."""

from typing import Annotated, Final

import typer

from gateway.cli.ask_command import ZoneOption
from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, local_minute, minute, show_rows
from gateway.cli.zone import local_zone

StartOption = Annotated[str, typer.Option(help="First instant looked at, as in 2026-03-01T00:00:00Z.")]
EndOption = Annotated[str, typer.Option(help="First instant no longer looked at.")]
CHANGES: Final[Columns] = {
    "by": lambda row: row["by"],
    "what": lambda row: row["key"],
    "now": lambda row: row["value"],
    "before": lambda row: row["compare_value"],
    "change": lambda row: f"{row['change']:+}",
}
INCIDENTS: Final[Columns] = {
    "messages": lambda incident: incident["messages"],
    "people": lambda incident: incident["users"],
    "last": lambda incident: minute(incident["last_seen"]),
    "about": lambda incident: incident["category"],
    "for example": lambda incident: incident["exemplar"]["text"],
}


def spike_columns(zone: str) -> Columns:
    """The columns of spikes, whose days and hours are those of a zone."""
    return {
        "what": lambda spike: spike["key"] or "all messages",
        "from": lambda spike: local_minute(spike["start"], zone),
        "seen": lambda spike: spike["seen"],
        "expected": lambda spike: f"{spike['expected']:.1f}",
        "in one incident": lambda spike: max((part["messages"] for part in spike["incidents"]), default=None),
    }


def spikes(
    context: typer.Context,
    start: StartOption = "",
    end: EndOption = "",
    group_by: Annotated[str, typer.Option(help="category, intent, source, sentiment or language.")] = "category",
    time_zone: ZoneOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Show days or hours with more messages than weekday and hour let expect; by default of the last 7 days."""
    command = command_of(context, as_json=as_json)
    zone = time_zone or local_zone()
    body: Json = {"group_by": group_by, "time_zone": zone, **_range(start, end)}

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.post("/api/v1/stats:spikes", body)
        show_rows(command, answer, answer["spikes"], spike_columns(zone), empty=told_without_spikes(answer))

    command.run(work)


def told_without_spikes(answer: Json) -> str:
    """Why there are none: nothing is judged without two weeks of history."""
    if answer["judged"]:
        return "Nothing out of the ordinary."
    return "Too little history before that period to tell: it takes two weeks."


def changes(
    context: typer.Context,
    start: Annotated[str, typer.Argument(help="Start of the period, as in 2026-03-08T00:00:00Z.")],
    end: EndOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Show what the difference to as long a period just before is made of."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.post("/api/v1/stats:explain", _range(start, end))
        rows = [{"by": by, **row} for by, split in answer["splits"].items() for row in split]
        whole = {"by": "all", "key": None, **{name: answer[name] for name in ("value", "compare_value", "change")}}
        show_rows(command, answer, [whole, *rows], CHANGES, empty="")
        if not command.terminal.as_json:
            command.terminal.say(told_of_people(answer))

    command.run(work)


def told_of_people(answer: Json) -> str:
    """How many people wrote and how much each of them, now and before: one person may have flooded all."""
    now = _wrote(answer["users"], "", answer["value"])
    return f"{now}; before, {_wrote(answer['users'], 'compare_', answer['compare_value'])}."


def _wrote(people: Json, period: str, messages: int) -> str:
    new = people[f"{period}new_users"]
    wrote = new + people[f"{period}returning_users"]
    each = f", {messages / wrote:.1f} messages each on average" if wrote else ""
    return f"{wrote:,} people wrote, {new:,} of them new{each}"


def incidents(
    context: typer.Context,
    start: StartOption = "",
    end: EndOption = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """Show what many people told of at about the same time, what most people told of first."""
    command = command_of(context, as_json=as_json)
    given = {"start": start, "end": end, "page_size": limit}

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/incidents", {name: value for name, value in given.items() if value})
        show_rows(command, answer, answer["incidents"], INCIDENTS, empty="No two messages tell of the same thing.")

    command.run(work)


def _range(start: str, end: str) -> Json:
    given = {name: value for name, value in (("start", start), ("end", end)) if value}
    return {"range": given} if given else {}
