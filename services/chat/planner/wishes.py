"""What a question wants of a thing it names: asked for, left out, forgotten, or all of them together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from services.chat.lexicon.entry import Kind
from services.chat.lexicon.listing import word_set
from services.chat.planner.states import JOINS


class Wish(StrEnum):
    """What the question wants of an item."""

    ANY = auto()
    ALL = auto()
    NONE = auto()
    FORGET = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Values of one filter field, found at words [start, end). `chained` items continue the coordination before,
    `listed` ones are told by several states of one topic ("delayed and rejected payouts").
    """

    field: str
    kind: Kind
    values: tuple[str, ...]
    start: int
    end: int
    adjective: bool = False
    wish: Wish = Wish.ANY
    chained: bool = False
    listed: bool = False


LEAVE_OUT: Final = word_set(
    "not except excluding exclude without minus non no besides excl ignoring neither nor never barring omitting omit"
    " outside"
)
LEAVE_OUT_PAIRS: Final = frozenset(
    {("other", "than"), ("apart", "from"), ("aside", "from"), ("save", "for"), ("leaving", "out"), ("leave", "out"),
     ("rather", "than"), ("everything", "but"), ("all", "but"), ("anything", "but"), ("messages", "but"),
     ("but", "for"), ("outside", "of"), ("instead", "of"), ("exception", "of")}
)  # fmt: skip
_FORGET: Final = word_set(
    "forget drop remove clear ditch undo unfilter lose dropping removing skip swap replace exchange"
)
_UNABLE: Final = frozenset({("can", "not"), ("could", "not"), ("able", "to")})
_TURNS: Final = frozenset({"but", "just", "only", "instead", "all", "now"})
_NOUN_STARTS: Final = frozenset({"the", "a", "this", "that", "any", "big", "sudden", "sharp", "did", "do"})
_PREPOSITIONS: Final = word_set(
    "the a an any all about from on in via by of for with messages message that are is were was be come"
    " came to ones those which who have has had do did does related regarding concerning out filter"
    " anything related being just only mentioning mention containing involving talking speaking naming"
    " labelled labeled classified marked tagged as"
)


def _cue(before: str, word: str) -> Wish | None:
    """What the word, after the one before it, wants of what follows; None for a word that wants nothing."""
    if (before, word) in _UNABLE:
        return Wish.ANY
    if (before, word) == ("never", "mind") or (before, word) == ("rid", "of"):
        return Wish.FORGET
    if (before, word) in LEAVE_OUT_PAIRS or word in LEAVE_OUT:
        return Wish.NONE
    return Wish.FORGET if word in _FORGET and before not in _NOUN_STARTS else None


def wish_of(words: Sequence[str], before: Sequence[Item], item: Item) -> Wish:
    """Read leftwards over small words to the cue that governs the item, through the items it is chained to."""
    at = item.start - 1
    while at >= 0:
        word = words[at]
        cue = _cue(words[at - 1] if at else "", word)
        if cue is not None:
            return cue
        if word in JOINS and before and item.chained:
            if word == "," and item.field != before[-1].field:
                return Wish.ANY
            return (
                before[-1].wish
                if before[-1].wish in {Wish.NONE, Wish.FORGET} and not _TURNS & set(words[before[-1].end : item.start])
                else Wish.ANY
            )
        if word not in _PREPOSITIONS:
            return Wish.ANY
        at -= 1
    return Wish.ANY
