"""`earshot classify`: labels of texts, without storing them."""

import sys
from collections.abc import Iterator
from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json

TEXTS_PER_CALL: Final = 256
TEXT_CHARACTERS: Final = 60


def classify(
    context: typer.Context,
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to label; without any, lines of stdin.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Scheme of the categories; by default category.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Label texts: intents and categories with their probability, sentiment, language. Nothing is stored."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        given = texts or [line.rstrip("\n") for line in sys.stdin if line.strip()]
        if not given:
            raise UsageError("There is no text to label.", hint='As in: earshot classify "my deposit is missing"')
        named = {"scheme": scheme} if scheme else {}
        results: list[Json] = []
        answer: Json = {}
        for part in _parts(given):
            answer = await gateway.post("/api/v1/classify", {"texts": part} | named)
            results += answer["results"]
        if command.terminal.as_json:
            command.terminal.answer_json({"results": results, "model": answer["model"]})
            return
        command.terminal.show(_table(given, results))
        command.terminal.say(f"model {answer['model']['name']} {answer['model']['version']}", style="dim")

    command.run(work)


def _parts(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), TEXTS_PER_CALL):
        yield texts[start : start + TEXTS_PER_CALL]


def _table(texts: list[str], results: list[Json]) -> Table:
    table = Table("text", "categories", "intents", "sentiment", "language", box=SIMPLE_HEAD, pad_edge=False)
    for text, result in zip(texts, results, strict=True):
        sentiment = result["sentiment"]["label"] if result["sentiment"] else "–"
        unsure = " (unsure)" if result["abstained"] else ""
        table.add_row(
            one_line(text, TEXT_CHARACTERS),
            scores(result["categories"]) + unsure,
            scores(result["intents"]),
            sentiment,
            result["language"],
        )
    return table


def scores(labels: list[Json]) -> str:
    """Labels with their probability in percent; a dash where there is none."""
    return ", ".join(f"{item['label']} {item['probability']:.0%}" for item in labels) or "–"
