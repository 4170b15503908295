"""What is said of topics, "failed" or "late", joined to the topics it is said of. Pure."""

from collections.abc import Collection, Sequence
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.topics import FAILURES
from services.runtime.labels import CATEGORY_OF_INTENT

_FILLERS: Final = word_set(
    "the a an any all some was were is are be been being has have had got get getting gets which that who"
    " where did do does their my our his her its they it we went go goes come came coming of with for to"
    " in on via by from about regarding concerning messages message msgs tickets ticket ones those these"
    " other related saying ones conversations chats customers users players people only just also even"
    " both either still not"
)
JOINS: Final = frozenset({"and", "or", ",", "/", "nor", "plus", "vs", "versus", "than", "against", "&"})


def failures(tag: Tag, state: str) -> tuple[str, ...]:
    """The intents that a state makes of a topic."""
    categories = dict.fromkeys(CATEGORY_OF_INTENT.get(value, value) for value in tag.values)
    return tuple(intent for category in categories for intent in FAILURES.get(category, {}).get(state, ()))


def topic_after(words: Sequence[str], tags: Sequence[Tag], index: int) -> int | None:
    """The topic that a state leads up to: "failed deposits"."""
    after = (i for i in range(index + 1, len(tags)) if tags[i].kind not in {Kind.STATE, Kind.MESSAGE, Kind.PERSON})
    found = next(after, None)
    if found is None or tags[found].kind is not Kind.CATEGORY:
        return None
    return found if _states_only(words, tags, tags[index].end, tags[found].start) else None


def start_of(words: Sequence[str], tags: Sequence[Tag], topic: int) -> int:
    """Where a topic begins with the states that lead up to it."""
    led = [tags[i].start for i in range(topic) if tags[i].kind is Kind.STATE and topic_after(words, tags, i) == topic]
    return min(led, default=tags[topic].start)


def states_by_topic(words: Sequence[str], tags: Sequence[Tag], parted: Collection[int]) -> dict[int, list[str]]:
    """Topic tag index → its states. A state belongs to the topic it touches and to the topics chained to that one."""
    owned: dict[int, list[str]] = {}
    for index, tag in enumerate(tags):
        if tag.kind is not Kind.STATE or index in parted:
            continue
        owner = neighbour(words, tags, index)
        if owner is not None:
            owned.setdefault(owner, []).extend(tag.values)
    for index in list(owned):
        for step in (-1, 1):
            other = index + step
            while 0 <= other < len(tags) and tags[other].kind is Kind.CATEGORY and other not in owned:
                low, high = sorted((other, other - step))
                if not are_joined(words[tags[low].end : tags[high].start]):
                    break
                owned[other] = owned[index]
                other += step
    return owned


def neighbour(words: Sequence[str], tags: Sequence[Tag], index: int) -> int | None:
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
    joined = bool(JOINS & set(words[tags[state].end : tags[topic].start]))
    return tags[topic].kind is Kind.CATEGORY or (tags[topic].kind is Kind.INTENT and joined)


def _fillers_only(words: Sequence[str]) -> bool:
    return all(word in _FILLERS or word.startswith("§") for word in words)


def _states_only(words: Sequence[str], tags: Sequence[Tag], start: int, end: int) -> bool:
    """Whether nothing but small words and states joined to one another is there: "delayed or rejected withdrawals"."""
    states = {i for tag in tags if tag.kind is Kind.STATE for i in range(tag.start, tag.end)}
    return all(i in states or words[i] in JOINS or _fillers_only(words[i : i + 1]) for i in range(start, end))


def are_joined(words: Sequence[str]) -> bool:
    """Whether the words between two phrases do no more than join them."""
    return any(word in JOINS for word in words) and all(
        word in JOINS or word in _FILLERS or word.startswith("§") for word in words
    )
