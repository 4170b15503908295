"""Filter items of a question: what each tag restricts, and what is wanted of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.planner.patterns import spoken
from services.chat.planner.states import (
    JOINS,
    are_joined,
    failures,
    neighbour,
    start_of,
    states_by_topic,
    topic_after,
)
from services.chat.planner.wishes import Item, Wish, wish_of
from services.runtime.labels import INTENTS

_FIELDS: Final = {
    Kind.CATEGORY: "categories",
    Kind.INTENT: "intents",
    Kind.MOOD: "intents",
    Kind.SENTIMENT: "sentiments",
    Kind.SOURCE: "sources",
    Kind.LANGUAGE: "languages",
}


def items_of(words: Sequence[str], tags: Sequence[Tag], part: tuple[int, int] | None = None) -> tuple[Item, ...]:
    """The items in the order of the text, states ("failed", "problems") already joined to their topics.

    In a share a state of the `part` stays an item of its own: "what share of deposits were declined".
    """
    parted = dict(_parted_states(words, tags, part)) if part else {}
    found = sorted((*_with_states(words, tags, parted), *parted.values()), key=lambda item: item.start)
    found = [item for at, item in enumerate(found) if not _is_of(words, item, found[at + 1 :])]
    found = [replace(item, chained=_is_chained(words, found, index)) for index, item in enumerate(found)]
    wished: list[Item] = []
    for item in _moods_as_sentiments(found):
        wished.append(replace(item, wish=wish_of(words, wished, item)))
    return tuple(_both(words, wished))


_ON: Final = frozenset({"on", "about", "regarding", "concerning", "for", "of"})


def _is_of(words: Sequence[str], item: Item, behind: Sequence[Item]) -> bool:
    """Whether the item only says that something was said of a topic behind it: "feedback on bonuses"."""
    topic = next((other for other in behind if other.kind in {Kind.CATEGORY, Kind.INTENT}), None)
    if item.values != ("anger_feedback",) or topic is None:
        return False
    between = set(words[item.end : topic.start])
    return bool(_ON & between) and not JOINS & between


_MOOD_OF: Final = {"complaint": "negative", "praise": "positive"}


def _moods_as_sentiments(items: Sequence[Item]) -> Sequence[Item]:
    """A mood joined to the opposite sentiment is one as well, for no message is both: "angry or happy messages"."""
    made = list(items)
    for at, (one, other) in enumerate(pairwise(items)):
        kinds = {one.kind, other.kind}
        if other.chained and kinds == {Kind.MOOD, Kind.SENTIMENT}:
            mood = at if one.kind is Kind.MOOD else at + 1
            values = tuple(_MOOD_OF[value] for value in items[mood].values)
            if not set(values) & {*one.values, *other.values}:
                made[mood] = replace(items[mood], field="sentiments", kind=Kind.SENTIMENT, values=values)
    return made


def _parted_states(words: Sequence[str], tags: Sequence[Tag], part: tuple[int, int]) -> Iterator[tuple[int, Item]]:
    """State tag index → its item, for the states of the part whose topic is named outside of it."""
    for index, tag in enumerate(tags):
        if tag.kind is not Kind.STATE or not part[0] <= tag.start < part[1]:
            continue
        inside = any(other.kind in _FIELDS and part[0] <= other.start < part[1] for other in tags)
        topics = [other for other in tags[:index] if other.kind is Kind.CATEGORY and other.end <= part[0]]
        intents = {intent for state in tag.values for topic in topics[-1:] for intent in failures(topic, state)}
        if intents and not (inside and neighbour(words, tags, index) is None):
            values = tuple(sorted(intents, key=INTENTS.index))
            yield index, Item(field="intents", kind=Kind.INTENT, values=values, start=tag.start, end=tag.end)


def _with_states(words: Sequence[str], tags: Sequence[Tag], parted: Mapping[int, Item]) -> Iterator[Item]:
    left_out = dict(_left_out_states(words, tags))
    states = states_by_topic(words, tags, {*parted, *left_out})
    yield from left_out.values()
    for index, tag in enumerate(tags):
        if tag.kind not in _FIELDS:
            continue
        intents = tuple(dict.fromkeys(i for state in states.get(index, ()) for i in failures(tag, state)))
        if intents:
            own = tag.values if tag.kind is Kind.INTENT else ()
            ordered = tuple(sorted({*own, *intents}, key=INTENTS.index))
            listed = bool(own) or len(set(states[index])) > 1
            start = start_of(words, tags, index)
            yield Item(field="intents", kind=Kind.INTENT, values=ordered, start=start, end=tag.end, listed=listed)
        else:
            yield Item(
                field=_FIELDS[tag.kind],
                kind=tag.kind,
                values=tag.values,
                start=tag.start,
                end=tag.end,
                adjective=tag.adjective,
            )


def _left_out_states(words: Sequence[str], tags: Sequence[Tag]) -> Iterator[tuple[int, Item]]:
    """State tag index → its item, for states left out of the topic before them: "deposits that did not fail"."""
    last = -1
    for index, tag in enumerate(tags):
        topics = [other for other in tags[:index] if other.kind is Kind.CATEGORY]
        if tag.kind is not Kind.STATE or not topics or topic_after(words, tags, index) is not None:
            continue
        intents = {intent for state in tag.values for intent in failures(topics[-1], state)}
        values = tuple(sorted(intents, key=INTENTS.index))
        item = Item(field="intents", kind=Kind.INTENT, values=values, start=tag.start, end=tag.end)
        goes_on = last >= 0 and are_joined(words[tags[last].end : tag.start])
        if values and (goes_on or wish_of(words, (), item) is Wish.NONE):
            last = index
            yield index, replace(item, chained=goes_on)


def _is_chained(words: Sequence[str], items: Sequence[Item], index: int) -> bool:
    if index == 0:
        return False
    return are_joined(words[items[index - 1].end : items[index].start])


_IN_ONE: Final = spoken(r"(?:in|within) (?:(?:one and )?the same|a single|one) (?:message|ticket|text|chat)")


_ON_ACCOUNT_OF: Final = spoken(
    r"(?:because|on account) of",
    r"due to",
    r"owing to",
    r"caused by",
    r"triggered by",
    r"over",
    r"(?:linked|tied|connected) (?:to|with)",
    r"(?:had|have|has|having) to do with",
    r"also (?:about|concern(?:ed|ing)?|on|regarding|mention(?:s|ed)?)",
    r"(?:that|which) (?:led|lead|leads|turned) (?:to|into)",
)
"""Between two topics what makes messages about both of them: "payouts refused because of documents"."""


def _is_held_together(words: Sequence[str], one: Item, other: Item) -> bool:
    between = words[one.end : other.start]
    if not {one.kind, other.kind} <= {Kind.CATEGORY, Kind.INTENT} or JOINS & set(between):
        return False
    return bool(_ON_ACCOUNT_OF.search(" ".join(between)))


def _both(words: Sequence[str], items: Sequence[Item]) -> Iterator[Item]:
    """Read "both A and B" and "A and B in one message" as all of them, where a message can have both."""
    active = same = bool(_IN_ONE.search(" ".join(words)))
    held = {at for one, other in pairwise(items) if _is_held_together(words, one, other) for at in (one, other)}
    for item in items:
        if not item.chained:
            lead = words[max(item.start - 3, 0) : item.start]
            active = same or "both" in lead
        topic = item.kind in {Kind.CATEGORY, Kind.INTENT, Kind.MOOD}
        yield replace(item, wish=Wish.ALL) if (active or item in held) and topic and item.wish is Wish.ANY else item
