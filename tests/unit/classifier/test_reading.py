"""What the model reads: markup, links, other shapes of letters and stretched words are told apart from what is said."""

import pytest

from services.classifier.text.reading import read_of


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<div dir='ltr'><p>where is my <b>money</b></p><br></div>", "where is my money"),
        ("<html><head><style>p{color:red}</style></head><body>can&#39;t&nbsp;log in</body></html>", "can't log in"),
        ("<!-- tracking --><p>no bonus</p><p>again</p>", "no bonus\nagain"),
        ("see https://casino.example/t?id=8&utm=x please", "see  please"),
        ("ｗｉｔｈｄｒａｗａｌ", "withdrawal"),
        ("𝐛𝐨𝐧𝐮𝐬", "bonus"),
        ("pleaaaaase heeelp", "please help"),
        ("my deposit\n\nSent from my iPhone", "my deposit"),
    ],
)
def test_what_is_said_is_what_is_read(text: str, read: str) -> None:
    assert read_of(text).strip() == read


@pytest.mark.parametrize(
    "text",
    ["", "  ", "hi", "<3 you", "i lost <50 eur> AT&T", "www.", "book of ra iii xxx", "a < b & c > d", "good :)"],
)
def test_plain_text_is_read_as_it_stands(text: str) -> None:
    assert read_of(text) == text


@pytest.mark.parametrize("text", ["https://casino.example/login", "<br>", "<p></p>"])
def test_a_text_with_nothing_else_is_read_as_it_stands(text: str) -> None:
    assert read_of(text) == text


@pytest.mark.parametrize(
    "piece", ["\n", "Regards\n", "<style>", "<!--", "From: a\n", "On a wrote\n", "<a ", "&a", "confidential\n\n", "İ<p"]
)
def test_no_text_of_full_length_hangs(piece: str) -> None:
    assert read_of((piece * 20_000)[:20_000])
