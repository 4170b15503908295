"""What is said of what a session keeps: what it does, and what it is."""

import pytest

from services.chat.history.asides import aside_on_memory
from services.chat.history.remembered import Note, NoteKind

_KEPT = [
    Note(id="1", kind=NoteKind.FACT, text="Monday was a holiday.", turn_number=1),
    Note(id="2", kind=NoteKind.PREFERENCE, text="keep answers short", turn_number=2),
]


def test_what_is_kept_says_what_it_does() -> None:
    told = "remember that I only care about Telegram"
    assert "there is no language model here" in aside_on_memory(told, (), by_model=False)
    assert "the language model is told it. It sets no filter" in aside_on_memory(told, (), by_model=True)
    assert "Answers are kept short from now on." in aside_on_memory("I prefer short answers", (), by_model=False)


@pytest.mark.parametrize(
    "text",
    [
        "what do you remember",
        "What do you know about me?",
        "list what you remember",
        "show my notes",
        "what's my name?",
        "what have you kept so far",
    ],
)
def test_what_is_kept_is_told_when_asked(text: str) -> None:
    told = aside_on_memory(text, _KEPT, by_model=False)
    assert told == "Kept for this conversation: “Monday was a holiday”; “keep answers short”."
    assert "Nothing is kept" in aside_on_memory(text, (), by_model=False)


@pytest.mark.parametrize(
    "text", ["show messages", "what happened yesterday", "everything", "what do people know", "mood"]
)
def test_other_questions_are_left_to_the_planner(text: str) -> None:
    assert aside_on_memory(text, _KEPT, by_model=False) == ""
