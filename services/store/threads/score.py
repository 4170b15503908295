"""How good a conversation was, from named parts. Pure: the same messages give the same score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.store.message import Author

_HALF_SECONDS: Final = 600.0
_MOODS: Final = {"negative": 0.0, "neutral": 0.5, "positive": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """A message of a conversation; `sentiment` None without labels, `smalltalk`: it says nothing else."""

    author: Author
    event_time: datetime
    sentiment: str | None
    smalltalk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a score: what was measured, and what it contributes in [0, 1]."""

    name: str
    value: float
    score: float


def parts_of(messages: Sequence[ThreadMessage], *, settled: bool | None) -> list[Part]:
    """The parts that apply to messages in time; `settled`: whether all tickets made from them are, None without one."""
    found = [_first_response(messages), _answered(messages), _sentiment_change(messages)]
    if settled is not None:
        found.append(Part(name="resolution", value=float(settled), score=float(settled)))
    return [part for part in found if part is not None]


def score_of(parts: Sequence[Part]) -> float:
    """The mean of the parts' scores; 0 without any."""
    return sum(part.score for part in parts) / len(parts) if parts else 0.0


def _first_response(messages: Sequence[ThreadMessage]) -> Part | None:
    asked = next((message.event_time for message in messages if message.author is Author.CUSTOMER), None)
    if asked is None:
        return None
    answers = (m.event_time for m in messages if m.author is Author.AGENT and m.event_time >= asked)
    answered = next(answers, None)
    if answered is None:
        return None
    seconds = (answered - asked).total_seconds()
    return Part(name="first_response", value=seconds, score=2 ** (-seconds / _HALF_SECONDS))


def _answered(messages: Sequence[ThreadMessage]) -> Part | None:
    """A turn is a run of the customer's messages; it is answered where an agent's message ends it.

    Thanks at the end, after an answer, wait for nobody.
    """
    authors = [message.author for message in messages[: len(messages) - _thanks_at_the_end(messages)]]
    turns = [
        place
        for place, author in enumerate(authors)
        if author is Author.CUSTOMER and (place + 1 == len(authors) or authors[place + 1] is Author.AGENT)
    ]
    if not turns:
        return None
    fraction = sum(place + 1 < len(authors) for place in turns) / len(turns)
    return Part(name="answered", value=fraction, score=fraction)


def _thanks_at_the_end(messages: Sequence[ThreadMessage]) -> int:
    """How many of the last messages thank for an agent's answer and say nothing else; 0 where nobody had answered."""
    for place, message in enumerate(reversed(messages)):
        if message.author is Author.AGENT:
            return place
        if not message.smalltalk or message.sentiment != "positive":
            break
    return 0


def _sentiment_change(messages: Sequence[ThreadMessage]) -> Part | None:
    moods = [
        _MOODS[message.sentiment]
        for message in messages
        if message.author is Author.CUSTOMER and message.sentiment in _MOODS
    ]
    if len(moods) < 2:
        return None
    change = moods[-1] - moods[0]
    return Part(name="sentiment_change", value=change, score=(1 + change) / 2)
