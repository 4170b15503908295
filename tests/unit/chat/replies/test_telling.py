"""Answers in words of code end at their limit, between two words, and say so only where something is left out."""

import asyncio

import pytest

from services.chat.ledger.facts import facts_of
from services.chat.ledger.number_ledger import NumberLedger
from services.chat.narration.narrate import words_of
from services.chat.question import Interpretation
from services.chat.replies.running_reply import RunningReply
from services.chat.replies.telling import LENGTH, STOP, tell_by_code
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import ReplyStart

TEXT = "It was a quiet day.\n\n- **Deposits**: nothing out of the ordinary"


def told(text: str, longest: int) -> tuple[str, str, list[str]]:
    """The answer, why it ended, and its notices."""
    start = ReplyStart(reply_id="r", session_id="s", text="", start_time="")
    reply = RunningReply(owner=Owner(workspace_id="w", user_id="u"), start=start)
    event = reply.next_event()
    event.started.SetInParent()
    reply.add(event)
    ledger = NumberLedger(facts_of("", Interpretation()))
    reason, _ = asyncio.run(tell_by_code(reply, words_of(text), ledger, longest=longest))
    events = list(reply.events)
    said = "".join(event.delta.text for event in events)
    return said, reason, [event.notice.kind for event in events if event.HasField("notice")]


@pytest.mark.parametrize("longest", [len(TEXT), len(TEXT) + 1])
def test_a_text_that_fits_is_told_whole(longest: int) -> None:
    assert told(TEXT, longest) == (TEXT, STOP, [])


@pytest.mark.parametrize("longest", range(1, len(TEXT)))
def test_a_longer_one_is_cut_at_a_word(longest: int) -> None:
    said, reason, notices = told(TEXT, longest)
    assert (reason, notices) == (LENGTH, ["truncated"])
    assert len(said) <= longest
    assert TEXT.startswith(said)
    assert not said or TEXT[len(said)].isspace() or said[-1].isspace()
