"""`earshot users`: who may use Earshot, and one's own account."""

from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.showing import Columns, show_one, show_rows

users = typer.Typer(help="Who may use Earshot, for admins; and your own account.", no_args_is_help=True)

RoleOption = Annotated[str, typer.Option(help="viewer, agent, admin or ingest.")]
UserId = Annotated[str, typer.Argument(help="The user's id, as `earshot users list` shows it.")]
COLUMNS: Final[Columns] = {
    "name": lambda user: user["username"],
    "role": lambda user: user["role"],
    "state": lambda user: "disabled" if user["disabled"] else "",
    "id": lambda user: user["id"],
}


@users.command("list")
def list_users(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List users by name."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/users", {"page_size": 200})
        show_rows(command, answer, answer["users"], COLUMNS, empty="There are no users.")

    command.run(work)


@users.command("me")
def me(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show who you are to Earshot."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        user = await gateway.get("/api/v1/users/me")
        show_one(command, user, f"{user['username']}, {user['role']} of {user['workspace_id']}: {user['id']}")

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
    password = _password(command, "Password")

    async def work(gateway: GatewayClient) -> None:
        user = await gateway.post("/api/v1/users", {"username": username, "password": password, "role": role})
        show_one(command, user, f"{user['username']} is a new {user['role']}: {user['id']}")

    command.run(work)


@users.command("change")
def change(
    context: typer.Context,
    user_id: UserId,
    role: RoleOption = "",
    disabled: Annotated[bool | None, typer.Option("--disable/--enable", help="Keep them out, or let them in.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Give a user another role, or keep them out. Either ends their logins."""
    command = command_of(context, as_json=as_json)
    wanted = {**({"role": role} if role else {}), **({} if disabled is None else {"disabled": disabled})}

    async def work(gateway: GatewayClient) -> None:
        user = await gateway.patch(f"/api/v1/users/{user_id}", wanted)
        state = ", disabled" if user["disabled"] else ""
        show_one(command, user, f"{user['username']}: {user['role']}{state}")

    command.run(work)


@users.command("password")
def password(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(help="As an admin, somebody else's id; by default yours is changed.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Change a password and end every login of that user. The new one is asked for; of your own the old one too.

    EARSHOT_PASSWORD may hold the old one of your own, or the new one of somebody else.
    """
    command = command_of(context, as_json=as_json)
    if user_id:
        body = {"new_password": _password(command, "New password")}
    else:
        body = {"current_password": _password(command, "Current password"), "new_password": _asked("New password")}

    async def work(gateway: GatewayClient) -> None:
        await gateway.post(f"/api/v1/users/{user_id or 'me'}:change-password", body)
        show_one(command, {"changed": True}, "The password is changed; every login has ended.")

    command.run(work)


@users.command("erase")
def erase(
    context: typer.Context,
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Erase an account with its logins and conversations. It cannot be undone."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        if not yes and not command.terminal.interactive:
            raise UsageError("Erasing cannot be undone: add --yes.")
        if not yes and not typer.confirm(f"Erase {user_id} with every conversation? It cannot be undone."):
            return
        erased = await gateway.delete(f"/api/v1/users/{user_id}")
        show_one(command, erased, f"Erased, with {erased['conversations']} conversations.")

    command.run(work)


def _password(command: Command, prompt: str) -> str:
    given = command.settings.password
    return given.get_secret_value() if given else _asked(prompt)


def _asked(prompt: str) -> str:
    return str(typer.prompt(prompt, hide_input=True, err=True))
