"""`earshot api`: any route of the HTTP API, as you: what has no command of its own is one line away."""

import json
import sys
from typing import Annotated, Any

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError


def api(
    context: typer.Context,
    path: Annotated[str, typer.Argument(help="As in docs/http.md: /api/v1/review/agreement.")],
    body: Annotated[str, typer.Option("--data", "-d", help="JSON to send; - reads it from stdin.")] = "",
    method: Annotated[str, typer.Option("--method", "-X", help="By default GET, or POST with --data.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Call a route of the HTTP API and print its JSON. /docs of the gateway lists the routes."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        if not path.startswith("/"):
            raise UsageError(f"{path} is no path such as /api/v1/stats.")
        answer = await gateway.call((method or ("POST" if body else "GET")).upper(), path, json=_parsed(body))
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        else:
            command.terminal.say(json.dumps(answer, indent=2, ensure_ascii=False))

    command.run(work)


def _parsed(body: str) -> Any:  # noqa: ANN401  # any JSON
    if not body:
        return None
    try:
        return json.loads(sys.stdin.read() if body == "-" else body)
    except ValueError as error:
        raise UsageError(f"--data is no JSON: {error}.") from None
