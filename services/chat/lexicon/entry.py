"""What a phrase of the lexicon stands for, and a phrase found in a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final


class Kind(StrEnum):
    """The part a phrase plays in a question."""

    CATEGORY = auto()
    INTENT = auto()
    MOOD = auto()
    SENTIMENT = auto()
    STATE = auto()
    SOURCE = auto()
    LANGUAGE = auto()
    PERSON = auto()
    MESSAGE = auto()
    DIMENSION = auto()


TOPICS: Final = frozenset({Kind.CATEGORY, Kind.INTENT, Kind.MOOD})
FILTERS: Final = TOPICS | {Kind.SENTIMENT, Kind.SOURCE, Kind.LANGUAGE}

Table = Mapping[tuple[str, ...], str]
"""values → their phrases in the singular, parted by commas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A phrase found at words [start, end) of a text. `adjective` phrases narrow a topic instead of naming one."""

    kind: Kind
    values: tuple[str, ...]
    start: int
    end: int
    text: str
    adjective: bool = False


def phrases(listed: str) -> list[str]:
    """The phrases of a table row."""
    return [" ".join(phrase.split()) for phrase in listed.split(",")]


def stem(word: str) -> str:
    """The singular of a regular plural; any other word as it is."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("shes", "ches", "sses", "xes", "uses")) else word[:-1]
