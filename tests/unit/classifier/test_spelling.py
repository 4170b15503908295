"""Misspelt words are read as words the model has learned; every other word is left as it stands."""

from pathlib import Path

import pytest

from services.classifier.text.spelling import VOCABULARY, Spelling
from services.classifier.training.vocabulary import mistakable, words_of

LEARNED = {
    "withdrawal": 300, "account": 250, "bonus": 200, "deposit": 200, "pending": 80, "received": 40, "receive": 30,
    "yesterday": 20, "still": 90, "slots": 12, "slot": 30, "bogus": 0, "shill": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(LEARNED, known=("skrill", "retiro"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("my withdrwal is pendng", "my withdrawal is pending"),
        ("wihtdrawla", "withdrawal"),
        ("Acount", "account"),
        ("BOUNS since yesterdya!", "bonus since yesterday!"),
        ("not recieved", "not received"),
        ("eposit ddeposit depositt", "eposit deposit deposit"),
        ("sloots, stilll.", "slots, still."),
    ],
)
def test_a_misspelt_word_is_read_as_the_learned_one(spelling: Spelling, text: str, read: str) -> None:
    assert spelling.corrected(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bogus shill",  # English words near to learned ones
        "skrill retiro",  # pieces of the tokenizer
        "bnos slto",  # too short to tell
        "bomas",  # two slips in a short word
        "conus",  # another first letter makes another word
        "mail acount@casino.example or casino.example/acount",
        "ref acount-77 acount_1 x1acount",
        "player's bonus'es",
        "бонуз étatt",
        "w" * 5000,
    ],
)
def test_other_words_stay(spelling: Spelling, text: str) -> None:
    assert spelling.corrected(text) == text


def test_of_two_near_words_the_more_frequent_is_meant() -> None:
    assert Spelling({"bonus": 9, "bonds": 3}).corrected("bonds bonis bonxs") == "bonds bonus bonus"
    assert Spelling({"bonus": 2}).corrected("bonis") == "bonis", "hardly learned"


def test_a_model_without_a_vocabulary_has_no_spelling(tmp_path: Path) -> None:
    assert Spelling.load(tmp_path) is None
    (tmp_path / VOCABULARY).write_text("bonus\t9\nbogus\t0\n", encoding="utf-8")
    found = Spelling.load(tmp_path)
    assert found is not None
    assert found.corrected("bouns bogus") == "bonus bogus"
    (tmp_path / VOCABULARY).write_text("bonus\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unpack"):
        Spelling.load(tmp_path)


def test_a_vocabulary_holds_what_two_texts_have_and_english_that_could_be_mistaken_for_it() -> None:
    words = words_of(["My bonus?", "bonus my bonus", "my bouns"])
    assert words == {"my": 3, "bonus": 2}
    assert mistakable(["bogus", "minus", "onus", "boxes", "bonuses"], {"bonus": 3}) == ["bogus"]
