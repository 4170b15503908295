"""`earshot telegram`: asks the Bot API for messages, for those whose Earshot has no public address for a webhook.

An update is confirmed to Telegram only when its message is stored, and the place is kept in a file; a message that is
delivered again is stored once.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.outcomes import CommandError, NotReachableError, RefusedError, UsageError
from gateway.cli.private_files import read_json, write_private_json
from gateway.cli.server_events import Json
from gateway.cli.settings import CliSettings, state_folder
from gateway.shapes.fields import instant_json

POLL_SECONDS: Final = 50
TOO_MANY: Final = 429
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
_BOT_HINT: Final = "Set EARSHOT_TELEGRAM_BOT_TOKEN, or EARSHOT_TELEGRAM_BOT_TOKEN_FILE, to the token of @BotFather."


class BotAwayError(Exception):
    """The Bot API did not answer, or asked to be left alone for some seconds."""

    def __init__(self, text: str, *, seconds: float | None = None) -> None:
        super().__init__(text)
        self.seconds = seconds


def telegram_command(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when nothing is waiting.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Fetch messages sent to a Telegram bot, and store them, until Ctrl-C."""
    command = command_of(context, as_json=as_json)
    token = _token(command.settings)

    async def work(gateway: GatewayClient) -> None:
        timeout = httpx.Timeout(POLL_SECONDS + 10, connect=10)
        # The token is part of every address, so no error of this client may be shown as it is.
        base_url = f"{command.settings.telegram_api_url}/bot{token}/"
        async with httpx.AsyncClient(base_url=base_url, timeout=timeout) as http:
            runner = _Runner(gateway=gateway, http=http, command=command, bot_id=token.partition(":")[0])
            await runner.run(once=once)

    command.run(work, interrupted="Stopped; the next start goes on where this one was.")


def _token(settings: CliSettings) -> str:
    file = settings.telegram_bot_token_file
    try:
        token = file.read_text("utf-8").strip() if file else ""
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None
    if settings.telegram_bot_token:
        token = settings.telegram_bot_token.get_secret_value().strip()
    if not token.partition(":")[0].isdigit() or not token.partition(":")[2]:
        raise typer.BadParameter(_BOT_HINT)
    return token


class _Runner:
    """One bot's loop."""

    def __init__(self, *, gateway: GatewayClient, http: httpx.AsyncClient, command: Command, bot_id: str) -> None:
        self._gateway = gateway
        self._http = http
        self._command = command
        self._bot_id = bot_id
        self._file: Path = state_folder() / f"telegram-{bot_id}.json"
        self._offset = int(read_json(self._file).get("offset", 0))

    async def run(self, *, once: bool) -> None:
        """Asks, stores, confirms; waits longer and longer while either side is away."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                updates = await self._updates(0 if once else POLL_SECONDS)
                await self._take(updates)
            except (BotAwayError, NotReachableError, RefusedError) as error:
                if isinstance(error, RefusedError) and error.status < 500 and error.status != TOO_MANY:
                    raise
                wait = getattr(error, "seconds", None) or pause
                self._command.terminal.note(f"{error}; trying again in {wait:.0f} s")
                await asyncio.sleep(wait)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause = FIRST_PAUSE_SECONDS
            if once and not updates:
                return

    async def _updates(self, seconds: int) -> list[Json]:
        """What waits from the offset on; asking with it confirms everything before."""
        params: dict[str, str | int] = {"offset": self._offset, "timeout": seconds, "allowed_updates": '["message"]'}
        try:
            response = await self._http.get("getUpdates", params=params)
            body: Any = response.json()
        except (httpx.HTTPError, ValueError):
            raise BotAwayError("Telegram does not answer") from None
        if not isinstance(body, dict) or not body.get("ok"):
            raise _refusal(response.status_code, body if isinstance(body, dict) else {})
        return [update for update in body.get("result", []) if isinstance(update, dict)]

    async def _take(self, updates: list[Json]) -> None:
        """Stores the messages of some updates and keeps the place after them."""
        numbers = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
        created = 0
        for update in updates:
            created += await self._store(update)
        if numbers:
            self._offset = max(numbers) + 1
            write_private_json(self._file, {"offset": self._offset})
            self._say(len(updates), created)

    async def _store(self, update: Json) -> int:
        from gateway.connectors import telegram  # noqa: PLC0415  # a fifth of the start of every other command

        message = telegram.message_of(update, bot_id=self._bot_id)
        if message is None:
            return 0
        body = {
            "external_id": message.external_id,
            "source": message.source,
            "user_id": message.user_id,
            "timestamp": instant_json(message.event_time),
            "text": message.text,
            "conversation_id": message.conversation_id,
            "author": str(message.author.name).lower(),
        }
        try:
            answer = await self._gateway.post("/api/v1/messages?wait=0", {"messages": [body]})
        except RefusedError as error:
            if error.status not in {400, 409}:
                raise
            self._command.terminal.note(f"A message was refused and left out: {error.message}")
            return 0
        return int(answer["created"])

    def _say(self, received: int, created: int) -> None:
        if self._command.terminal.as_json:
            self._command.terminal.answer_json({"received": received, "created": created, "offset": self._offset})
        else:
            self._command.terminal.say(f"{received} updates, {created} messages stored")


def _refusal(status: int, body: Json) -> Exception:
    """What a refusal of the Bot API means: to wait, or that somebody has to do something."""
    parameters = body.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if status in {401, 404}:
        return UsageError("Telegram does not know this bot token.", hint=_BOT_HINT)
    if status == 409:
        text = "The bot has a webhook, or another program asks for its messages."
        return CommandError(text, hint="Delete the webhook (deleteWebhook), or stop the other program.")
    return BotAwayError(f"Telegram answers {status}", seconds=float(seconds) if isinstance(seconds, int) else None)
