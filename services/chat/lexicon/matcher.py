"""Finds the phrases of the lexicon in a canonical text, the longest first, left to right."""

from collections.abc import Iterator
from typing import Final

from services.chat.lexicon import channels, nouns, topics
from services.chat.lexicon.entry import Kind, Table, Tag, phrases, stem
from services.runtime.labels import CATEGORIES, INTENTS

_TABLES: Final[tuple[tuple[Kind, Table, bool], ...]] = (
    (Kind.MESSAGE, nouns.MESSAGE_WORDS, False),
    (Kind.DIMENSION, nouns.DIMENSION_WORDS, False),
    (Kind.PERSON, nouns.PERSON_WORDS, False),
    (Kind.LANGUAGE, channels.LANGUAGE_WORDS, False),
    (Kind.SOURCE, channels.SOURCE_WORDS, False),
    (Kind.STATE, topics.STATE_WORDS, False),
    (Kind.SENTIMENT, topics.SENTIMENT_WORDS, True),
    (Kind.MOOD, topics.MOOD_ADJECTIVES, True),
    (Kind.MOOD, topics.MOOD_NOUNS, False),
    (Kind.CATEGORY, topics.CATEGORY_WORDS, False),
    (Kind.INTENT, topics.INTENT_WORDS, False),
    (Kind.CATEGORY, {(name,): name for name in CATEGORIES if "_" in name}, False),
    (Kind.INTENT, {(name,): name for name in INTENTS if "_" in name}, False),
)
"""Later tables win where two list the same phrase."""

_Meaning = tuple[Kind, tuple[str, ...], bool]


def _index() -> dict[str, list[tuple[tuple[str, ...], _Meaning]]]:
    meanings: dict[tuple[str, ...], _Meaning] = {}
    for kind, table, adjective in _TABLES:
        for values, listed in table.items():
            for phrase in phrases(listed):
                meanings[tuple(stem(word) for word in phrase.split())] = (kind, values, adjective)
    index: dict[str, list[tuple[tuple[str, ...], _Meaning]]] = {}
    for stems, meaning in sorted(meanings.items(), key=lambda item: -len(item[0])):
        index.setdefault(stems[0], []).append((stems, meaning))
    return index


_INDEX: Final = _index()


def tagged(text: str) -> tuple[Tag, ...]:
    """Every phrase found in a canonical text; phrases do not overlap."""
    return tuple(_tags(text.split()))


def _tags(words: list[str]) -> Iterator[Tag]:
    stems = tuple(stem(word) for word in words)
    position = 0
    while position < len(stems):
        found = _longest(stems, position)
        if found is None:
            position += 1
            continue
        length, (kind, values, adjective) = found
        end = position + length
        yield Tag(
            kind=kind,
            values=values,
            start=position,
            end=end,
            text=" ".join(words[position:end]),
            adjective=adjective,
        )
        position = end


def _longest(stems: tuple[str, ...], position: int) -> tuple[int, _Meaning] | None:
    for phrase, meaning in _INDEX.get(stems[position], ()):
        if stems[position : position + len(phrase)] == phrase:
            return len(phrase), meaning
    return None
