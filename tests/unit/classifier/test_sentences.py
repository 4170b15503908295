"""Sentences: what ends one, what does not, and that nothing of the text is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hi there! I paid 20.50 EUR. Where is it?", ["Hi there!", "I paid 20.50 EUR.", "Where is it?"]),
        ("no money... still no money?! hello", ["no money...", "still no money?!", "hello"]),
        ("I use e.g. Skrill. It works.", ["I use e.g. Skrill.", "It works."]),
        ("it failed 😭. Again. ???", ["it failed 😭.", "Again. ???"]),
        ("first line\n\nsecond line", ["first line", "second line"]),
        ("two things:\n- bonus\n- login", ["two things:", "- bonus", "- login"]),
        ("お金がない。助けて！", ["お金がない。", "助けて！"]),
        ('He said "no." Then nothing.', ['He said "no."', "Then nothing."]),
        ("   ", []),
        ("no end at all", ["no end at all"]),
        ("my bet is wrong\nbarca won\nplease pay", ["my bet is wrong", "barca won", "please pay"]),
        ("two things:\n1. I paid.\n12. It failed.", ["two things:", "1. I paid.", "12. It failed."]),
        (
            "a line of an e-mail that was wrapped at sixty characters of\nwidth goes on",
            ["a line of an e-mail that was wrapped at sixty characters of\nwidth goes on"],
        ),
    ],
)
def test_sentences_end_where_people_end_them(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == sentences


@given(st.text(alphabet=st.sampled_from("ab .!?\n…。-)\"1'"), max_size=80))
def test_sentences_are_pieces_of_the_text_in_order_and_cover_it(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text != ""
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()
