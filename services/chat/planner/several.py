"""Several questions in one turn, which one answer cannot tell: "deposits last week and complaints yesterday". Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from services.chat.lexicon.entry import TOPICS
from services.chat.planner.asking import Question
from services.chat.planner.patterns import spoken
from services.chat.planner.read import Turn

_JOINT: Final = re.compile(
    r" (?:, )?(?:(?:and|also|plus|vs|versus|than|against|as well as|compared (?:to|with)) )+(?:also )?| , "
)
_HEAD: Final = spoken(r"^(?:what|which|top|why|when|who|show|list|examples?|trend)")
_WITHIN: Final = re.compile(r"(?:and |so |, )*(?:out of|of|among|within|for)\b")
"""Leads to what the question behind the comma is asked of: "of the withdrawals last month, how many were angry?"."""
_ONE_BY_ONE: Final = "One answer counts the same messages in each of its periods; please ask these one after another."


def several_questions(text: str, turn: Turn, read_part: Callable[[str], Turn]) -> Question | None:
    """The question to ask when parts of `text`, read as `turn`, are about topics of their own in periods or forms of
    their own. Its choices are the two parts.
    """
    if "¤" in text or len({item.values for item in turn.reading.items if item.kind in TOPICS}) < 2:
        return None
    for left, right in _parts(text):
        if not _WITHIN.match(left) and _are_apart(read_part(left), read_part(right), right):
            return Question(reason=_ONE_BY_ONE, choices=(_asked(left), _asked(right)))
    return None


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for joint in _JOINT.finditer(text):
        left, right = text[: joint.start()].strip(" ,?"), text[joint.end() :].strip(" ,?")
        if left and right:
            yield left, right


def _are_apart(one: Turn, other: Turn, words: str) -> bool:
    topics, others = _topics(one), _topics(other)
    if not topics or not others or topics == others:
        return False
    if one.dates and other.dates:
        return one.dates != other.dates and _topic_first(one) == _topic_first(other)
    return bool(_HEAD.search(words)) and not one.reading.grouping


def _topics(turn: Turn) -> set[tuple[str, ...]]:
    return {item.values for item in turn.reading.items if item.kind in TOPICS}


def _topic_first(turn: Turn) -> bool:
    """Whether the topic is told before the period."""
    first = min(item.start for item in turn.reading.items if item.kind in TOPICS)
    return not any(word.startswith("§") for word in turn.reading.text.split()[:first])


def _asked(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}?"
