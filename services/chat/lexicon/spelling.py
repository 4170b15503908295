"""Corrects misspelt words towards the vocabulary, within tight limits (optimal string alignment, by rapidfuzz)."""

import re
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.chat.dates.names import MONTHS, PARTS_OF_DAY, UNITS, WEEKDAYS
from services.chat.lexicon import channels, nouns, topics
from services.chat.lexicon.english import COMMON
from services.chat.lexicon.entry import phrases, stem
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.plain_english import TELLS_NOTHING, TELLS_OF_THINGS
from services.chat.lexicon.shorthand import SHORTHAND

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


def _vocabulary() -> frozenset[str]:
    listed = (word for table in _TABLES for row in table.values() for phrase in phrases(row) for word in phrase.split())
    calendar = [name for names in (MONTHS, WEEKDAYS, PARTS_OF_DAY, UNITS) for name in names]
    return frozenset({*listed, *calendar, *_GRAMMAR.split()})


_SHORTENED: Final = word_set(
    "what which when where show give tell from with this that have there please problem biggest lowest common total"
    " between before during about because received many month hundred group every people wrote write writing"
    " complained increase increased changed change happened today morning afternoon evening"
)
"""Words that are told by their consonants, but are too near to others for any other slip."""
_ASKED_FOR: Final = word_set(
    "compare breakdown overview summary outage outages anomaly quietest quieter busiest busier angriest happiest"
)
_VOWELS: Final = frozenset("aeiouy")
_VOCABULARY: Final = _vocabulary()
_TARGETS: Final = tuple(sorted({word for word in _VOCABULARY if len(word) >= 4} | _ASKED_FOR))
_ALONE: Final = frozenset(
    {
        *(phrase for table in _TABLES for row in table.values() for phrase in phrases(row) if " " not in phrase),
        *(name for names in (MONTHS, WEEKDAYS, UNITS) for name in names),
        "yesterday",
        "today",
        "last",
        "this",
    }
)
"""Words that mean something by themselves, so that two of them may have been written as one."""
_CUT: Final = re.compile(r"(?<=.)[aeiou]")
_DOUBLED: Final = re.compile(r"(.)\1")
_SHORTEST_PART: Final = 4
_FEWEST_BONES: Final = 4
"""Three consonants alone are mostly an abbreviation of something else."""


def _once(word: str) -> str:
    """A word with its doubled letters once."""
    return _DOUBLED.sub(r"\1", word)


def _bones(word: str) -> str:
    """A word without the vowels behind its first letter, doubled letters once: "cmplnt" of "complaint"."""
    return _CUT.sub("", _once(word))


def _by_bones() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in sorted(_VOCABULARY | _SHORTENED | _ASKED_FOR):
        if len(word) > len(_bones(word)) >= _FEWEST_BONES:
            found.setdefault(_bones(word), []).append(word)
    return {bones: tuple(words) for bones, words in found.items()}


_BY_BONES: Final = _by_bones()
_NUMBER_WORDS: Final = word_set(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
    " dozen couple first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)


def known(word: str) -> bool:
    """Whether the word needs no correction: it is in the vocabulary or plain English."""
    return bool({word, stem(word)} & (_VOCABULARY | COMMON | _NUMBER_WORDS)) or word in SHORTHAND


def _is_plain(word: str) -> bool:
    return bool({word, stem(word)} & (TELLS_NOTHING | TELLS_OF_THINGS))


@lru_cache(maxsize=8192)
def corrected(word: str) -> str:
    """The word meant: itself where it is known or nothing is near, else the nearest word of the vocabulary.

    One edit up to seven letters, two beyond; the first letter stands, and in a short word only a vowel may be
    exchanged for another, since exchanged consonants mostly make another English word.
    """
    if word in SHORTHAND:
        return SHORTHAND[word]
    if len(word) < 4 or len(word) > 24 or not word.isascii() or known(word) or _is_plain(word):
        return word
    return _written_out(word) or _nearest(word) or word


def _written_out(word: str) -> str:
    """What a word stands for of which only vowels, spaces, a last letter or a single letter are wrong; else empty."""
    if word.endswith("in") and known(f"{word}g"):
        return f"{word}g"
    singular = stem(word)
    whole = _with_vowels(word) or _with_vowels(singular)
    return (whole if whole.endswith("s") or singular == word else f"{whole}s") if whole else _apart(word)


def _nearest(word: str) -> str:
    limit = 1 if len(word) < 8 or word.endswith(("ing", "ed")) else 2
    singular = stem(word)
    near = _near(singular, limit)
    if not near:
        return min(_near(word, limit), default=(0, ""))[1] if word.endswith("ies") else ""
    best = min(near)[1]
    return f"{best}s" if word != singular and not best.endswith("s") else best


def _near(word: str, limit: int) -> list[tuple[int, str]]:
    found = process.extract(word, _TARGETS, scorer=OSA.distance, score_cutoff=limit, limit=5)
    return [(int(distance), target) for target, distance, _ in found if _plausible(word, target, int(distance))]


def _apart(word: str) -> str:
    """Two words of the vocabulary that were written as one: "depositcomplaints"; empty where it is no such word."""
    for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        one, other = word[:at], word[at:]
        if {one, stem(one)} & _ALONE and {other, stem(other)} & _ALONE:
            return f"{one} {other}"
    return ""


def _with_vowels(word: str) -> str:
    """The one word of which `word` leaves out vowels or doubles another letter; empty where it is none, or several."""
    same = _BY_BONES.get(_bones(word), ())
    targets = [target for target in same if _once(target) == _once(word)]
    targets = targets or [target for target in same if _is_within(word, target)]
    return targets[0] if len(targets) == 1 else ""


def _is_within(word: str, target: str) -> bool:
    """Whether the letters of `word` stand in `target` in their order."""
    letters = iter(target)
    return len(word) < len(target) and all(letter in letters for letter in _once(word))


def _plausible(word: str, target: str, distance: int) -> bool:
    if word[0] != target[0]:
        return distance == 1 and len(word) > 7
    if len(word) > 6 or len(word) != len(target):
        return True
    changed = [(a, b) for a, b in zip(word, target, strict=True) if a != b]
    return len(changed) != 1 or set(changed[0]) <= _VOWELS
