"""What is asked to be forgotten: which notes are meant, and what is left to the planner."""

import pytest

from services.chat.history.asides import aside_on_memory
from services.chat.history.remembered import Note, NoteKind
from services.chat.history.taking_back import asks_to_forget, taken_back, without_taking_back

_KEPT = [
    Note(id="work", kind=NoteKind.FACT, text="I work for Alpha Casino", turn_number=1),
    Note(id="name", kind=NoteKind.FACT, text="my name is Ana", turn_number=2),
    Note(id="short", kind=NoteKind.PREFERENCE, text="I prefer short answers", turn_number=3),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("forget everything you know about me", ["work", "name", "short"]),
        ("Please forget all that I told you.", ["work", "name", "short"]),
        ("delete your memory", ["work", "name", "short"]),
        ("clear all my notes", ["work", "name", "short"]),
        ("forget about me", ["work", "name", "short"]),
        ("forget that I work for Alpha Casino", ["work"]),
        ("can you forget that I worked for Alpha", ["work"]),
        ("delete my name", ["name"]),
        ("forget my name please", ["name"]),
        ("remove the note about short answers", ["short"]),
        ("don't remember that my name is Ana any more", ["name"]),
        ("forget what I said about Alpha!", ["work"]),
    ],
)
def test_the_notes_meant_are_found_by_their_words(text: str, ids: list[str]) -> None:
    assert asks_to_forget(text)
    assert [note.id for note in taken_back(text, _KEPT)] == ids
    told = aside_on_memory(text, _KEPT, by_model=False)
    assert told.startswith("Forgotten: “")


@pytest.mark.parametrize(
    "text",
    [
        "forget the channel",
        "forget everything",
        "forget my filters",
        "clear all filters",
        "forget that",
        "drop the grouping",
        "delete the complaints",
        "deposits yesterday",
        "forget about telegram",
    ],
)
def test_filters_are_left_to_the_planner(text: str) -> None:
    assert taken_back(text, _KEPT) == ()
    assert aside_on_memory(text, _KEPT, by_model=False) == ""
    assert without_taking_back(text, _KEPT) == text


def test_what_was_never_kept_is_said() -> None:
    told = aside_on_memory("forget that I like trains", _KEPT[:1], by_model=False)
    assert told == "Nothing like that is kept. Kept for this conversation: “I work for Alpha Casino”."
    assert "Nothing is kept for this conversation yet" in aside_on_memory("forget that I like it", (), by_model=False)


def test_a_question_beside_it_is_asked_without_it() -> None:
    text = "Forget my name. How many deposits yesterday?"
    assert [note.id for note in taken_back(text, _KEPT)] == ["name"]
    assert aside_on_memory(text, _KEPT, by_model=False) == ""
    assert without_taking_back(text, _KEPT) == "How many deposits yesterday?"
