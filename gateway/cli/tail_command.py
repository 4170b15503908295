"""`earshot tail`: messages as they come, and where the connection breaks it goes on after the last one seen."""

import asyncio
from typing import Annotated, Final
from urllib.parse import urlencode

import typer

from gateway.cli.ask_command import ZoneOption
from gateway.cli.client import GatewayClient, StreamCall
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.local_times import HourOption, WeekdayOption, local_times
from gateway.cli.outcomes import CommandError, NotReachableError, RefusedError
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json, ServerEvent

PAUSE_SECONDS: Final = 2.0
LOGIN_OVER: Final = "UNAUTHENTICATED"
TEXT_CHARACTERS: Final = 160

Values = list[str] | None


def tail(
    context: typer.Context,
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    sentiment: Annotated[Values, typer.Option(help="Only this sentiment; may be repeated.")] = None,
    hour: HourOption = None,
    weekday: WeekdayOption = None,
    time_zone: ZoneOption = "",
    stored: Annotated[bool, typer.Option("--stored", help="Also when a message is stored, before its labels.")] = False,
    cursor: Annotated[str, typer.Option(help="Go on after the event with this id.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="End after so many messages; 0: never.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Show messages as they come, with their labels, until Ctrl-C. With --json one event per line."""
    command = command_of(context, as_json=as_json)
    labels = {"category": category, "intent": intent, "source": source, "sentiment": sentiment}
    given = {**labels, **local_times(hour, weekday, time_zone)}
    params = {name: values for name, values in given.items() if values}
    params["kind"] = ["stored", "labelled"] if stored else ["labelled"]
    path = f"/api/v1/events?{urlencode(params, doseq=True)}"

    async def work(gateway: GatewayClient) -> None:
        await _follow(gateway, command, path, cursor=cursor, limit=limit)

    command.run(work, interrupted="")


async def _follow(gateway: GatewayClient, command: Command, path: str, *, cursor: str, limit: int) -> None:
    shown = 0
    while True:
        headers = {"Last-Event-ID": cursor} if cursor else {}
        try:
            async with gateway.stream(StreamCall(method="GET", path=path, headers=headers)) as events:
                async for event in events:
                    cursor = event.id or cursor
                    if event.name == "failed" and event.data.get("code") == LOGIN_OVER:
                        break  # the next connection has a token of its own, or says that the login has ended
                    shown += _show(command, event)
                    if limit and shown >= limit:
                        return
        except (NotReachableError, RefusedError) as error:
            if not cursor or not _passing(error):
                raise
            command.terminal.note("The connection broke; going on.")
        await asyncio.sleep(PAUSE_SECONDS)


def _passing(error: NotReachableError | RefusedError) -> bool:
    return isinstance(error, NotReachableError) or error.status >= 500


def _show(command: Command, event: ServerEvent) -> int:
    """Shows one event; answers how many messages that were."""
    if event.name == "failed":
        raise CommandError(str(event.data.get("message", "The server ended the stream.")))
    if event.name not in {"stored", "labelled"}:
        return 0
    message: Json = event.data["message"]
    if command.terminal.as_json:
        command.terminal.answer_json({"event": event.name, "id": event.id, "message": message})
        return 1
    labels = ", ".join(score["label"] for score in message["intents"]) or event.name
    moment = str(message["timestamp"])[:19].replace("T", " ")
    command.terminal.say(f"{moment}  {message['source']}  [{labels}]  {one_line(message['text'], TEXT_CHARACTERS)}")
    return 1
