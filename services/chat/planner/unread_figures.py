"""Figures that nothing has read: a number, an id or a date in a form that is not known may never be left out silently.

Pure.
"""

import re
from collections.abc import Iterator
from typing import Final

from services.chat.planner.asking import Question
from services.chat.planner.patterns import MESSAGES, PEOPLE, UTTERANCES, anywhere, spoken
from services.chat.planner.ranking import row_limit
from services.chat.planner.read import Turn
from services.chat.question import Interpretation, Operation

_FIGURE: Final = re.compile(r"(?<![\w§¤])[^\W\d_]{0,8}\d[\w.,:/']*")
_MONEY: Final = r"withdrawals?|deposits?|bonus(?:es)?|payouts?"
_COUNTED: Final = (
    rf"(?:{MESSAGES}|{UTTERANCES}|{PEOPLE}|withdrawals?|deposits?|bonus(?:es)?|logins?|problems?|issues?|incidents?"
    r"|outages?)"
)
_BOUND: Final = (
    r"(?:(?:more|fewer|less|higher|lower|greater) than|over|above|at least|at most|exceed(?:s|ed|ing)?|beyond|under"
    r"|below|exactly|about|around|roughly|nearly|almost|up to|only|just|between|minimum|maximum|with|had|have|has)"
)
_HARMLESS: Final = anywhere(
    r"(?:\b(?:per|a|each|every|in every|out of(?: every)?|(?:1|one) in) )100(?:0)?\b",
    r"\b(?:1|one) (?:in|out of) \d+\b",
    r"\b\d[\d.,]* percent\b",
    r"\bbetween (?:the|these|those) 2\b",
    r"\b(?:both|of|these|those|the|which|into|last|all) (?:the )?2(?= ?$| (?!\d|§)\S)",
    r"\b\d (?:of (?:them|those|these)|together|combined|side by side)\b",
    r"\b(?:no|number|nr|place|rank|at) 1\b",
    rf"\bof (?:(?:the|those|these|all|our) )+\d[\d.,]* {_COUNTED}\b",
    rf"\b1st\b(?! (?:time )?(?:{_MONEY})\b)",
)
"""Figures that are part of a phrase and say nothing of their own: "per 100 messages", "of the 2", "of those 120"."""

_OF_THOSE: Final = re.compile(
    r"\b(?:of|among|out of|from)(?: (?:the|those|these|all|them|our))* \d[\d.,]*(?= ?$| ,| (?:how|were|was|are|is|that"
    rf"|who|which|came|{_COUNTED})\b)"
)
"""What was told before, in a turn that asks on: "of those 120, how many were angry?"."""
_BOUNDED: Final = re.compile(rf"\b{_BOUND} (?:\w+ )?\d[\d.,]*(?: and \d[\d.,]*)?")
_NUMBER_OF: Final = re.compile(rf"\b(?:{_BOUND} )?\d[\d.,]* (?:\w+ ){{0,3}}?{_COUNTED}\b")
_TELLS: Final = spoken(r"^(?:(?:and|so|but|ok) )*(?:did|do|does|is|are|was|were|has|have|had|why|how come|what)")
_OF_ROWS: Final = spoken(r"which|what|when|how many|days?|weeks?|hours?|months?|channels?|categor(?:y|ies)|topics?")
_SHORTEST_ID: Final = 4


def unread_figure(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask about a figure that is neither a date, nor a number of rows or messages: "ticket A-17"."""
    if turn.is_empty:
        return None
    figure = next(_unread(turn, base), "")
    if not figure:
        return None
    asked = [f'How many messages mention "{figure}"?', "How many messages came in last week?"]
    if figure.isdigit() and len(figure) >= _SHORTEST_ID:
        asked.insert(1, f"How many messages came in from user {figure}?")
    reason = f"“{figure}” is read neither as a date nor as a number of rows; please say what it is."
    return Question(reason=reason, choices=tuple(asked), keeps=True)


def _unread(turn: Turn, base: Interpretation | None) -> Iterator[str]:
    """The figures that are left once those of rows, examples, bounds and phrases are taken away."""
    reading = turn.reading
    text = _without_tags(turn)
    text = _HARMLESS.sub(_blank, text)
    text = text if base is None else _OF_THOSE.sub(_blank, text)
    in_force = base is not None and bool(base.query.group_by)
    if reading.grouping or in_force:
        text = _BOUNDED.sub(_blank, text)
    if reading.operation in {Operation.EXPLAIN_CHANGE, Operation.SPIKES} or _TELLS.search(text):
        text = _NUMBER_OF.sub(_blank, text)
    shows = Operation.EXAMPLES in {reading.operation, base.operation if base is not None else None}
    rows = row_limit(text) if reading.grouping else 0
    read = [limit for limit in (rows, reading.examples if shows else 0) if limit]
    for found in _FIGURE.finditer(text):
        figure = found[0].strip(".,:/'")
        number = re.match(r"\d+", figure)
        if number is not None and int(number[0][:9]) in read:
            read.remove(int(number[0][:9]))
        else:
            yield figure


def _without_tags(turn: Turn) -> str:
    """The text with a dot for each word of a phrase of the lexicon: "2 fa" is no figure."""
    covered = {index for tag in turn.tags for index in range(tag.start, tag.end) if len(tag.text.split()) > 1}
    return " ".join("·" if index in covered else word for index, word in enumerate(turn.reading.text.split()))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"\d", "·", found[0])
