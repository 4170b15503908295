"""Periods, people and rows that a turn points at and that nothing here knows: "since the update", "the new ones".

Pure.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from services.chat.planner.asking import Question
from services.chat.planner.patterns import spoken
from services.chat.planner.plain_words import NO_EVENT
from services.chat.planner.read import Turn
from services.chat.question import Dimension, Interpretation, Measure, Operation

_EVENT: Final = re.compile(
    r"\b(?P<told>(?:since|after|before|during|until|till|around|following|prior to|ahead of|on)"
    r" (?:(?:the|our|my|your|their|its|his|her|a|an|this|that|last|latest|new|recent|big|we|they|i|you) )*"
    r"(?P<word>(?!§)[^\W\d_]{3,}))"
)
_WHILE: Final = re.compile(r"\b(?P<told>while (?:i|we|they|you|he|she) (?P<word>\w+(?: \w+)?))")
_BARE_HOUR: Final = re.compile(r"\b(?P<told>(?:since|after|before|until|till) (?P<word>\d{1,2}))(?= ?$| [?,])")
_OWN_DAY: Final = frozenset({"birthday", "anniversary", "payday", "holiday", "vacation", "birthdays"})


def _told_by_events(text: str) -> Iterator[re.Match[str]]:
    return chain(*(pattern.finditer(text) for pattern in (_EVENT, _WHILE, _BARE_HOUR)))


def unknown_event(turn: Turn) -> Question | None:
    """The question to ask when a period is told by what happened in it: "since the update", "during the match"."""
    for found in _told_by_events(turn.reading.text):
        word = found["word"]
        told_while = found["told"].startswith("while ")
        if told_while or word in _OWN_DAY or (not found["told"].startswith("on ") and word not in NO_EVENT):
            return Question(
                reason=f"“{found['told']}” is no period that is known here; please give dates.",
                choices=("How many messages since Monday?", "How many messages were there by day this month?"),
            )
    return None


_NEWNESS: Final = spoken(
    r"(?:new|returning|repeat|recurring|first|1st) (?:ones|people)",
    r"returning$",
    r"^(?:(?:and|how many|of them|were|are|is|only) )*new(?= \?|$)",
)
_WHO_IS_NEW: Final = Question(
    reason="People are counted once each; who is new and who returns is not told.",
    choices=("How many users wrote last week?", "How many users wrote by channel last week?"),
)


def who_is_new(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask when of people in force only the new or the returning ones are wanted."""
    people = base is not None and base.query.measure is Measure.UNIQUE_USERS
    return _WHO_IS_NEW if people and _NEWNESS.search(turn.reading.text) else None


_MADE_MORE: Final = spoken(
    r"^(?:did|has|have|does|do|could|is) (?!we |they |you |i |it |people |customers )(?:\S+ ){1,6}?"
    r"(?:bring|brought|cause[ds]?|causing|lead|led|leading|trigger(?:ed)?|generate[ds]?|result(?:ed)? in|drive|driven"
    r"|produced?|increased?|decreased?|reduced?|help(?:ed)?)(?: (?:to|in|us|any|a|an|the|with|our))*"
    r" (?:more|fewer|less|additional|rise|drop|spike|increase|number|wave)"
)
_BEFORE_AND_AFTER: Final = Question(
    reason="What an event brought about is not told; the days before and after it can be compared.",
    choices=("Compare last week with the week before", "How many messages were there by day this month?"),
    keeps=True,
)


def untold_cause(turn: Turn) -> Question | None:
    """The question to ask when something is asked to have brought messages about: "did the promo cause more …"."""
    return _BEFORE_AND_AFTER if _MADE_MORE.search(turn.reading.text) else None


_THE_TWO: Final = spoken(
    r"(?:ratio|difference|gap|relation) between (?:the )?(?:2|both|them|these|those)(?: of them)?",
    r"which (?:one )?of the 2",
    r"^(?:(?:and|now|what about|total|sum|of|for|the) )*(?:both|the 2)(?: (?:days|weeks|months|of them))?"
    r"(?: (?:together|combined|in total))?(?= ?$| [?,]| by )",
)
_WHICH_TWO: Final = Question(
    reason="Only one thing is in force here; please name both that you mean.",
    choices=("Compare deposits and withdrawals last month", "Compare complaints and praise last month"),
)
_FEWEST: Final = 2


def unnamed_pair(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask when two are meant and the question in force holds one: "the ratio between the two"."""
    if base is None or not _THE_TWO.search(turn.reading.text) or base.query.group_by or base.query.compare_to:
        return None
    filters = base.query.filters
    labels = (filters.categories, filters.intents, filters.sources, filters.sentiments, filters.languages)
    return None if any(len(label.any_of) >= _FEWEST for label in labels) else _WHICH_TWO


_ROW: Final = spoken(
    r"(?:the|that|this) (?:\d{1,2}(?:st|nd|rd|th)|last|top|biggest|largest|smallest|other)"
    r" (?:one|row|item|entry|result)",
    r"(?:number|no|nr) \d{1,2}(?= ?$| [?,])",
    r"(?:in|of|from|about|on|for|with|into) (?:the )?top 1(?= ?$| [?,])",
    r"(?:in|of|from|about|on|for|with|into) (?:the|that|this) (?:top|biggest|largest|smallest|worst)(?: one)?"
    r"(?= ?$| \?)",
)
_THAT_TIME: Final = re.compile(
    r"\b(?:from|on|of|for|in|at|about|during) (?:that|this same|the same) (hour|day|week|month)\b"
)
_WHICH_TIME: Final = Question(
    reason="Rows of an answer are not known by what they show; please name the time you mean.",
    choices=("Show examples from yesterday", "Show examples from last week"),
)
_WHICH_ROW: Final = Question(
    reason="Rows of an answer are not known by their place; please name the one you mean.",
    choices=("Show examples about withdrawals", "Show examples about deposits"),
)


def unnamed_row(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask when a row of the answer before is meant by its place: "examples of the first one"."""
    if base is None or turn.dates:
        return None
    if (named := _THAT_TIME.search(turn.reading.text)) and Dimension(named[1]) in base.query.group_by:
        return _WHICH_TIME
    rows = bool(base.query.group_by) or base.operation in {Operation.INCIDENTS, Operation.SPIKES}
    return _WHICH_ROW if rows and not turn.reading.items and _ROW.search(turn.reading.text) else None
