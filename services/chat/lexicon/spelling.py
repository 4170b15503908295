"""Corrects misspelt words towards the vocabulary, within tight limits (optimal string alignment, by rapidfuzz)."""

from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.chat.dates.names import MONTHS, PARTS_OF_DAY, UNITS, WEEKDAYS
from services.chat.lexicon import channels, nouns, topics
from services.chat.lexicon.english import COMMON
from services.chat.lexicon.entry import phrases, stem
from services.chat.lexicon.listing import word_set

_TABLES: Final = (
    topics.CATEGORY_WORDS,
    topics.INTENT_WORDS,
    topics.MOOD_NOUNS,
    topics.MOOD_ADJECTIVES,
    topics.SENTIMENT_WORDS,
    topics.STATE_WORDS,
    channels.SOURCE_WORDS,
    channels.LANGUAGE_WORDS,
    nouns.PERSON_WORDS,
    nouns.MESSAGE_WORDS,
    nouns.DIMENSION_WORDS,
)
_GRAMMAR: Final = (
    "yesterday today tomorrow last previous this ago since until before after between first second third quarter"
    " weekly daily monthly hourly christmas easter halloween average percentage percent share proportion compare"
    " compared versus trend example examples spike spikes incident incidents increase decrease confidence"
    " unique distinct"
    " black friday cyber boxing valentine nicholas singles patrick fool labour labor pentecost whit epiphany ascension"
    " thanksgiving xmas silvester saint april assumption eve noon midday midnight weekend fortnight"
    " except without excluding only busiest most least highest lowest many number count show list ignore"
)
_KNOWN_TYPOS: Final = {
    "weak": "week",
    "weaks": "weeks",
    "mouth": "month",
    "mouths": "months",
    "lst": "last",
    "las": "last",
    "yday": "yesterday",
    "ystrday": "yesterday",
    "yestrday": "yesterday",
    "ystd": "yesterday",
    "tday": "today",
    "hw": "how",
    "mny": "many",
    "msgs": "messages",
    "wd": "withdrawal",
    "wds": "withdrawals",
    "dep": "deposit",
    "deps": "deposits",
    "wat": "what",
    "wich": "which",
    "u": "you",
    "pls": "please",
    "plz": "please",
    "pct": "percent",
    "avg": "average",
    "telegramm": "telegram",
    "telegrams": "telegram",
    "perc": "percent",
    "wensday": "wednesday",
    "wednsday": "wednesday",
    "thru": "through",
    "acct": "account",
    "accts": "accounts",
    "withdrawl": "withdrawal",
    "withdrawls": "withdrawals",
    "yest": "yesterday",
    "tmrw": "tomorrow",
    "ppl": "people",
    "peeps": "people",
    "cust": "customer",
    "custs": "customers",
    "nr": "number",
    "abt": "about",
    "diff": "difference",
    "doin": "doing",
    "goin": "going",
    "gettin": "getting",
    "comin": "coming",
}


def _vocabulary() -> frozenset[str]:
    listed = (word for table in _TABLES for row in table.values() for phrase in phrases(row) for word in phrase.split())
    calendar = [name for names in (MONTHS, WEEKDAYS, PARTS_OF_DAY, UNITS) for name in names]
    return frozenset({*listed, *calendar, *_GRAMMAR.split()})


_VOWELS: Final = frozenset("aeiouy")
_VOCABULARY: Final = _vocabulary()
_TARGETS: Final = tuple(sorted(word for word in _VOCABULARY if len(word) >= 4))
_NUMBER_WORDS: Final = word_set(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
    " dozen couple first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)


def known(word: str) -> bool:
    """Whether the word needs no correction: it is in the vocabulary or plain English."""
    return bool({word, stem(word)} & (_VOCABULARY | COMMON | _NUMBER_WORDS)) or word in _KNOWN_TYPOS


@lru_cache(maxsize=8192)
def corrected(word: str) -> str:
    """The word meant: itself where it is known or nothing is near, else the nearest word of the vocabulary.

    One edit up to seven letters, two beyond; the first letter stands, and in a short word only a vowel may be
    exchanged for another, since exchanged consonants mostly make another English word.
    """
    if word in _KNOWN_TYPOS:
        return _KNOWN_TYPOS[word]
    if len(word) < 4 or len(word) > 24 or not word.isascii() or known(word):
        return word
    limit = 1 if len(word) < 8 or word.endswith(("ing", "ed")) else 2
    singular = stem(word)
    found = process.extract(singular, _TARGETS, scorer=OSA.distance, score_cutoff=limit, limit=5)
    near = [(distance, target) for target, distance, _ in found if _plausible(singular, target, int(distance))]
    if not near:
        return word
    best = min(near)[1]
    return f"{best}s" if word != singular and not best.endswith("s") else best


def _plausible(word: str, target: str, distance: int) -> bool:
    if word[0] != target[0]:
        return distance == 1 and len(word) > 7
    if len(word) > 6 or len(word) != len(target):
        return True
    changed = [(a, b) for a, b in zip(word, target, strict=True) if a != b]
    return len(changed) != 1 or set(changed[0]) <= _VOWELS
