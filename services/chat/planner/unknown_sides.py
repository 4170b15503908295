"""Unknown words that a question compares with or wants rows by: "deposits vs parking", "complaints by brand". Pure."""

import re
from typing import Final

from services.chat.lexicon.listing import word_set
from services.chat.planner.asking import Question
from services.chat.planner.plain_words import NO_EVENT, PASSED_OVER
from services.chat.planner.read import Turn
from services.chat.planner.unknown import is_known, no_topic

_WORD: Final = r"(?P<word>(?!§)[^\W\d_]{3,})"
_THE: Final = r"(?:(?:the|our|my|each|every|single|individual|type|kind|of) )*"
_AGAINST: Final = r"(?:vs|versus|compared (?:to|with))"
_SIDES: Final = (
    re.compile(rf"\b{_AGAINST} {_THE}{_WORD}"),
    re.compile(rf"\b{_WORD} {_AGAINST} "),
    re.compile(rf"\bcompare (?!§)(?:[^\W\d_]+ ){{1,3}}?(?:with|to|and) {_THE}{_WORD}"),
)
_ROWS: Final = re.compile(rf"\b(?:by|per|across) {_THE}{_WORD}(?! {_AGAINST})")
_SAID_OF_BY: Final = word_set(
    "way far mistake accident chance default count counts number numbers volume value size amount percent percentage"
    " hand half law heart surprise design much many cent capita itself themselves himself herself myself doing using"
    " side hundred thousand contacting writing asking frequency rank ranking order importance time name alphabet"
)
"""Words behind "by" that name no rows."""
_NO_SIDE: Final = PASSED_OVER | NO_EVENT | word_set("far yet normally usually side")
_NO_ROWS: Final = (PASSED_OVER | NO_EVENT | _SAID_OF_BY) - word_set("product feature length")
_BY_WHAT: Final = ("By category", "By channel", "By language")


def unknown_side(turn: Turn) -> Question | None:
    """The question to ask when one side of a comparison, or what rows are wanted by, is nothing that is known."""
    text = turn.reading.text
    for pattern in _SIDES:
        for found in pattern.finditer(text):
            if found["word"] not in _NO_SIDE and not is_known(turn, found, (0, 1)):
                return no_topic(found["word"])
    for found in _ROWS.finditer(text):
        word = found["word"]
        if word not in _NO_ROWS and not is_known(turn, found, (0, 1)):
            reason = f"“{word}” is nothing that messages can be told apart by."
            return Question(reason=reason, choices=_BY_WHAT, word=word, rows=True)
    return None
