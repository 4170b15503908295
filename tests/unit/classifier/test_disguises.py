"""Words in disguise are read as what they stand for; plain text and other scripts are never touched."""

import pytest

from services.classifier.text.disguises import undisguised
from services.classifier.training.corpus import CORPUS
from services.classifier.training.rows import read_rows
from tests.support.classifier import GOLDEN


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("my wіthdrаwаl іs реndіng", "my withdrawal is pending"),
        ("νerify my αccοunt", "verify my account"),
        ("w i t h d r a w a l pending", "withdrawal pending"),
        ("w h e r e   i s   m y   b o n u s", "where   is   my   bonus"),
        ("you s.c.a.m.m.e.r.s", "you scammers"),
        ("m🔥o🔥n🔥e🔥y", "money"),
        ("w1thdr4wal of my b0nus, h3lp", "withdrawal of my bonus, help"),
        ("ca$h and sp1ns", "cash and spins"),
        ("ᴍʏ ᴅᴇᴘᴏsɪᴛ", "my deposit"),
        ("🅼🆈 🅒ard", "my card"),
        ("no\u200b bo\u00adnus\u2060", "no bonus"),
        ("b\u200do\u200cn\u200dus", "bonus"),
        ("s̶c̶a̶m̶", "scam"),
    ],
)
def test_a_disguised_word_is_spelled_out(text: str, read: str) -> None:
    assert undisguised(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "u r a joke", "my V I P level", "i a m", "top5 games for 2 of us4", "mp3 win5eur trc20 h264 x4",
        "2fa ps5 web3", "mail me at h3lp@casino.example", "где мой бонус", "ура, OK", "скачал app и вывел 100 USDT",
        "πού είναι το bonus μου", "می‌خواهم",
        "👨‍👩‍👧 🇩🇪 ❤️", "où est mon dépôt", "code AB1CD2 and ref TX-8842731",
    ],
)  # fmt: skip
def test_plain_text_and_other_scripts_stay(text: str) -> None:
    assert undisguised(text) == text


def test_no_message_of_the_corpus_or_the_golden_set_changes() -> None:
    rows = [row for path in (*sorted(CORPUS.glob("*.tsv")), GOLDEN) for row in read_rows(path)]
    assert [row.text for row in rows if undisguised(row.text) != row.text] == []
    assert len(rows) > 4_000


@pytest.mark.parametrize("piece", ["a ", "a.", "a..", "@", "a4", "а", "aа", "a\u200d", "a_", "ab "])
def test_no_text_of_full_length_hangs(piece: str) -> None:
    undisguised((piece * 20_000)[:20_000])
