"""Things set against each other: "Telegram versus live chat", "deposits or withdrawals, which is more?"."""

import re
from collections.abc import Sequence
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind
from services.chat.planner.patterns import COMPARED_MOODS
from services.chat.planner.reading import Reading
from services.chat.planner.wishes import Item, Wish
from services.chat.question import Dimension
from services.runtime.labels import CATEGORY_OF_INTENT

_BETWEEN: Final = frozenset({"vs", "versus", "than", "against", "compared", "compare"})
_AHEAD: Final = re.compile(
    rf"\b(?:compar(?:e|ing|ison)|difference|differ|which|contrast|more|between|split|ratio|{COMPARED_MOODS})\b"
)
_BEHIND: Final = re.compile(
    r"^compare\b(?! (?:with|to|against))"
    r"|\b(?:which|who|what) (?:one |of (?:them|the 2|these) )?(?:has|have|had|is|was|got|gets|saw)\b"
)
_REACH: Final = 3
_FIELDS: Final = (
    ("sources", Dimension.SOURCE),
    ("languages", Dimension.LANGUAGE),
    ("sentiments", Dimension.SENTIMENT),
)


def contrasted(reading: Reading, items: Sequence[Item]) -> tuple[Dimension, ...]:
    """The dimensions whose named values are compared with each other."""
    if not reading.contrast:
        return ()
    words = reading.text.split()
    asked = [item for item in items if item.wish in {Wish.ANY, Wish.ALL}]
    found = [
        dimension
        for field, dimension in _FIELDS
        if _is_contrast(words, [item for item in asked if item.field == field])
    ]
    topics = [item for item in asked if item.kind in TOPICS and not (item.kind is Kind.MOOD and item.adjective)]
    if _is_contrast(words, topics) and not _is_mood_of_topic(topics):
        found.append(_topic_dimension(_without_common_mood(topics)))
    return tuple(found)


def _is_contrast(words: Sequence[str], items: Sequence[Item]) -> bool:
    listed = len(items) == 1 and items[0].listed
    if len({value for item in items for value in item.values}) < 2 or (len(items) < 2 and not listed):
        return False
    inside = _around(words, items[0]) if listed else words[items[0].end : items[-1].start]
    ahead = " ".join(words[: items[0].start])
    behind = " ".join(words[items[-1].end :])
    periods = sum(map(_is_period, words))
    return bool(set(inside) & _BETWEEN) or (
        periods < 2 and bool(_AHEAD.search(ahead) or _AHEAD.search(" ".join(inside)) or _BEHIND.search(behind))
    )


def _around(words: Sequence[str], item: Item) -> Sequence[str]:
    """The words among the states of an item: "failed vs missing deposits", "payouts delayed vs rejected"."""
    behind = words[item.end : item.end + _REACH]
    return [*words[max(item.start - _REACH, 0) : item.end], *(() if any(map(_is_period, behind)) else behind)]


def _is_period(word: str) -> bool:
    return word.startswith("§")


def _is_mood_of_topic(items: Sequence[Item]) -> bool:
    """In "more deposit complaints than …" the mood goes with the topic, it is not the other side."""
    moods = [item for item in items if item.kind is Kind.MOOD]
    return (
        len(items) - len(moods) < 2
        and bool(moods)
        and len(moods) < len(items)
        and not any(i.chained for i in items[1:])
    )


def _without_common_mood(items: Sequence[Item]) -> Sequence[Item]:
    """The topics of which the same mood is said: "bonus complaints versus deposit complaints"."""
    subjects = [item for item in items if item.kind is not Kind.MOOD]
    moods = {item.values for item in items if item.kind is Kind.MOOD}
    return subjects if len(moods) == 1 and len(subjects) > 1 else items


def _topic_dimension(items: Sequence[Item]) -> Dimension:
    """Intents where single intents are compared, else categories."""
    fields = {item.field for item in items}
    if fields == {"categories"}:
        return Dimension.CATEGORY
    groups = [item for item in items if item.field == "intents" and len(item.values) > 1]
    owners = {CATEGORY_OF_INTENT[value] for item in groups for value in item.values}
    return Dimension.CATEGORY if groups and len(owners) > 1 else Dimension.INTENT
