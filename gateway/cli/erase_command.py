"""`earshot erase`: a customer and everything they wrote."""

from typing import Annotated
from urllib.parse import quote

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError


def erase(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(help="The customer, as the source names them.")],
    source: Annotated[str, typer.Option(help="Only their messages of this source.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Erase a customer: messages, labels, tickets, and their part in every statistic. It cannot be undone."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        if not yes and not command.terminal.interactive:
            raise UsageError("Erasing cannot be undone: add --yes.")
        if not yes and not typer.confirm(f"Erase everything of {user_id}? It cannot be undone."):
            return
        path = f"/api/v1/customers/{quote(user_id, safe='')}"
        answer = await gateway.delete(path, {"source": source} if source else None)
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
        else:
            counts = f"{answer['messages']:,} messages and {answer['tickets']:,} tickets"
            command.terminal.say(f"Erased {counts}; tombstone {answer['erasure_id']}.")

    command.run(work)
