"""`earshot ask`: one question, one answer."""

from typing import Annotated

import typer

from gateway.cli.answer import show_evidence, stream_answer
from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.server_events import Json
from gateway.cli.zone import local_zone

ZoneOption = Annotated[
    str, typer.Option("--time-zone", help="IANA zone that days and hours are counted in; by default this machine's.")
]
ModelOption = Annotated[str, typer.Option("--model", help="Model that writes the answer; by default the server's.")]


def ask(
    context: typer.Context,
    question: Annotated[list[str], typer.Argument(help="What you want to know, in your own words.")],
    session: Annotated[str, typer.Option("--session", help="Session to go on with; by default a new one.")] = "",
    time_zone: ZoneOption = "",
    model: ModelOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Ask about the messages; streams the answer, then shows how the question was understood and its receipt."""
    command = command_of(context, as_json=as_json)
    body = question_body(" ".join(question), time_zone=time_zone, model=model, session=session)

    async def work(gateway: GatewayClient) -> None:
        if command.terminal.as_json:
            command.terminal.answer_json(await gateway.post("/api/v1/chat", body))
            return
        reply = await stream_answer(gateway, command.terminal, "/api/v1/chat/stream", body)
        show_evidence(command.terminal, reply)

    command.run(work, interrupted="Stopped; what was said is kept.")


def question_body(text: str, *, time_zone: str, model: str, session: str = "") -> Json:
    """The request of a question."""
    body: Json = {"text": text, "time_zone": time_zone or local_zone()}
    if model:
        body["model"] = model
    if session:
        body["session_id"] = session
    return body
