"""How an answer is told, and telling one in words that code has made."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.chat.generation import Generation
from services.chat.history.remembered import SessionMemory
from services.chat.ledger.number_ledger import NumberLedger, Verification
from services.chat.narration.detail import Detail
from services.chat.replies.running_reply import RunningReply
from services.runtime.redaction import Redaction

STOP: Final = "stop"
LENGTH: Final = "length"
PIECES_PER_TURN_OF_THE_LOOP: Final = 16
"""What has the next piece at hand, code or a fast upstream, never waits by itself; the callers need their turn."""

_TRUNCATED: Final = "The answer was cut short at its length limit."


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How an answer is written: by which model, with which options, after how many characters it is cut, and what
    of it the model does not get to see.
    """

    model: str
    generation: Generation
    longest: int
    detail: Detail
    remembered: SessionMemory
    redaction: Redaction


async def tell_by_code(
    reply: RunningReply, words: Iterable[str], ledger: NumberLedger, *, longest: int
) -> tuple[str, Verification]:
    """Hands on the words, as far as the ledger lets them and there is room; why they ended, and what it found."""
    for position, word in enumerate(words, start=1):
        if not _added(reply, ledger.feed(word), longest):
            return ended(reply, cut=True), ledger.cut_short()
        if position % PIECES_PER_TURN_OF_THE_LOOP == 0:
            await asyncio.sleep(0)
    rest, verification = ledger.finish()
    return ended(reply, cut=not _added(reply, rest, longest)), verification


def _added(reply: RunningReply, text: str, longest: int) -> bool:
    """Whether there was room for the text."""
    if reply.characters + len(text) > longest:
        return False
    reply.add_text(text)
    return True


def ended(reply: RunningReply, *, cut: bool) -> str:
    """The reason why an answer ended, told where it was cut."""
    if not cut:
        return STOP
    reply.add_notice("truncated", _TRUNCATED)
    return LENGTH
