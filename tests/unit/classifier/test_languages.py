"""Languages, short chat apart from sentences."""

import pytest

from services.classifier.text.languages import LanguageOf
from services.classifier.training.rows import read_rows
from tests.support.classifier import GOLDEN


@pytest.mark.parametrize(
    "text", ["", "   ", "???", "774512", "👍", "ok", "OK!!", "test", "test test 123", "k", "15:30", "x"]
)
def test_nothing_to_judge_is_undetermined(language_of: LanguageOf, text: str) -> None:
    assert language_of(text) == "und"


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "agent",
        "lagging",
        "deposit",
        "bonus pls",
        "min deposit?",
        "how do i deposit",
        "wtf",
        "thx",
        "freezing",
        "game wont load",
        "u there?",
        "error 500 when i press login",
        "SCAM SCAM SCAM 🤬🤬",
        "ur bot is braindead",
        "kyc",
        "no spins",
        "no vpn",
        "casino etransfer",
        "baccarat",
        "teen patti",
        "galatasaray bet",
        "i live in Köln",
        "playing from españa this week",
        "gracias bro where is bonus",
    ],
)
def test_short_english_chat_is_english(language_of: LanguageOf, text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "wo ist mein geld"),
        ("es", "donde esta mi dinero"),
        ("fr", "je ne peux pas me connecter"),
        ("it", "non riesco ad accedere"),
        ("pt", "meu saque está atrasado"),
        ("ru", "где мои деньги"),
        ("uk", "не можу увійти в акаунт"),
        ("pl", "nie mogę się zalogować"),
        ("tr", "hesabım neden kapatıldı"),
        ("sl", "kje je moj denar"),
        ("da", "hvor er mine penge"),
        ("el", "που είναι τα λεφτά μου"),
        ("ja", "お金はどこですか"),
        ("zh", "无法登录"),
        ("ar", "لا أستطيع تسجيل الدخول"),
        ("es", "hola"),
        ("de", "hallo danke"),
        ("pt", "oi!"),
        ("it", "ciao"),
        ("fr", "où est mon argent"),
        ("pt", "pix não caiu"),
    ],
)
def test_short_messages_of_other_languages(language_of: LanguageOf, language: str, text: str) -> None:
    assert language_of(text) == language
    assert language_of(text.upper()) == language


def test_the_golden_set_is_read_right(language_of: LanguageOf) -> None:
    rows = read_rows(GOLDEN)
    wrong = [(row.language, row.text) for row in rows if language_of(row.text) != row.language]
    assert len(wrong) <= 0.01 * len(rows), wrong


def test_a_long_text_is_judged_by_its_beginning(language_of: LanguageOf) -> None:
    assert language_of("where is my withdrawal? " * 800) == "en"
