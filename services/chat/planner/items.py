"""Filter items of a question: what each tag restricts, and whether it is asked for, left out, forgotten or added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.topics import FAILURES
from services.chat.planner.patterns import spoken
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS


class Wish(StrEnum):
    """What the question wants of an item."""

    ANY = auto()
    ALL = auto()
    NONE = auto()
    FORGET = auto()


_FIELDS: Final = {
    Kind.CATEGORY: "categories",
    Kind.INTENT: "intents",
    Kind.MOOD: "intents",
    Kind.SENTIMENT: "sentiments",
    Kind.SOURCE: "sources",
    Kind.LANGUAGE: "languages",
}


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


_FILLERS: Final = word_set(
    "the a an any all some was were is are be been being has have had got get getting gets which that who"
    " where did do does their my our his her its they it we went go goes come came coming of with for to"
    " in on via by from about regarding concerning messages message msgs tickets ticket ones those these"
    " other related saying ones conversations chats customers users players people only just also even"
    " both either still not"
)
_JOINS: Final = frozenset({"and", "or", ",", "/", "nor", "plus", "vs", "versus", "than", "against", "&"})
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


def items_of(words: Sequence[str], tags: Sequence[Tag], part: tuple[int, int] | None = None) -> tuple[Item, ...]:
    """The items in the order of the text, states ("failed", "problems") already joined to their topics.

    In a share a state of the `part` stays an item of its own: "what share of deposits were declined".
    """
    parted = dict(_parted_states(words, tags, part)) if part else {}
    found = sorted((*_with_states(words, tags, parted), *parted.values()), key=lambda item: item.start)
    found = [replace(item, chained=_is_chained(words, found, index)) for index, item in enumerate(found)]
    wished: list[Item] = []
    for item in found:
        wished.append(replace(item, wish=wish_of(words, wished, item)))
    return tuple(_both(words, wished))


def _parted_states(words: Sequence[str], tags: Sequence[Tag], part: tuple[int, int]) -> Iterator[tuple[int, Item]]:
    """State tag index → its item, for the states of the part whose topic is named outside of it."""
    for index, tag in enumerate(tags):
        if tag.kind is not Kind.STATE or not part[0] <= tag.start < part[1]:
            continue
        inside = any(other.kind in _FIELDS and part[0] <= other.start < part[1] for other in tags)
        topics = [other for other in tags[:index] if other.kind is Kind.CATEGORY and other.end <= part[0]]
        intents = {intent for state in tag.values for topic in topics[-1:] for intent in _failures(topic, state)}
        if intents and not (inside and _neighbour(words, tags, index) is None):
            values = tuple(sorted(intents, key=INTENTS.index))
            yield index, Item(field="intents", kind=Kind.INTENT, values=values, start=tag.start, end=tag.end)


def _with_states(words: Sequence[str], tags: Sequence[Tag], parted: Mapping[int, Item]) -> Iterator[Item]:
    states = _states_by_topic(words, tags, parted)
    for index, tag in enumerate(tags):
        if tag.kind not in _FIELDS:
            continue
        intents = tuple(dict.fromkeys(i for state in states.get(index, ()) for i in _failures(tag, state)))
        if intents:
            own = tag.values if tag.kind is Kind.INTENT else ()
            ordered = tuple(sorted({*own, *intents}, key=INTENTS.index))
            listed = bool(own) or len(set(states[index])) > 1
            yield Item(field="intents", kind=Kind.INTENT, values=ordered, start=tag.start, end=tag.end, listed=listed)
        else:
            yield Item(
                field=_FIELDS[tag.kind],
                kind=tag.kind,
                values=tag.values,
                start=tag.start,
                end=tag.end,
                adjective=tag.adjective,
            )


def _failures(tag: Tag, state: str) -> tuple[str, ...]:
    categories = dict.fromkeys(CATEGORY_OF_INTENT.get(value, value) for value in tag.values)
    return tuple(intent for category in categories for intent in FAILURES.get(category, {}).get(state, ()))


def _states_by_topic(words: Sequence[str], tags: Sequence[Tag], parted: Mapping[int, Item]) -> dict[int, list[str]]:
    """Topic tag index → its states. A state belongs to the topic it touches and to the topics chained to that one."""
    owned: dict[int, list[str]] = {}
    for index, tag in enumerate(tags):
        if tag.kind is not Kind.STATE or index in parted:
            continue
        owner = _neighbour(words, tags, index)
        if owner is not None:
            owned.setdefault(owner, []).extend(tag.values)
    for index in list(owned):
        for step in (-1, 1):
            other = index + step
            while 0 <= other < len(tags) and tags[other].kind is Kind.CATEGORY and other not in owned:
                low, high = sorted((other, other - step))
                if not _joined(words[tags[low].end : tags[high].start]):
                    break
                owned[other] = owned[index]
                other += step
    return owned


def _neighbour(words: Sequence[str], tags: Sequence[Tag], index: int) -> int | None:
    """The topic right after the state ("failed deposits"), else right before it ("deposits that failed")."""
    state = tags[index]
    after = next(
        (i for i in range(index + 1, len(tags)) if tags[i].kind not in {Kind.STATE, Kind.MESSAGE, Kind.PERSON}), None
    )
    before = next(
        (i for i in range(index - 1, -1, -1) if tags[i].kind not in {Kind.STATE, Kind.MESSAGE, Kind.PERSON}), None
    )
    closer_before = before is not None and tags[before].end == state.start
    if before is not None and closer_before and tags[before].kind is Kind.CATEGORY:
        return before
    if (
        after is not None
        and _may_own(words, tags, index, after)
        and _states_only(words, tags, state.end, tags[after].start)
    ):
        return after
    if (
        before is not None
        and tags[before].kind is Kind.CATEGORY
        and _states_only(words, tags, tags[before].end, state.start)
    ):
        return before
    return None


def _may_own(words: Sequence[str], tags: Sequence[Tag], state: int, topic: int) -> bool:
    """A state is said of a whole topic, and of an intent that it is joined to: "failed or missing deposits"."""
    joined = bool(_JOINS & set(words[tags[state].end : tags[topic].start]))
    return tags[topic].kind is Kind.CATEGORY or (tags[topic].kind is Kind.INTENT and joined)


def _fillers_only(words: Sequence[str]) -> bool:
    return all(word in _FILLERS or word.startswith("§") for word in words)


def _states_only(words: Sequence[str], tags: Sequence[Tag], start: int, end: int) -> bool:
    """Whether nothing but small words and states joined to one another is there: "delayed or rejected withdrawals"."""
    states = {i for tag in tags if tag.kind is Kind.STATE for i in range(tag.start, tag.end)}
    return all(i in states or words[i] in _JOINS or _fillers_only(words[i : i + 1]) for i in range(start, end))


def _joined(words: Sequence[str]) -> bool:
    return any(word in _JOINS for word in words) and all(
        word in _JOINS or word in _FILLERS or word.startswith("§") for word in words
    )


_ABOUT: Final = frozenset({"about", "regarding", "concerning", "with"})


def _is_chained(words: Sequence[str], items: Sequence[Item], index: int) -> bool:
    if index == 0:
        return False
    return _joined(words[items[index - 1].end : items[index].start])


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
        if word in _JOINS and before and item.chained:
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


_IN_ONE: Final = spoken(r"(?:in|within) (?:(?:one and )?the same|a single|one) (?:message|ticket|text|chat)")


def _both(words: Sequence[str], items: Sequence[Item]) -> Iterator[Item]:
    """Read "both A and B" and "A and B in one message" as all of them, where a message can have both."""
    active = same = bool(_IN_ONE.search(" ".join(words)))
    for item in items:
        if not item.chained:
            lead = words[max(item.start - 3, 0) : item.start]
            active = same or "both" in lead
        topic = item.kind in {Kind.CATEGORY, Kind.INTENT, Kind.MOOD}
        yield replace(item, wish=Wish.ALL) if active and topic and item.wish is Wish.ANY else item
