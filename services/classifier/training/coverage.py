"""Whether the corpus shows every intent in every style people write in (C13): an empty cell fails the check.

Styles are recognised by what can be seen in a text. A typo is a word that hardly anybody else in the corpus writes,
that the encoder's vocabulary does not hold, and that one slip (Damerau 1964) turns into one that many write.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from services.classifier.training.rows import Row
from services.runtime.labels import INTENTS

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SLANG: Final = frozenset((
    "pls", "plz", "thx", "ty", "u", "ur", "r", "bro", "mate", "m8", "guys", "yo", "lol", "lmao", "omg", "wtf",
    "ffs", "wth", "gonna", "wanna", "gotta", "dunno", "idk", "tbh", "btw", "asap", "cuz", "coz", "cos", "bc",
    "rn", "ya", "yall", "nah", "yep", "nope", "cant", "dont", "wont", "didnt", "isnt", "doesnt", "im", "ive",
    "whats", "hows", "dude", "legit", "ngl", "fr", "smh", "pissed", "sus", "kinda", "lemme", "gimme", "ppl",
    "msg", "acc", "acct", "promo", "wdl", "fam", "cheers", "ta", "quid", "bucks", "innit",
))  # fmt: skip
_FRAGMENT_WORDS: Final = 4
_LONG_CHARACTERS: Final = 160
_TYPO_LETTERS: Final = 5
_COMMON: Final = 6

Style = Callable[[str], bool]


def words(text: str) -> list[str]:
    """Lower-cased words, apostrophes kept."""
    return _WORD.findall(text.lower().replace("’", "'"))


def has_emoji(text: str) -> bool:
    """Pictures, not the signs of money and maths."""
    return any(ord(character) >= 0x2600 for character in text)


def is_fragment(text: str) -> bool:
    """Too short for a sentence."""
    return 0 < len(words(text)) <= _FRAGMENT_WORDS


def is_long(text: str) -> bool:
    """A complaint or report that takes its time."""
    return len(text) >= _LONG_CHARACTERS


def has_slang(text: str) -> bool:
    """Chat words, contractions without apostrophe included."""
    return not _SLANG.isdisjoint(words(text))


def typo_finder(texts: Iterable[str], known: AbstractSet[str]) -> Style:
    """Tells whether a text holds a typo, by the words of all `texts` and those `known` to be words."""
    counts = Counter(word for text in texts for word in words(text))
    common = {word for word, count in counts.items() if count >= _COMMON and len(word) >= _TYPO_LETTERS - 1}

    def has_typo(text: str) -> bool:
        rare = (word for word in words(text) if len(word) >= _TYPO_LETTERS and counts[word] <= 2)
        return any(_slips(word) & common for word in rare if word not in known)

    return has_typo


def _slips(word: str) -> set[str]:
    """Every word that one swapped, missing, doubled or wrong letter could have made `word` of.

    Endings are left alone: plural and past are no typos.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    parts = [(word[:i], word[i:]) for i in range(len(word))]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    dropped = {a + b[1:] for a, b in parts[:-1]}
    changed = {a + letter + b[1:] for a, b in parts[1:-1] for letter in letters}
    added = {a + letter + b for a, b in parts[1:] for letter in letters}
    return swapped | dropped | changed | added


def styles(texts: Sequence[str], known: AbstractSet[str]) -> Mapping[str, Style]:
    """Every style by name."""
    return {
        "typo": typo_finder(texts, known),
        "slang": has_slang,
        "emoji": has_emoji,
        "fragment": is_fragment,
        "long": is_long,
        "question": lambda text: "?" in text,
    }


def coverage(rows: Sequence[Row], known: AbstractSet[str]) -> dict[str, dict[str, int]]:
    """Rows for each intent and style; `known` are words that are no typo."""
    seen = styles([row.text for row in rows], known)
    table = {intent: dict.fromkeys(seen, 0) for intent in INTENTS}
    for row in rows:
        held = [name for name, holds in seen.items() if holds(row.text)]
        for intent in row.intents or ():
            for name in held:
                table[intent][name] += 1
    return table


def empty_cells(table: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Cells without a row, as `intent × style`."""
    return [f"{intent} × {style}" for intent, counts in table.items() for style, count in counts.items() if not count]
