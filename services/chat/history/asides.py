"""What is said of what a session keeps: that something is kept and what that does, and what has been kept. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from services.chat.history.noting import detail_of, only_tells, told
from services.chat.history.remembered import Note
from services.chat.history.taking_back import only_takes_back, taken_back
from services.chat.narration.detail import Detail

_ASKED: Final = re.compile(
    r"(?:(?:please|and|so|ok|can you|could you|tell me|show(?: me)?|list)[ ,]+)*(?:what|everything|all|whatever)?[ ]?"
    r"(?:(?:do|did|have|has) you |you (?:have )?|that you |is |are )?"
    r"(?:remember(?:ed)?|know|kept|keep|noted?|been told|in your memory|your (?:notes|memory)|(?:my|our|the) notes)"
    r"(?: (?:of|about|from|for) (?:me|us|this conversation|what i (?:said|told you)|it|that))?(?: so far)?[ ?.!]*"
    r"|what(?: is|['’]s) my name[ ?.!]*",
    re.IGNORECASE,
)
_LENGTHS: Final = {Detail.BRIEF: "Answers are kept short from now on.", Detail.FULL: "Answers tell more from now on."}
_WHAT_NEXT: Final = "What would you like to know?"
_HEEDED: Final = (
    "That is kept for this conversation, and the language model is told it. It sets no filter: what to count is what a"
    " question says, as in “only Telegram”."
)
_UNHEEDED: Final = (
    "That is kept for this conversation, but there is no language model here that would heed it: what is counted is"
    " what a question says, as in “only Telegram”."
)
_STAYS: Final = "What was written stays in this conversation for you to see; no language model is told it again."
_NOTHING: Final = "Nothing is kept for this conversation yet; begin with “remember that …”."


def aside_on_memory(text: str, kept: Sequence[Note], *, by_model: bool) -> str:
    """What to say to a message that only tells something, has it forgotten, or asks what is kept; empty for others."""
    if only_tells(text):
        return _acknowledged(text, by_model=by_model)
    if only_takes_back(text, kept):
        return _forgotten(taken_back(text, kept), kept)
    if not _ASKED.fullmatch(text.strip()):
        return ""
    return _told(kept)


def _told(kept: Sequence[Note]) -> str:
    return f"Kept for this conversation: {_listed(kept)}." if kept else _NOTHING


def _listed(notes: Sequence[Note]) -> str:
    return "; ".join(f"“{note.text.strip(' .')}”" for note in notes)


def _forgotten(notes: Sequence[Note], kept: Sequence[Note]) -> str:
    return f"Forgotten: {_listed(notes)}. {_STAYS}" if notes else f"Nothing like that is kept. {_told(kept)}"


def _acknowledged(text: str, *, by_model: bool) -> str:
    said = [Note(id="", kind=one.kind, text=one.text, turn_number=0) for one in told(text)]
    detail = detail_of(said)
    if detail is not None:
        return f"That is kept for this conversation. {_LENGTHS[detail]} {_WHAT_NEXT}"
    return f"{_HEEDED if by_model else _UNHEEDED} {_WHAT_NEXT}"
