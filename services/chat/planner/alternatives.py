"""Alternatives of different kinds, which no one count tells: "complaints or messages on Telegram". Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind
from services.chat.lexicon.listing import word_set
from services.chat.planner.asking import Question, filtered
from services.chat.planner.filters import with_part
from services.chat.planner.read import Turn
from services.chat.planner.wishes import Item, Wish
from services.chat.question import Filters, LabelFilter

_SMALL: Final = word_set(
    "or either messages message one those the a an any in on via from by that are is were was about with which came"
    " come users customers people players mood sentiment ,"
)
_REASON: Final = (
    "Conditions of different kinds hold together in one count, so “either … or” of them is not told; please ask one"
    " after the other."
)


def mixed_alternatives(turn: Turn) -> Question | None:
    """The question to ask when "or" joins a topic, a mood, a channel or a language with something of another kind."""
    words = turn.reading.text.split()
    for one, other in pairwise(turn.reading.items):
        if _are_alternatives(one, other, words[one.end : other.start]):
            return Question(reason=_REASON, choices=(_counted(one), _counted(other)))
    return None


def _are_alternatives(one: Item, other: Item, between: Sequence[str]) -> bool:
    joined = "or" in between and set(between) <= _SMALL
    apart = _kind(one) != _kind(other) or _is_mood_beside_topic(one, other)
    return joined and apart and _is_asked(one, other) and not _are_moods(one, other)


def _is_mood_beside_topic(one: Item, other: Item) -> bool:
    """Whether one of two is a mood told by an adjective, which holds with a topic: "deposits or angry messages"."""
    adjectives = [item for item in (one, other) if item.kind is Kind.MOOD and item.adjective]
    return len(adjectives) == 1 and _kind(one) == _kind(other)


def _kind(item: Item) -> str:
    return "topics" if item.kind in TOPICS else item.field


def _are_moods(one: Item, other: Item) -> bool:
    """Whether two adjectives tell one mood: "angry or unhappy messages"."""
    moods = [item for item in (one, other) if item.kind is Kind.MOOD and item.adjective]
    return len(moods) == 1 and Kind.SENTIMENT in {one.kind, other.kind}


def _is_asked(*items: Item) -> bool:
    return all(item.wish is Wish.ANY for item in items)


def _counted(item: Item) -> str:
    return f"How many messages came in{filtered(with_part(Filters(), item.field, LabelFilter(any_of=item.values)))}?"
