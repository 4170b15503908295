"""`earshot tokens`: programs that act as somebody."""

from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

tokens = typer.Typer(help="Service tokens for programs that act as you; for admins, as anybody.", no_args_is_help=True)

COLUMNS: Final[Columns] = {
    "name": lambda token: token["name"],
    "role": lambda token: token["role"],
    "last used": lambda token: minute(token["used_at"]) or "never",
    "ends": lambda token: minute(token["expires_at"]),
    "state": lambda token: "revoked" if token["revoked_at"] else "",
    "id": lambda token: token["id"],
}


@tokens.command("issue")
def issue(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    user_id: Annotated[str, typer.Option(help="The user it acts as; by default you.")] = "",
    role: Annotated[str, typer.Option(help="viewer, agent, admin or ingest.")] = "",
    expires_at: Annotated[str, typer.Option(help="When it ends, as in 2027-03-01T00:00:00Z; by default never.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make a service token and show it, this once."""
    command = command_of(context, as_json=as_json)
    given = {"role": role, "expires_at": expires_at}
    body: Json = {"name": name, "user_id": user_id, **{field: value for field, value in given.items() if value}}

    async def work(gateway: GatewayClient) -> None:
        token = await gateway.post("/api/v1/tokens", body)
        show_one(command, token, token["token"])
        if not command.terminal.as_json:
            command.terminal.note(f"It is not shown again. Revoke it: earshot tokens revoke {token['id']}")

    command.run(work)


@tokens.command("list")
def list_tokens(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List service tokens, the newest first, without their secrets."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/tokens", {"page_size": 200})
        show_rows(command, answer, answer["tokens"], COLUMNS, empty="There are no service tokens.")

    command.run(work)


@tokens.command("revoke")
def revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(help="The token's id, as `earshot tokens list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """End a service token."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        token = await gateway.delete(f"/api/v1/tokens/{token_id}")
        show_one(command, token, f"{token['name']} is revoked.")

    command.run(work)
