"""What a user asks to be remembered: read from the words, and nothing else is."""

import pytest

from services.chat.history.noting import asked_in, detail_of, only_tells, told
from services.chat.history.remembered import Note, NoteKind
from services.chat.narration.detail import Detail


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Remember that our relaunch was on 3 March.", "fact", "our relaunch was on 3 March."),
        ("please note: VIP means tier 3", "fact", "VIP means tier 3"),
        ("My name is Ana", "fact", "My name is Ana"),
        ("please remember my name is Ana", "fact", "my name is Ana"),
        ("remember our fiscal year starts in April", "fact", "our fiscal year starts in April"),
        ("I prefer short answers.", "preference", "I prefer short answers."),
        ("From now on answer in detail", "preference", "From now on answer in detail"),
        ("Please always answer briefly.", "preference", "always answer briefly."),
    ],
)
def test_what_is_to_be_remembered_is_read(text: str, kind: str, said: str) -> None:
    assert [(item.kind.value, item.text) for item in told(text)] == [(kind, said)]
    assert only_tells(text)


@pytest.mark.parametrize(
    "text",
    [
        "how many deposits?",
        "do you remember that day?",
        "show messages that mention bonus",
        "customers who never got a bonus",
        "what did I ask you to remember?",
        "remember the titans",
    ],
)
def test_questions_are_no_notes(text: str) -> None:
    assert told(text) == ()


def test_a_note_beside_a_question_leaves_the_question() -> None:
    text = "Remember that we had an outage on Monday. How many complaints came in?"
    assert [item.text for item in told(text)] == ["we had an outage on Monday."]
    assert not only_tells(text)
    assert asked_in(text) == "How many complaints came in?"


def test_a_question_joined_to_a_note_is_asked() -> None:
    text = "remember that VIP means deposits over 1000 and show me complaints last week"
    assert [item.text for item in told(text)] == ["VIP means deposits over 1000"]
    assert asked_in(text) == "show me complaints last week"
    assert asked_in("how many deposits and withdrawals?") == "how many deposits and withdrawals?"


def test_the_newest_word_on_detail_counts() -> None:
    def note(text: str) -> Note:
        return Note(id=text, kind=NoteKind.PREFERENCE, text=text, turn_number=1)

    assert detail_of([note("I prefer short answers")]) is Detail.BRIEF
    assert detail_of([note("keep answers short"), note("from now on in detail")]) is Detail.FULL
    assert detail_of([note("always answer in German")]) is None
