"""`earshot invitations`: accounts that people make for themselves."""

from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

invitations = typer.Typer(help="Invitations to make an account, for admins.", no_args_is_help=True)

COLUMNS: Final[Columns] = {
    "role": lambda invitation: invitation["role"],
    "made": lambda invitation: minute(invitation["created_at"]),
    "ends": lambda invitation: minute(invitation["expires_at"]),
    "invited by": lambda invitation: invitation["invited_by"],
    "id": lambda invitation: invitation["id"],
}


@invitations.command("issue")
def issue(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="viewer, agent, admin or ingest.")] = "viewer",
    expires_at: Annotated[str, typer.Option(help="When it ends, 30 days ahead at most; by default in 7 days.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make an invitation and show its token, this once."""
    command = command_of(context, as_json=as_json)
    body: Json = {"role": role, **({"expires_at": expires_at} if expires_at else {})}

    async def work(gateway: GatewayClient) -> None:
        made = await gateway.post("/api/v1/invitations", body)
        show_one(command, made, made["token"])
        if not command.terminal.as_json:
            command.terminal.note(
                f"It works once and is not shown again. Revoke it: earshot invitations revoke {made['id']}"
            )

    command.run(work)


@invitations.command("list")
def list_invitations(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List open invitations, the newest first, without their tokens."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/invitations", {"page_size": 200})
        show_rows(command, answer, answer["invitations"], COLUMNS, empty="There are no open invitations.")

    command.run(work)


@invitations.command("revoke")
def revoke(
    context: typer.Context,
    invitation_id: Annotated[str, typer.Argument(help="The id, as `earshot invitations list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """End an invitation that was not used."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        revoked = await gateway.delete(f"/api/v1/invitations/{invitation_id}")
        show_one(command, revoked, "The invitation is revoked.")

    command.run(work)
