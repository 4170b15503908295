"""`earshot alerts subscribe`: a receipt's number is watched from now on."""

from typing import Annotated

import typer

from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.outcomes import UsageError
from gateway.cli.server_events import Json


def subscribe(
    context: typer.Context,
    receipt: Annotated[str, typer.Argument(help="The receipt's id, as `earshot ask` shows it.")],
    change: Annotated[
        float | None, typer.Option(min=0.0001, help="Tell when it moves by this part: 0.2 a fifth.")
    ] = None,
    above: Annotated[float | None, typer.Option(help="Tell when it is above this.")] = None,
    below: Annotated[float | None, typer.Option(help="Tell when it is below this.")] = None,
    name: Annotated[str, typer.Option(help="A name for people; by default the question.")] = "",
    webhook: Annotated[str, typer.Option(help="Address that alerts are posted to.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Watch the number of an answer: `earshot alerts subscribe RECEIPT --change 0.2`."""
    command = command_of(context, as_json=as_json)

    async def work(gateway: GatewayClient) -> None:
        body: Json = {"condition": condition_of(change, above, below), "name": name, "webhook_url": webhook}
        rule = await gateway.post(f"/api/v1/receipts/{receipt}:subscribe", body)
        if command.terminal.as_json:
            command.terminal.answer_json(rule)
            return
        command.terminal.say(f"Watched: {rule['name']} (rule {rule['id']})")
        if rule["webhook_secret"]:
            command.terminal.say(f"The webhook's secret, shown this once: {rule['webhook_secret']}")

    command.run(work)


def condition_of(change: float | None, above: float | None, below: float | None) -> Json:
    """The one condition that is given. Raises UsageError for none or several."""
    given = {"change": change, "above": above, "below": below}
    named = [(kind, threshold) for kind, threshold in given.items() if threshold is not None]
    if len(named) != 1:
        raise UsageError("give exactly one of --change, --above and --below")
    kind, threshold = named[0]
    return {"kind": kind, "threshold": threshold}
