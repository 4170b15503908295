"""What surrounds a message must not change what it asks: the golden set as people paste, mail and decorate it."""

import random
import re
from collections.abc import Callable, Sequence

import pytest

from services.classifier.scoring.engine import Engine
from services.classifier.scoring.predictor import Predictor
from services.classifier.training.augment import typos
from services.classifier.training.rows import read_rows
from tests.support.classifier import GOLDEN

_STEP = 4
_LEAST_SAME = 0.95
HEADERS = "Subject: RE: Ticket #88213\nFrom: Paulo <p@mail.example>\nDate: Tue, 11 Nov 2026 18:22:01 +0000\n\n"
SIGNED = "\n\nKind regards,\nJohn Miller\nSales Manager, Acme Ltd\nTel +44 20 7946 0000"
NOTICE = (
    "\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you have received "
    "it in error please delete it and notify the sender."
)
HISTORY = (
    "\n\n-----Original Message-----\nFrom: Support\nSent: Monday\nSubject: RE: your withdrawal\n\nDear player, we ask "
    "you to send proof of payment for your deposit so that our verification team can check your documents."
)
AROUND: dict[str, Callable[[str], str]] = {
    "mail": lambda text: f"{HEADERS}Hello,\n\n{text}{SIGNED}{NOTICE}{HISTORY}",
    "signature": lambda text: text + SIGNED,
    "notice": lambda text: text + NOTICE,
    "history": lambda text: text + HISTORY,
    "markup": lambda text: f'<html><body><div style="font-size:12px"><p>{text}</p><br></div></body></html>',
    "link": lambda text: f"{text} https://casino.example/support/ticket?id=88213&utm_source=mail",
    "wide letters": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "look-alikes": lambda text: text.translate(str.maketrans("aceopxyi", "асеорхуі")),
    "small capitals": lambda text: text.lower().translate(str.maketrans("abdegimnortu", "ᴀʙᴅᴇɢɪᴍɴᴏʀᴛᴜ")),
    "set apart": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "unseen": "\u200b".join,
    "emoji inside": lambda text: re.sub(r"[A-Za-z]{6,}", lambda word: "🔥".join(word.group()), text),
    "digits": lambda text: re.sub(
        r"\b(?:withdrawal|deposit|bonus|account|money|password|spins)\b",
        lambda word: word.group().translate(str.maketrans("aeiost", "4310$7")),
        text,
    ),
}


def labels(engine: Engine, predictor: Predictor, texts: Sequence[str]) -> list[frozenset[str]]:
    """The intents of each text."""
    found = []
    for start in range(0, len(texts), 16):
        predictions, _ = predictor.predict(engine.tokenize(texts[start : start + 16]))
        found += [frozenset(name for name, _ in prediction.intents) for prediction in predictions]
    return found


@pytest.fixture(scope="module")
def alone(engine: Engine, predictor: Predictor) -> dict[str, frozenset[str]]:
    """Some texts of the golden set, and the intents of each by itself."""
    texts = [row.text for row in read_rows(GOLDEN) if row.language == "en"][::_STEP]
    return dict(zip(texts, labels(engine, predictor, texts), strict=True))


@pytest.mark.parametrize("around", AROUND)
def test_a_message_keeps_its_labels_in_what_surrounds_it(
    engine: Engine, predictor: Predictor, alone: dict[str, frozenset[str]], around: str
) -> None:
    surrounded = labels(engine, predictor, [*map(AROUND[around], alone)])
    same = sum(one == other for one, other in zip(alone.values(), surrounded, strict=True)) / len(alone)
    assert same >= _LEAST_SAME


@pytest.mark.parametrize("around", ["unseen", "look-alikes", "small capitals"])
def test_a_disguise_is_no_other_language(engine: Engine, predictor: Predictor, around: str) -> None:
    (found,), _ = predictor.predict(engine.tokenize([AROUND[around]("where is the bonus for my first deposit")]))
    assert found.language == "en"


def test_the_language_is_that_of_the_words_written_this_time(engine: Engine, predictor: Predictor) -> None:
    history = "\n\n-----Ursprüngliche Nachricht-----\nSehr geehrter Kunde, wir haben Ihre Unterlagen erhalten."
    (found,), _ = predictor.predict(engine.tokenize([f"no bonus{history}"]))
    assert found.language == "en"


def test_slips_of_the_finger_cost_few_labels(engine: Engine, predictor: Predictor) -> None:
    rows = [row for row in read_rows(GOLDEN) if row.language == "en"][::_STEP]
    random_ = random.Random(3)

    def slipped(text: str) -> str:
        for _ in range(1 + len(text) // 40):
            text = typos(text, random_)
        return text

    found = labels(engine, predictor, [slipped(row.text) for row in rows])
    right = sum(one == row.intents for one, row in zip(found, rows, strict=True)) / len(rows)
    assert right >= 0.75
