"""`earshot estimate`: what the model's known errors make of the counts."""

from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.tables import period


def estimate(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="category, intent or sentiment.")] = "category",
    start: Annotated[str, typer.Option(help="First instant counted, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer counted.")] = "",
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="How often the interval holds.")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Estimate how many messages truly have each label, with an interval, beside the exact counts."""
    command = command_of(context, as_json=as_json)
    window = {name: value for name, value in (("start", start), ("end", end)) if value}
    body: dict[str, Any] = {"dimension": by, "confidence": confidence, "range": window}
    if source:
        body["filters"] = {"sources": {"any_of": source}}

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.post("/api/v1/stats:estimate", body)
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        command.terminal.show(_table(answer))
        for line in _footer(answer):
            command.terminal.say(line, style="dim")

    command.run(work)


def _table(answer: Json) -> Table:
    table = Table(answer["dimension"], box=SIMPLE_HEAD, pad_edge=False)
    for name in ("counted", "estimate", f"{answer['confidence']:.4g} interval"):
        table.add_column(name, justify="right")
    for row in answer["rows"]:
        interval = f"{row['low']:,} – {row['high']:,}"
        table.add_row(row["key"], f"{row['count']:,}", f"{row['estimate']:,}", interval)
    return table


def _footer(answer: Json) -> list[str]:
    lines = [
        f"estimates from the model's errors on the golden set · {period(answer['range'])}",
        f"{answer['labelled_messages']:,} messages with labels, {answer['judged_messages']:,} of them by people",
    ]
    if answer["unmeasured_messages"]:
        lines.append(f"{answer['unmeasured_messages']:,} were labelled by a model whose errors are not known.")
    return lines
