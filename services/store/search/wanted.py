"""What a search text asks for: its meaning, its words, what must hold, and the numbers in it that name something. Pure.

The syntax is that of a web search: words, "phrases", or, -without.
"""

import re
from dataclasses import dataclass
from typing import Final

_PHRASE: Final = re.compile(r'(?<![\w-])(-?"[^"]*\w[^"]*")')
_WITHOUT: Final = re.compile(r'(?<!\S)-(?:"[^"]*\w[^"]*"|\w\S*)')
_OR: Final = re.compile(r"\bor\b", re.IGNORECASE)
_LONE_DASH: Final = re.compile(r"(?<!\S)[-–—]+(?!\S)")
_TOKEN: Final = re.compile(r"\w+")
# Postgres takes a sign or a slash before a number as a part of it: XJ-4471 is xj and -4471.
_SIGNS: Final = ("", "-", "+", "/")
_DIGITS_ALONE: Final = 4
_DIGITS_AMONG_LETTERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`words` and `required` in web search syntax, `identifiers` in that of to_tsquery; any may be empty.

    `required` must hold for every hit, also for those found by meaning. A message that holds `identifiers` is found
    though other words are missing from it. `phrases`: whether `required` holds more than exclusions.
    """

    meaning: str
    words: str
    required: str
    identifiers: str
    phrases: bool


def wanted(text: str) -> Wanted:
    """Reads a search text. Of alternatives nothing is required."""
    words = _LONE_DASH.sub(" ", text)
    without = _WITHOUT.findall(words)
    phrases = [phrase for phrase in _PHRASE.findall(words) if not phrase.startswith("-")]
    either = bool(_OR.search(_PHRASE.sub(" ", words)))
    rest = _WITHOUT.sub(" ", words)
    return Wanted(
        meaning=" ".join(rest.replace('"', " ").split()) or text,
        words=words,
        required="" if either else " ".join([*phrases, *without]),
        identifiers=" & ".join(map(_identifier, filter(_names_something, _TOKEN.findall(rest)))),
        phrases=bool(phrases) and not either,
    )


def _names_something(token: str) -> bool:
    """Whether a word is a number such as 88427, or a code such as WELCOME100."""
    digits = sum(character.isdecimal() for character in token)
    return digits >= (_DIGITS_ALONE if digits == len(token) else _DIGITS_AMONG_LETTERS)


def _identifier(token: str) -> str:
    signs = _SIGNS if token.isdecimal() else ("",)
    return "(" + " | ".join(f"'{sign}{token}'" for sign in signs) + ")"
