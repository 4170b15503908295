"""`earshot alerts`: what has fired, acknowledging it, and the rules that watch."""

from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

alerts = typer.Typer(help="What has fired, and the rules that watch.", no_args_is_help=True)

Values = list[str] | None
ALERT_COLUMNS: Final[Columns] = {
    "state": lambda alert: alert["state"],
    "since": lambda alert: minute(alert["started_at"]),
    "what": lambda alert: alert["summary"],
    "acknowledged": lambda alert: "yes" if alert["acknowledged_at"] else "no",
    "id": lambda alert: alert["id"],
}
RULE_COLUMNS: Final[Columns] = {
    "name": lambda rule: rule["name"],
    "condition": lambda rule: f"{rule['condition']['kind']} {rule['condition']['threshold']:g}",
    "window": lambda rule: f"{rule['window_seconds']} s",
    "watched": lambda rule: "no" if rule["disabled"] else "yes",
    "problem": lambda rule: rule["problem"],
    "id": lambda rule: rule["id"],
}


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
        show_rows(command, answer, answer["alerts"], ALERT_COLUMNS, empty="Nothing has fired.")

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
        show_one(command, alert, f"Acknowledged: {alert['summary']}")

    command.run(work)


@alerts.command("rules")
def rules(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List the rules that watch."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/alerts/rules", {"page_size": 200})
        show_rows(command, answer, answer["rules"], RULE_COLUMNS, empty="There are no rules.")

    command.run(work)


@alerts.command("watch")
def watch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the rule is called.")],
    above: Annotated[float | None, typer.Option(help="Fires where more messages came in.")] = None,
    below: Annotated[float | None, typer.Option(help="Fires where fewer came in.")] = None,
    change: Annotated[float | None, typer.Option(help="Fires where the window before is left by this share.")] = None,
    spike: Annotated[bool, typer.Option("--spike", help="Fires at more than weekday and hour let expect.")] = False,
    window: Annotated[int, typer.Option(min=60, help="Seconds that are looked back at.")] = 3600,
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    webhook: Annotated[str, typer.Option(help="Address that is told.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make a rule over the number of messages: exactly one of --above, --below, --change and --spike."""
    command = command_of(context, as_json=as_json)
    limits = {"above": above, "below": below, "change": change, "spike": 0.0 if spike else None}
    given = [(kind, limit) for kind, limit in limits.items() if limit is not None]
    filters = {"categories": category, "intents": intent, "sources": source}

    async def work(gateway: GatewayClient) -> None:
        if len(given) != 1:
            raise UsageError("Give exactly one of --above, --below, --change and --spike.")
        (kind, threshold) = given[0]
        body: Json = {
            "name": name,
            "query": {"filters": {field: {"any_of": values} for field, values in filters.items() if values}},
            "condition": {"kind": kind, "threshold": threshold},
            "window_seconds": window,
            "webhook_url": webhook,
        }
        rule = await gateway.post("/api/v1/alerts/rules", body)
        show_one(command, rule, f"{rule['name']} is watched: {rule['id']}")

    command.run(work)


@alerts.command("unwatch")
def unwatch(
    context: typer.Context,
    rule_id: Annotated[str, typer.Argument(help="The rule's id, as `earshot alerts rules` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """End a rule; its alerts stay."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        await gateway.delete(f"/api/v1/alerts/rules/{rule_id}")
        show_one(command, {"id": rule_id}, "The rule has ended.")

    command.run(work)
