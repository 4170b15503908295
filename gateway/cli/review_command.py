"""`earshot review`: which messages are worth a look, and people's word on their labels and on answers."""

import json
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.showing import Columns, show_one, show_rows

review = typer.Typer(help="Messages worth a look, and your word on labels and answers.", no_args_is_help=True)

MessageId = Annotated[str, typer.Argument(help="The message's id, as `earshot review list` shows it.")]
COLUMNS: Final[Columns] = {
    "why": lambda item: item["reason"].replace("_", " "),
    "category": lambda item: item["message"]["category"],
    "text": lambda item: item["message"]["text"],
    "id": lambda item: item["message"]["id"],
}
DRAWN: Final[Columns] = {
    "intents": lambda item: ", ".join(intent["label"] for intent in item["message"]["intents"]),
    "text": lambda item: item["message"]["text"],
    "id": lambda item: item["message"]["id"],
}
AGREEMENT: Final[Columns] = {
    "category": lambda row: row["category"],
    "both": lambda row: row["both"],
    "model only": lambda row: row["model_only"],
    "person only": lambda row: row["person_only"],
    "kappa": lambda row: None if row["kappa"] is None else f"{row['kappa']:.2f}",
    "model kappa": lambda row: None if row["model_kappa"] is None else f"{row['model_kappa']:.2f}",
}


class Thumb(StrEnum):
    """What an answer is rated."""

    UP = "up"
    DOWN = "down"


class Rating(StrEnum):
    """What somebody says of an answer."""

    UP = "up"
    DOWN = "down"
    CLEARED = "cleared"


@review.command("list")
def list_queue(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List the messages that are worth a look, most worth first."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/review", {"page_size": limit})
        show_rows(command, answer, answer["items"], COLUMNS, empty="Nothing waits for a look.")

    command.run(work)


@review.command("sample")
def sample(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """Draw messages at random, however sure the model was, to check its labels; those you judge are not drawn again."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/review", {"reason": "spot_check", "page_size": limit})
        show_rows(command, answer, answer["items"], DRAWN, empty="There are no labels of the model to check.")

    command.run(work)


@review.command("correct")
def correct(
    context: typer.Context,
    message_id: MessageId,
    intent: Annotated[list[str] | None, typer.Option(help="What it is about; may be repeated.")] = None,
    sentiment: Annotated[str, typer.Option(help="negative, neutral or positive.")] = "",
    language: Annotated[str, typer.Option(help="Its code, as in en or pt-BR.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Say which labels are right; what is not given stays."""
    given = {"intents": intent, "sentiment": sentiment, "language": language}
    _judge(context, message_id, {name: value for name, value in given.items() if value}, as_json=as_json)


@review.command("confirm")
def confirm(context: typer.Context, message_id: MessageId, as_json: JsonFlag = False) -> None:
    """Say that the labels are right."""
    _judge(context, message_id, {"verdict": "confirmed"}, as_json=as_json)


@review.command("reject")
def reject(context: typer.Context, message_id: MessageId, as_json: JsonFlag = False) -> None:
    """Say that the labels are wrong, without saying which are right."""
    _judge(context, message_id, {"verdict": "rejected"}, as_json=as_json)


@review.command("agreement")
def agreement(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show how often people and the model, and people among themselves, agree."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        answer = await gateway.get("/api/v1/review/agreement")
        show_rows(command, answer, answer["categories"], AGREEMENT, empty="Nobody has judged a message yet.")

    command.run(work)


@review.command("corrections")
def corrections(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write; .jsonl for JSON lines, else tab-separated.")],
    as_json: JsonFlag = False,
) -> None:
    """Write what people said of messages as rows that `earshot train` reads."""
    command = command_of(context, as_json=as_json)
    file_format = "jsonl" if file.suffix == ".jsonl" else "tsv"

    async def work(gateway: GatewayClient) -> None:
        async with gateway.download("/api/v1/review/corrections", {"format": file_format}) as pieces:
            content = b"".join([piece async for piece in pieces])
        file.write_bytes(content)
        show_one(command, {"file": str(file), "bytes": len(content)}, f"Written to {file}.")

    command.run(work)


@review.command("rate")
def rate(
    context: typer.Context,
    reply_id: Annotated[str, typer.Argument(help="The answer's id, as `earshot ask --json` shows it.")],
    rating: Annotated[Rating, typer.Argument(help="up, down, or cleared to take it back.")],
    comment: Annotated[str, typer.Option(help="Why, in at most 1,000 characters.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Say whether an answer you were given is right; admins see it."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        body = {"rating": rating.value, "comment": comment}
        answer = await gateway.put(f"/api/v1/replies/{reply_id}/rating", body)
        show_one(command, answer, f"Rated {rating.value}." if answer["rating"] else "Taken back.")

    command.run(work)


@review.command("answers")
def answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write, JSON lines.")],
    rating: Annotated[Thumb | None, typer.Option(help="Only up or down.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the answers that people rated, with question, reading, rating and comment; admins only."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        rated = [turn async for turn in _rated(gateway, rating)]
        lines = [json.dumps(turn, ensure_ascii=False, separators=(",", ":")) for turn in rated]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        show_one(command, {"file": str(file), "answers": len(rated)}, f"{len(rated)} answers written to {file}.")

    command.run(work)


async def _rated(gateway: GatewayClient, rating: Thumb | None) -> AsyncIterator[Json]:
    """Every page of them, the one rated last first."""
    token = ""
    while True:
        wanted = {"rating": rating.value if rating else "", "page_size": 200, "page_token": token}
        page = await gateway.get("/api/v1/ratings", wanted)
        for turn in page["turns"]:
            yield turn
        token = page["next_page_token"] or ""
        if not token:
            return


def _judge(context: typer.Context, message_id: str, judgement: Json, *, as_json: bool) -> None:
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        message = await gateway.post(f"/api/v1/messages/{message_id}/labels", judgement)
        labels = ", ".join(intent["label"] for intent in message["intents"])
        show_one(command, message, f"{message['verdict'].capitalize()}: {labels or 'no labels in force'}")

    command.run(work)
