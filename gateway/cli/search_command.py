"""`earshot search`: messages by what they mean and by their words."""

from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.ask_command import ZoneOption
from gateway.cli.categories_command import category_ids
from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.local_times import HourOption, WeekdayOption, local_times
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json
from gateway.cli.showing import minute

Values = list[str] | None

TEXT_CHARACTERS = 80
WORDS_ONLY = "Words alone were looked for: embeddings are switched off, or the classifier could not be reached."


def search(
    context: typer.Context,
    text: Annotated[
        list[str] | None, typer.Argument(help='What to look for, in quotes: "phrases" and -exclusions hold.')
    ] = None,
    similar_to: Annotated[str, typer.Option(help="Id of a message; those that mean the same are found.")] = "",
    start: Annotated[str, typer.Option(help="First instant searched, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer searched.")] = "",
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    custom_category: Annotated[Values, typer.Option(help="Only this category of your own, by name or id.")] = None,
    author: Annotated[Values, typer.Option(help="Only what this side wrote: customer or agent.")] = None,
    hour: HourOption = None,
    weekday: WeekdayOption = None,
    time_zone: ZoneOption = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many messages.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """Find messages by what they mean and by their words, best first."""
    command = command_of(context, as_json=as_json)
    named = {"categories": category, "intents": intent, "sources": source}
    body: dict[str, Any] = {
        "filters": {name: {"any_of": values} for name, values in named.items() if values},
        "range": {name: moment for name, moment in (("start", start), ("end", end)) if moment},
        "page_size": limit,
        "authors": author or [],
    }
    times = local_times(hour, weekday, time_zone)
    if times:
        body["time_zone"] = times["time_zone"]
        body["filters"] |= {"hours": times["hour"] or [], "weekdays": times["weekday"]}
    subject = {"similar_to": similar_to} if similar_to else {"text": " ".join(text or [])}

    async def work(gateway: GatewayClient) -> None:
        if custom_category:
            body["filters"]["custom_categories"] = {"any_of": await category_ids(gateway, custom_category)}
        answer = await gateway.post("/api/v1/messages:search", {**body, **subject})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        if answer["messages"]:
            command.terminal.show(_table(answer["messages"]))
        else:
            command.terminal.say("Nothing was found.")
        if not answer["semantic"]:
            command.terminal.say(WORDS_ONLY, style="dim")

    command.run(work)


def _table(hits: list[Json]) -> Table:
    table = Table("score", "when", "source", "categories", "text", box=SIMPLE_HEAD, pad_edge=False)
    for hit in hits:
        table.add_row(
            f"{hit['score']:.2f}",
            minute(hit["timestamp"]),
            one_line(hit["source"], TEXT_CHARACTERS),
            ", ".join(category["label"] for category in hit["categories"]) or "–",
            one_line(hit["text"], TEXT_CHARACTERS),
        )
    return table
