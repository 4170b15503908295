"""The lexicon: its labels are the product's labels, its text is canonical, its corrections are careful."""

import pytest

from services.chat.lexicon import topics
from services.chat.lexicon.entry import Kind, phrases
from services.chat.lexicon.matcher import tagged
from services.chat.lexicon.spelling import corrected
from services.chat.lexicon.text import canonical
from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT, INTENTS, SENTIMENTS


def test_topics_name_only_known_labels() -> None:
    assert {value for values in topics.CATEGORY_WORDS for value in values} == set(CATEGORIES)
    assert {value for values in topics.INTENT_WORDS for value in values} <= set(INTENTS)
    assert {value for values in topics.SENTIMENT_WORDS for value in values} == set(SENTIMENTS)


def test_every_intent_can_be_named() -> None:
    moods = {value for table in (topics.MOOD_NOUNS, topics.MOOD_ADJECTIVES) for values in table for value in values}
    named = {value for values in topics.INTENT_WORDS for value in values}
    assert named | moods == set(INTENTS)


def test_failures_belong_to_their_category() -> None:
    for category, states in topics.FAILURES.items():
        assert all(CATEGORY_OF_INTENT[intent] == category for intents in states.values() for intent in intents)


@pytest.mark.parametrize("label", [name for name in (*CATEGORIES, *INTENTS) if "_" in name])
def test_labels_are_understood_as_they_are_written(label: str) -> None:
    (tag,) = tagged(canonical(label).words)
    assert tag.values == (label,)


@pytest.mark.parametrize("table", [topics.CATEGORY_WORDS, topics.INTENT_WORDS, topics.MOOD_NOUNS])
def test_every_phrase_survives_canonical_text(table: dict[tuple[str, ...], str]) -> None:
    for values, listed in table.items():
        for phrase in phrases(listed):
            kinds = {tag.kind for tag in tagged(canonical(phrase).words)}
            assert kinds & {Kind.CATEGORY, Kind.INTENT, Kind.MOOD}, (values, phrase, canonical(phrase).words)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("How MANY  deposits?", "how many deposits ?"),
        ("pay-outs & top-ups", "pay outs and top ups"),
        ("I can't log in", "i can not login"),
        ("last twenty-one days", "last 21 days"),
        ("the twenty first of March", "the 21st of march"),
        ("yesterday's 9 am – 5 p.m.", "yesterday 9am - 5pm"),
        ("80% of it", "80 percent of it"),
        ("Jan–Mar", "jan - mar"),
        ("on 3.3.2026, 14:30", "on 3.3.2026 , 14:30"),
        ("de\u200bposits", "deposits"),
        ("ｄｅｐｏｓｉｔｓ", "deposits"),
        ("24h", "last 24 hour"),
        ("hw mny w/drawal cmplnts lst wk", "how many withdrawal complaints last week"),
        ("comp 2 prev mnth", "compare to previous month"),
        ("compare 2 channels", "compare 2 channels"),
        ("whts da top cat 2day", "what is the top category today"),
        ("reasons 4 complaints", "reasons for complaints"),
        ("show 4 complaints", "show 4 complaints"),
        ("top5 topics lastweek", "top 5 topics last week"),
        ("msgs mon 2 fri", "messages mon to fri"),
        ("y so many?", "why so many ?"),
        ("depositcomplaints", "deposit complaints"),
        ("§1 ¤quote0", "1 quote0"),
    ],
)
def test_canonical_text(written: str, words: str) -> None:
    assert canonical(written).words == words


def test_quoted_passages_are_set_aside_as_written() -> None:
    told = canonical('messages with "Visa Card" and “Straße”')
    assert told.quoted == ("Visa Card", "Straße")
    assert "visa" not in told.words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("depsoit", "deposit"),
        ("withdrawls", "withdrawals"),
        ("telegrm", "telegram"),
        ("complant", "complaint"),
        ("yestarday", "yesterday"),
        ("wensday", "wednesday"),
        ("febuary", "february"),
        ("cmplnts", "complaints"),
        ("wthdrwl", "withdrawal"),
        ("ystrdy", "yesterday"),
        ("accnt", "account"),
        ("spkies", "spikes"),
        ("outtages", "outages"),
    ],
)
def test_misspellings_are_corrected(written: str, meant: str) -> None:
    assert corrected(written) == meant


@pytest.mark.parametrize(
    "word",
    [
        "loan",
        "fast",
        "list",
        "game",
        "kind",
        "page",
        "bones",
        "weekend",
        "paypal",
        "xyzzy",
        "ox",
        "brand",
        "milan",
        "gold",
    ],
)
def test_other_words_are_left_alone(word: str) -> None:
    assert corrected(word) == word
