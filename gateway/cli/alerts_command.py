"""`earshot alerts`: what has fired, acknowledging it, and the rules that watch."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

SUMMARY_CHARACTERS = 90

alerts = typer.Typer(help="What has fired, and the rules that watch.", no_args_is_help=True)


@alerts.command("list")
def list_alerts(
    context: typer.Context,
    firing: Annotated[bool, typer.Option("--firing", help="Only those whose condition holds now.")] = False,
    rule: Annotated[str, typer.Option(help="Only alerts of the rule with this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List what has fired, newest first."""
    command = command_of(context, as_json=as_json)
    params = {"page_size": limit, "rule_id": rule, "state": "firing" if firing else ""}

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/alerts", {name: value for name, value in params.items() if value})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        elif answer["alerts"]:
            command.terminal.show(_alert_table(answer["alerts"]))
        else:
            command.terminal.say("Nothing has fired.")

    command.run(work)


@alerts.command("acknowledge")
def acknowledge(
    context: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="The alert's id, as `earshot alerts list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """Say that you look after an alert."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        alert = await gateway.post(f"/api/v1/alerts/{alert_id}:acknowledge")
        if command.terminal.as_json:
            command.terminal.answer_json(alert)
        else:
            command.terminal.say(f"Acknowledged: {one_line(alert['summary'], SUMMARY_CHARACTERS)}")

    command.run(work)


@alerts.command("rules")
def rules(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List the rules that watch."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/alerts/rules", {"page_size": 200})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        elif answer["rules"]:
            command.terminal.show(_rule_table(answer["rules"]))
        else:
            command.terminal.say("There are no rules.")

    command.run(work)


def _alert_table(found: list[Json]) -> Table:
    table = Table("state", "since", "what", "acknowledged", "id", box=SIMPLE_HEAD, pad_edge=False)
    for alert in found:
        table.add_row(
            alert["state"],
            alert["started_at"][:16].replace("T", " "),
            one_line(alert["summary"], SUMMARY_CHARACTERS),
            "yes" if alert["acknowledged_at"] else "no",
            alert["id"],
        )
    return table


def _rule_table(found: list[Json]) -> Table:
    table = Table("name", "condition", "window", "watched", "problem", "id", box=SIMPLE_HEAD, pad_edge=False)
    for rule in found:
        condition = rule["condition"]
        table.add_row(
            one_line(rule["name"], SUMMARY_CHARACTERS),
            f"{condition['kind']} {condition['threshold']:g}",
            f"{rule['window_seconds']} s",
            "no" if rule["disabled"] else "yes",
            one_line(rule["problem"] or "–", SUMMARY_CHARACTERS),
            rule["id"],
        )
    return table
