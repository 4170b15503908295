"""`earshot tickets`: what customers ask for, what was found out about it, and what they were answered."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.plain import one_line, plain
from gateway.cli.server_events import Json
from gateway.cli.showing import minute
from gateway.cli.terminal import Terminal

TEXT_CHARACTERS = 80

tickets = typer.Typer(help="Requests of customers: made, listed, moved on, replied to.", no_args_is_help=True)
rules = typer.Typer(help="Rules by which replies go out by themselves; none is on by itself.", no_args_is_help=True)
tickets.add_typer(rules, name="rules")

TicketId = Annotated[str, typer.Argument(help="The ticket's id, as `earshot tickets list` shows it.")]
RuleId = Annotated[str, typer.Argument(help="The rule's id, as `earshot tickets rules list` shows it.")]


@tickets.command("create")
def create(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(help="What the customer asks for.")] = None,
    subject: Annotated[str, typer.Option(help="The subject.")] = "",
    user: Annotated[str, typer.Option(help="Id of the customer, as the source gave it.")] = "",
    message: Annotated[list[str] | None, typer.Option(help="Id of a message it is about; may be repeated.")] = None,
    wait: Annotated[float, typer.Option(min=0, max=30, help="Wait for the analysis, at most so many seconds.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Make a ticket of a text, of messages, or of both."""
    command = command_of(context, as_json=as_json)
    body: Json = {"subject": subject, "body": " ".join(text or []), "user_id": user, "message_ids": message or []}

    async def work(gateway: GatewayClient) -> None:
        made = await gateway.post("/api/v1/requests", body)
        shown = await gateway.get(f"/api/v1/requests/{made['id']}", {"wait": wait}) if wait else made
        _show(command.terminal, shown)

    command.run(work)


@tickets.command("list")
def list_tickets(
    context: typer.Context,
    category: Annotated[str, typer.Option(help="Only of this category.")] = "",
    status: Annotated[str, typer.Option(help="Only in this status: open, in_progress, resolved or closed.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List tickets, newest first."""
    command = command_of(context, as_json=as_json)
    params = {"category": category, "status": status, "page_size": limit}

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/requests", {name: value for name, value in params.items() if value})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        elif answer["requests"]:
            command.terminal.show(_ticket_table(answer["requests"]))
        else:
            command.terminal.say("There are no such tickets.")

    command.run(work)


@tickets.command("show")
def show(
    context: typer.Context,
    ticket_id: TicketId,
    wait: Annotated[float, typer.Option(min=0, max=30, help="Wait for the analysis, at most so many seconds.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Show a ticket: status, category, summary, suggested reply, and what was replied."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        ticket = await gateway.get(f"/api/v1/requests/{ticket_id}", {"wait": wait})
        replies = (await gateway.get(f"/api/v1/requests/{ticket_id}/replies"))["replies"]
        if command.terminal.as_json:
            command.terminal.answer_json({**ticket, "replies": replies})
            return
        _show(command.terminal, ticket)
        for reply in reversed(replies):
            by = f"rule {plain(reply['rule_name'])}" if reply["author"] == "rule" else "a person"
            command.terminal.say(f"Replied by {by}, {minute(reply['created_at'])}: {plain(reply['text'])}")

    command.run(work)


@tickets.command("move")
def move(
    context: typer.Context,
    ticket_id: TicketId,
    status: Annotated[str, typer.Argument(help="open, in_progress, resolved or closed.")],
    resolution: Annotated[str, typer.Option(help="How it was settled; resolved needs one.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Move a ticket on."""
    command = command_of(context, as_json=as_json)
    body = {"status": status, **({"resolution": resolution} if resolution else {})}

    async def work(gateway: GatewayClient) -> None:
        _show(command.terminal, await gateway.patch(f"/api/v1/requests/{ticket_id}", body))

    command.run(work)


@tickets.command("reply")
def reply(
    context: typer.Context,
    ticket_id: TicketId,
    text: Annotated[list[str] | None, typer.Argument(help="The words; without any the suggested reply.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Reply to a ticket as yourself."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        sent = await gateway.post(f"/api/v1/requests/{ticket_id}/replies", {"text": " ".join(text or [])})
        if command.terminal.as_json:
            command.terminal.answer_json(sent)
        else:
            command.terminal.say(f"Sent: {plain(sent['text'])}")

    command.run(work)


@rules.command("list")
def list_rules(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List the rules, oldest first."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/requests/rules", {"page_size": 200})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        elif answer["rules"]:
            command.terminal.show(_rule_table(answer["rules"]))
        else:
            command.terminal.say("There are no rules: nothing is sent by itself.")

    command.run(work)


@rules.command("add")
def add_rule(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="For people.")],
    category: Annotated[str, typer.Option(help="Category that a ticket must be in.")],
    confidence: Annotated[float, typer.Option(min=0.5, max=1, help="How sure the model must be of it.")] = 0.9,
    template: Annotated[str, typer.Option(help="What is sent; without it the suggested reply.")] = "",
    on: Annotated[bool, typer.Option("--on", help="Let it send; without this it is only kept.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Keep a rule. Nothing is sent until it is on."""
    command = command_of(context, as_json=as_json)
    body = {"name": name, "category": category, "min_confidence": confidence, "template": template, "enabled": on}

    async def work(gateway: GatewayClient) -> None:
        _say_rule(command.terminal, await gateway.post("/api/v1/requests/rules", body))

    command.run(work)


@rules.command("delete")
def delete_rule(context: typer.Context, rule_id: RuleId, as_json: JsonFlag = False) -> None:
    """Take a rule away; what it sent stays."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        await gateway.delete(f"/api/v1/requests/rules/{rule_id}")
        if command.terminal.as_json:
            command.terminal.answer_json({"deleted": rule_id})
        else:
            command.terminal.say("Deleted.")

    command.run(work)


def _show(terminal: Terminal, ticket: Json) -> None:
    if terminal.as_json:
        terminal.answer_json(ticket)
        return
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name in ("id", "status", "category", "summary", "suggested_reply", "resolution", "subject", "body"):
        if ticket[name]:
            table.add_row(name.replace("_", " "), plain(str(ticket[name])))
    terminal.show(table)
    if ticket["analysis_state"] != "done":
        terminal.say(f"Its analysis is {ticket['analysis_state']}.", style="dim")


def _say_rule(terminal: Terminal, rule: Json) -> None:
    if terminal.as_json:
        terminal.answer_json(rule)
    else:
        state = "on" if rule["enabled"] else "off"
        terminal.say(f"{one_line(rule['name'], TEXT_CHARACTERS)} is {state} ({rule['id']})")


def _ticket_table(found: list[Json]) -> Table:
    table = Table("made", "status", "category", "what", "id", box=SIMPLE_HEAD, pad_edge=False)
    for ticket in found:
        table.add_row(
            minute(ticket["created_at"]),
            ticket["status"],
            ticket["category"] or "–",
            one_line(ticket["subject"] or ticket["summary"] or ticket["body"], TEXT_CHARACTERS),
            ticket["id"],
        )
    return table


def _rule_table(found: list[Json]) -> Table:
    table = Table("name", "category", "from", "sends", "on", "id", box=SIMPLE_HEAD, pad_edge=False)
    for rule in found:
        sends = one_line(rule["template"], TEXT_CHARACTERS) if rule["template"] else "the suggested reply"
        table.add_row(
            one_line(rule["name"], TEXT_CHARACTERS),
            rule["category"],
            f"{rule['min_confidence']:.0%}",
            sends,
            "yes" if rule["enabled"] else "no",
            rule["id"],
        )
    return table
