"""`earshot explain`: which words carry a text's labels, and the smallest deletion that turns each around."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

SHOWN_CHARACTERS = 80
_LEAST_WEIGHT = 0.01
"""Where no word alone moves the probability by so much, none carries the label."""


def explain(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Text whose labels are to be explained.")],
    intent: Annotated[list[str] | None, typer.Option(help="Intent to explain; by default those that hold.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell why a text gets its labels: the words that carry each, and what to leave out to turn it around."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.post("/api/v1/explain", {"text": text, "intents": intent or []})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        command.terminal.show(_table(answer))
        if not answer["complete"]:
            command.terminal.say("The time was over before everything was tried.", style="dim")

    command.run(work)


def _table(answer: Json) -> Table:
    table = Table("intent", "words by weight", "turned around by leaving out", box=SIMPLE_HEAD, pad_edge=False)
    for one in answer["intents"]:
        held = "" if one["holds"] else " (does not hold)"
        table.add_row(f"{one['intent']} {one['probability']:.0%}{held}", _weighed(answer, one), _flip(answer, one))
    return table


def _weighed(answer: Json, one: Json) -> Text:
    """The text with what carries the label in bold."""
    most = max((abs(weight) for weight in one["weights"]), default=0.0)
    words = Text()
    for piece, weight in zip(answer["pieces"], one["weights"], strict=True):
        style = "bold" if most >= _LEAST_WEIGHT and abs(weight) >= most / 2 else "dim"
        words.append(one_line(piece["text"], SHOWN_CHARACTERS) + " ", style=style)
    return words


def _flip(answer: Json, one: Json) -> str:
    if one["flip"] is None:
        return "–"
    left_out = " ".join(answer["pieces"][index]["text"] for index in one["flip"]["pieces"])
    return f"{one_line(left_out, SHOWN_CHARACTERS)} → {one['flip']['probability']:.0%}"
