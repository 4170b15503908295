"""`earshot users` and `earshot tokens`: who may use Earshot, and programs that act as somebody."""

from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

NAME_CHARACTERS: Final = 64

users = typer.Typer(help="Who may use Earshot; for admins.", no_args_is_help=True)
tokens = typer.Typer(help="Service tokens for programs that act as you; for admins, as anybody.", no_args_is_help=True)

RoleOption = Annotated[str, typer.Option(help="viewer, agent, admin or ingest.")]


@users.command("list")
def list_users(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List users by name."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/users", {"page_size": 200})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        table = Table("name", "role", "state", "id", box=SIMPLE_HEAD, pad_edge=False)
        for user in answer["users"]:
            state = "disabled" if user["disabled"] else ""
            table.add_row(one_line(user["username"], NAME_CHARACTERS), user["role"], state, user["id"])
        command.terminal.show(table)

    command.run(work)


@users.command("add")
def add(
    context: typer.Context,
    username: Annotated[str, typer.Argument(help="Name to log in with.")],
    role: RoleOption = "viewer",
    as_json: JsonFlag = False,
) -> None:
    """Make a user. The password is asked for, unless EARSHOT_PASSWORD holds it."""
    command = command_of(context, as_json=as_json)
    given = command.settings.password
    password = given.get_secret_value() if given else str(typer.prompt("Password", hide_input=True, err=True))

    async def work(gateway: GatewayClient) -> None:
        user = await gateway.post("/api/v1/users", {"username": username, "password": password, "role": role})
        if command.terminal.as_json:
            command.terminal.answer_json(user)
        else:
            command.terminal.say(f"{user['username']} is a new {user['role']}: {user['id']}")

    command.run(work)


@users.command("change")
def change(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(help="The user's id, as `earshot users list` shows it.")],
    role: RoleOption = "",
    disabled: Annotated[bool | None, typer.Option("--disable/--enable", help="Keep them out, or let them in.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Give a user another role, or keep them out. Either ends their logins."""
    command = command_of(context, as_json=as_json)
    wanted = {**({"role": role} if role else {}), **({} if disabled is None else {"disabled": disabled})}

    async def work(gateway: GatewayClient) -> None:
        user = await gateway.patch(f"/api/v1/users/{user_id}", wanted)
        if command.terminal.as_json:
            command.terminal.answer_json(user)
        else:
            state = ", disabled" if user["disabled"] else ""
            command.terminal.say(f"{one_line(user['username'], NAME_CHARACTERS)}: {user['role']}{state}")

    command.run(work)


@tokens.command("issue")
def issue(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    user_id: Annotated[str, typer.Option(help="The user it acts as; by default you.")] = "",
    role: RoleOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Make a service token and show it, this once."""
    command = command_of(context, as_json=as_json)
    body: Json = {"name": name, "user_id": user_id, **({"role": role} if role else {})}

    async def work(gateway: GatewayClient) -> None:
        token = await gateway.post("/api/v1/tokens", body)
        if command.terminal.as_json:
            command.terminal.answer_json(token)
        else:
            command.terminal.say(token["token"])
            command.terminal.note(f"It is not shown again. Revoke it: earshot tokens revoke {token['id']}")

    command.run(work)


@tokens.command("list")
def list_tokens(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List service tokens, the newest first, without their secrets."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/tokens", {"page_size": 200})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        table = Table("name", "role", "last used", "state", "id", box=SIMPLE_HEAD, pad_edge=False)
        for token in answer["tokens"]:
            state = "revoked" if token["revoked_at"] else ""
            name = one_line(token["name"], NAME_CHARACTERS)
            table.add_row(name, token["role"], (token["used_at"] or "never")[:16], state, token["id"])
        command.terminal.show(table)

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
        if command.terminal.as_json:
            command.terminal.answer_json(token)
        else:
            command.terminal.say(f"{one_line(token['name'], NAME_CHARACTERS)} is revoked.")

    command.run(work)
