"""Words that no part of the planner reads: what stands beside the known may tell which of it is meant. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from services.chat.lexicon.entry import Kind, stem
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.matcher import tagged
from services.chat.lexicon.plain_english import TELLS_NOTHING, TELLS_OF_THINGS, base_forms
from services.chat.planner.asking import Question, which_topic
from services.chat.planner.patterns import spoken
from services.chat.planner.plain_words import NO_EVENT, PASSED_OVER, is_unheard_of
from services.chat.planner.read import Turn
from services.chat.planner.unknown import no_topic
from services.chat.question import Interpretation

_PLAIN: Final = re.compile(r"[^\W\d_]{3,}")
_OF_MONEY: Final = frozenset({"fee", "currency", "method"})
"""States that say something only of a deposit or a pay-out."""


def unread_word(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask about a word that nothing has read: "messages on frontdesk", "vouchers of acme players"."""
    if turn.is_empty:
        return None
    words = (*_steps_of_a_name(turn), *_unread(turn), *_without_topic(turn))
    return next(map(no_topic, words), None) or _cut_short(turn) or _loose_state(turn, base) or _one_topic_twice(turn)


_ANOTHER: Final = re.compile(
    r"^(?:(?:and|now|or|then|ok|what about|how about|same for|same with|same|for|the) )+(?P<word>[^\W\d_]{3,})"
    r"(?: [?!.])*$"
)


def another_passage(words: str, base: Interpretation | None) -> str:
    """The words of a turn, a lone unknown word after a search for one read as the next: "and neteller?"."""
    found = _ANOTHER.search(words) if base is not None and base.query.filters.text else None
    if found is None or tagged(found["word"]) or found["word"] in PASSED_OVER | NO_EVENT:
        return words
    return f"mention {found['word']}"


def _unread(turn: Turn) -> Iterator[str]:
    read = {index for tag in turn.tags for index in range(tag.start, tag.end)}
    for index, word in enumerate(turn.reading.text.split()):
        if index not in read and _PLAIN.fullmatch(word) and _tells(word):
            yield word


def _tells(word: str) -> bool:
    if {word, stem(word)} & TELLS_OF_THINGS:
        return True
    return is_unheard_of(word) and not base_forms(word) & TELLS_NOTHING


_SMALL_WORDS: Final = word_set(
    "a i o s t an am as at be by do eg go ha he hi hm id ie if in is it me mr ms my no of oh ok on or pm re so st th to"
    " um up us vs we ya ye yo"
)


def _cut_short(turn: Turn) -> Question | None:
    """The question to ask about letters that are no word: "complaints on site b"."""
    read = {index for tag in turn.tags for index in range(tag.start, tag.end)}
    for index, word in enumerate(turn.reading.text.split()):
        if index not in read and len(word) <= _LONGEST_CUT and word.isalpha() and word not in _SMALL_WORDS:
            reason = f"“{word}” is no word that is known here; please write it out."
            return Question(reason=reason, choices=_IN_GENERAL, keeps=True)
    return None


_LONGEST_CUT: Final = 2
_IN_GENERAL: Final = ("How many messages came in last week?", "How many messages were there by channel last week?")


_OF_EACH_STEP: Final = spoken(
    r"(?P<step>daily|weekly|monthly) (?:cash ?back|bonus(?:es)?|free ?spins?|rewards?|tournaments?|promos?|jackpots?)"
    r"(?= ?$| [?,]| (?:is|was|an?|or|and|that|did|not)\b|§)"
)


def _steps_of_a_name(turn: Turn) -> Iterator[str]:
    """Steps of time that are part of a name: "is the weekly cashback an issue?"."""
    text = turn.reading.text
    yield from (
        found["step"] for found in _OF_EACH_STEP.finditer(text) if text[: found.start()].endswith(("the ", "our "))
    )


_LOOSE: Final = frozenset({"failed", "missing", "delayed", "rejected", "blocked"})


def _loose_state(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask about a state of nothing that is known: "how many said support was slow"."""
    reading = turn.reading
    if base is not None or reading.operation or any(i.kind in {Kind.CATEGORY, Kind.INTENT} for i in reading.items):
        return None
    loose = [tag for tag in turn.tags if tag.kind is Kind.STATE and set(tag.values) <= _LOOSE and " " not in tag.text]
    beside = any(tag.kind is Kind.DIMENSION for tag in turn.tags) or reading.grouping
    return which_topic(loose[0].text) if loose and not beside else None


_SIDES_BY_SIDE: Final = frozenset({"and", "vs", "versus", "or", "than", "against", "on", "about", "in", "the"})


def _one_topic_twice(turn: Turn) -> Question | None:
    """The question to ask when two names of one topic are set against each other: "casino versus sports bets"."""
    words = turn.reading.text.split()
    split = turn.reading.contrast or "between" in words
    for one, other in pairwise(tag for tag in turn.tags if tag.kind is Kind.CATEGORY):
        between = words[one.end : other.start]
        if (
            split
            and between
            and set(between) <= _SIDES_BY_SIDE
            and one.values == other.values
            and one.text != other.text
        ):
            return Question(
                reason=f"“{one.text}” and “{other.text}” are one topic here; each can be looked for in messages.",
                choices=(f'How many messages mention "{one.text}"?', f'How many messages mention "{other.text}"?'),
            )
    return None


def _without_topic(turn: Turn) -> Iterator[str]:
    """What is said of money where none is spoken of: "complaints about fees"."""
    kinds = {tag.kind for tag in turn.tags}
    if not kinds & {Kind.CATEGORY, Kind.INTENT} and kinds & {Kind.MESSAGE, Kind.MOOD, Kind.PERSON}:
        yield from (tag.text for tag in turn.tags if tag.kind is Kind.STATE and stem(tag.text) in _OF_MONEY)
