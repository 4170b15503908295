"""`earshot audit`: who did what."""

from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_rows

COLUMNS: Final[Columns] = {
    "when": lambda event: minute(event["timestamp"]),
    "who": lambda event: event["actor_name"] or event["actor_id"],
    "as": lambda event: event["actor_role"] or event["actor_kind"],
    "did": lambda event: event["action"],
    "to": lambda event: " ".join(filter(None, (event["resource_kind"], event["resource_id"]))),
    "outcome": lambda event: event["code"],
}


def audit(
    context: typer.Context,
    actor: Annotated[str, typer.Option(help="Only what this one did: a user's name, or an id.")] = "",
    action: Annotated[str, typer.Option(help="Only this, as in UpdateUser.")] = "",
    resource_kind: Annotated[str, typer.Option(help="Only what was done to one of these, as in user.")] = "",
    resource_id: Annotated[str, typer.Option(help="Only what was done to this one.")] = "",
    start: Annotated[str, typer.Option(help="First instant, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer meant.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 50,
    page_token: Annotated[str, typer.Option(help="Go on after a page, as its JSON says.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List who changed what, and who read what customers wrote; for admins, the newest first."""
    command = command_of(context, as_json=as_json)
    given: Json = {
        "actor": actor,
        "action": action,
        "resource_kind": resource_kind,
        "resource_id": resource_id,
        "start": start,
        "end": end,
        "page_size": limit,
        "page_token": page_token,
    }

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/audit", {name: value for name, value in given.items() if value})
        show_rows(command, answer, answer["events"], COLUMNS, empty="Nothing was written down.")

    command.run(work)
