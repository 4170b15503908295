"""A reply on the terminal: the words as they come, then what stands behind them."""

import asyncio
from contextlib import aclosing

from gateway.cli.client import GatewayClient
from gateway.cli.outcomes import CommandError
from gateway.cli.reply import Reply, cancel, follow
from gateway.cli.server_events import Json, ServerEvent
from gateway.cli.tables import reading_line, receipt_line, stats_footer, stats_table
from gateway.cli.terminal import Terminal


async def stream_answer(gateway: GatewayClient, terminal: Terminal, path: str, body: Json) -> Reply:
    """Shows a reply while it comes. Ctrl-C stops the reply itself, then the command.

    Raises CommandError where the reply failed.
    """
    reply = Reply()
    try:
        async with aclosing(follow(gateway, path, body, reply=reply)) as events:
            async for _, event in events:
                _show(terminal, event)
    except asyncio.CancelledError:
        if reply.resumable:
            await cancel(gateway, reply.reply_id)
        raise
    finally:
        if reply.text and not terminal.as_json:
            terminal.say("")
    _check(reply)
    return reply


def _show(terminal: Terminal, event: ServerEvent) -> None:
    if terminal.as_json:
        terminal.answer_json({"event": event.name, **event.data})
    elif event.name == "delta":
        terminal.say(str(event.data["text"]), end="")
    elif event.name == "notice":
        terminal.note(f"note: {event.data.get('message', '')}")


def _check(reply: Reply) -> None:
    if reply.ended and reply.ended.name == "failed":
        hint = "Ask again." if reply.ended.data.get("retryable") else ""
        message = str(reply.ended.data.get("message", "The reply failed."))
        raise CommandError(message, hint=hint, request_id=reply.request_id)


def show_evidence(terminal: Terminal, reply: Reply) -> None:
    """Interpretation, tables and receipt, below the answer."""
    reading = reply.interpretation or {}
    behaviour = reading.get("behaviour", "answer")
    if behaviour == "answer" and (line := reading_line(reading)):
        terminal.say("")
        terminal.say(f"understood as: {line}", style="dim")
    # A question back lists its choices in its own words.
    for choice in reading.get("choices", []) if behaviour != "clarify" else ():
        terminal.say(f"  · {choice}")
    for stats in reply.queries:
        table = stats_table(stats)
        if table is not None:
            terminal.show(table)
        for footer in stats_footer(stats):
            terminal.say(footer, style="dim")
    if reply.ended and reply.queries:
        done = reply.ended.data
        terminal.say(receipt_line(done.get("receipt_id"), done.get("verification", {})), style="dim")
