"""`earshot login`: keeps a token for the commands after it."""

import time
from typing import Annotated

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.identity import SavedLogin, login_file, save_login


def login(
    context: typer.Context,
    username: Annotated[str, typer.Option(prompt="User name", help="Your user name.")],
    as_json: JsonFlag = False,
) -> None:
    """Log in and keep the token, readable only by you, for the commands after this one.

    The password is asked for, unless EARSHOT_PASSWORD holds it.
    """
    command = command_of(context, as_json=as_json)
    given = command.settings.password
    password = given.get_secret_value() if given else str(typer.prompt("Password", hide_input=True, err=True))

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.log_in(username, password)
        expires_at = time.time() + float(answer["expires_in"])
        url = gateway.target.url
        save_login(SavedLogin(url=url, username=username, token=answer["access_token"], expires_at=expires_at))
        if command.terminal.as_json:
            command.terminal.answer_json({"url": url, "username": username, "expires_in": answer["expires_in"]})
            return
        hours = round(float(answer["expires_in"]) / 3600)
        command.terminal.say(f"Logged in to {url} as {username} for {hours} hours. Kept in {login_file()}.")

    command.run(work)
