"""`earshot login` keeps a login for the commands after it, which renew it; `earshot logout` ends it."""

import asyncio
import time
from typing import Annotated

import typer

from gateway.cli.client import GatewayClient, open_gateway
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.http_answers import json_of, reached
from gateway.cli.identity import Target, forget_login, login_file, login_lock, save_login, saved_login


def login(
    context: typer.Context,
    username: Annotated[str, typer.Option(prompt="User name", help="Your user name.")],
    as_json: JsonFlag = False,
) -> None:
    """Log in and keep the login, readable only by you, for the commands after this one.

    The password is asked for, unless EARSHOT_PASSWORD holds it.
    """
    command = command_of(context, as_json=as_json)
    given = command.settings.password
    password = given.get_secret_value() if given else str(typer.prompt("Password", hide_input=True, err=True))

    async def work(gateway: GatewayClient) -> None:
        saved = await gateway.bearer.log_in(username, password)
        save_login(saved)
        days = round((saved.refresh_expires_at - time.time()) / 86_400)
        if command.terminal.as_json:
            shown = {"url": saved.url, "username": username, "refresh_expires_at": round(saved.refresh_expires_at)}
            command.terminal.answer_json(shown)
            return
        command.terminal.say(f"Logged in to {saved.url} as {username}. Kept in {login_file()}.")
        command.terminal.note(f"It renews itself; unused, it lasts {days} days. `earshot logout` ends it.")

    command.run(work)


def logout(context: typer.Context, as_json: JsonFlag = False) -> None:
    """End the login that `earshot login` keeps, here and at Earshot."""
    command = command_of(context, as_json=as_json)

    async def work() -> None:
        async with login_lock():
            login = saved_login()
            if login is not None:
                async with open_gateway(Target(url=login.url)) as gateway:
                    form = {"token": login.refresh_token}
                    json_of(await reached(login.url, gateway.http.post("/api/v1/auth/revoke", data=form)))
            forget_login()
        said = f"Logged out of {login.url}." if login else "There was no login."
        if command.terminal.as_json:
            command.terminal.answer_json({"url": login.url if login else None})
        else:
            command.terminal.say(said)

    command.run_local(lambda: asyncio.run(work()))
