"""Unknown words by what stands before or behind them: "without duplicates", "via push", "gold members". Pure.

They are plain English, so nothing else asks about them, but here they can only tell which messages are meant.
"""

import re
from typing import Final

from services.chat.lexicon.listing import word_set
from services.chat.planner.asking import Question
from services.chat.planner.patterns import PEOPLE
from services.chat.planner.plain_words import NO_EVENT, NO_TOPIC, PASSED_OVER
from services.chat.planner.read import Turn
from services.chat.planner.unknown import is_known, no_topic
from services.chat.planner.wishes import LEAVE_OUT, LEAVE_OUT_PAIRS

_WORD: Final = r"(?P<word>(?!§|¤)[^\W\d_]{3,})"
_WEAK: Final = frozenset({"not", "no", "nor", "neither", "never", "minus", "outside"})
_BUT: Final = "|".join([*sorted(LEAVE_OUT - _WEAK), *sorted(map(" ".join, LEAVE_OUT_PAIRS - {("messages", "but")}))])
_LEFT_OUT: Final = re.compile(
    rf"\b(?:{_BUT})(?: (?:the|any|all|a|an|our|those|their|messages?|from|about|of|on|in|via|with|for))* {_WORD}"
)
_PLACE: Final = re.compile(
    rf"\b(?:via|on|in|at|over|through|for)(?: (?:the|our|a|an))* {_WORD}(?= ?$| [?,]| §| (?:and|or|vs|versus|by|per)\b)"
)
_OF_PEOPLE: Final = re.compile(rf"\b(?:from|by|of|how many|number of)(?: (?:the|our|all))* {_WORD} {PEOPLE}\b")
_NO_PLACE: Final = (
    PASSED_OVER
    | NO_EVENT
    | word_set(
        "detail details short brief order fact advance case mind view place turn words way far general particular"
        " addition common question public half time house bulk sum essence principle practice reality comparison"
        " contrast return response reply touch contact favour favor need trouble example instance reference context"
        " review analysis reporting presentation meeting boss manager sure real free good once fun use"
    )
)
_NO_KIND_OF_PEOPLE: Final = PASSED_OVER - word_set("real old big good bad key top main true new serious popular")


def unread_behind(turn: Turn) -> Question | None:
    """The question to ask about a word that narrows what is meant and is nothing that is known."""
    if turn.forgets:
        return None
    for pattern, harmless, ahead in (
        (_LEFT_OUT, NO_TOPIC, (0, 1, 2)),
        (_PLACE, _NO_PLACE, (0,)),
        (_OF_PEOPLE, _NO_KIND_OF_PEOPLE, (0,)),
    ):
        for found in pattern.finditer(turn.reading.text):
            if found["word"] not in harmless and not is_known(turn, found, ahead):
                return no_topic(found["word"])
    return None
