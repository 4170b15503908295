"""`earshot messages`: what was written, with its labels."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from gateway.cli.ask_command import ZoneOption
from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.local_times import HourOption, WeekdayOption, local_times
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, minute, show_one, show_rows

messages = typer.Typer(help="What customers wrote, with its labels.", no_args_is_help=True)

Values = list[str] | None
COLUMNS: Final[Columns] = {
    "when": lambda message: minute(message["timestamp"]),
    "source": lambda message: message["source"],
    "category": lambda message: message["category"],
    "text": lambda message: message["text"],
    "id": lambda message: message["id"],
}
VERSIONS: Final[Columns] = {
    "since": lambda labels: minute(labels["valid_from"]),
    "by": lambda labels: labels["author_name"] or labels["author"],
    "intents": lambda labels: ", ".join(intent["label"] for intent in labels["intents"]),
    "sentiment": lambda labels: labels["sentiment"]["label"] if labels["sentiment"] else None,
    "language": lambda labels: labels["language"],
}


@messages.command("list")
def list_messages(
    context: typer.Context,
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    user_id: Annotated[Values, typer.Option(help="Only this customer; may be repeated.")] = None,
    conversation_id: Annotated[str, typer.Option(help="Only this thread.")] = "",
    start: Annotated[str, typer.Option(help="First instant, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer meant.")] = "",
    author: Annotated[Values, typer.Option(help="Only what this side wrote: customer or agent.")] = None,
    hour: HourOption = None,
    weekday: WeekdayOption = None,
    time_zone: ZoneOption = "",
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="The oldest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List messages, newest first."""
    command = command_of(context, as_json=as_json)
    given = {
        "category": category,
        "intent": intent,
        "source": source,
        "user_id": user_id,
        "conversation_id": conversation_id,
        "author": author,
        "start": start,
        "end": end,
        "order": "oldest_first" if oldest_first else "",
        "page_size": limit,
        **local_times(hour, weekday, time_zone),
    }

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/messages", {name: value for name, value in given.items() if value})
        show_rows(command, answer, answer["messages"], COLUMNS, empty="There are no such messages.")

    command.run(work)


@messages.command("show")
def show(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(help="The message's id, as `earshot messages list` shows it.")],
    as_json: JsonFlag = False,
) -> None:
    """Show a message whole, and every label set it had, newest first."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        message = await gateway.get(f"/api/v1/messages/{message_id}")
        if not command.terminal.as_json:
            command.terminal.say(message["text"])
            command.terminal.note(f"{message['source']}, {message['user_id']}, {minute(message['timestamp'])}")
        show_rows(command, message, message["history"], VERSIONS, empty="It has no labels yet.")

    command.run(work)


@messages.command("add")
def add(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What was written.")],
    source: Annotated[str, typer.Option(help="Channel it came by.")] = "web",
    user_id: Annotated[str, typer.Option(help="Who wrote it.")] = "unknown",
    timestamp: Annotated[str, typer.Option(help="When it was written; by default now.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Store one message and wait for its labels. For many there is `earshot import`."""
    command = command_of(context, as_json=as_json)
    moment = timestamp or datetime.now(UTC).isoformat()
    body: Json = {"text": text, "source": source, "user_id": user_id, "timestamp": moment}

    async def work(gateway: GatewayClient) -> None:
        message = await gateway.post("/api/v1/messages", body)
        show_one(command, message, f"Stored: {message['category'] or message['status']}, {message['id']}")

    command.run(work)
