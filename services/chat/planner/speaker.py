"""Who asks, said beside the question and no part of it: "this is Marko from payments", "thanks, Ana". Pure."""

import re
from typing import Final

from services.chat.lexicon.matcher import tagged
from services.chat.planner.plain_words import is_unheard_of

_NAMES: Final = r"(?P<names>[^\W\d_]{2,}(?: [^\W\d_]{2,})?)"
_ADDRESS: Final = r"(?:user )?¤quote\d+"
_AM: Final = r"(?:this is|it is|i am|i|my name is)"
_DESK: Final = r"(?: (?:from|of|in|at) (?:the |our )?[^\W\d_]+(?: (?:team|department|desk|office))?)?"
_ROLE: Final = r"(?: , (?:the |an? )?[^\W\d_]+(?: [^\W\d_]+)?)?"
_ENDS: Final = r"(?= [,.:;!?-]|$)"

_BY_ADDRESS: Final = re.compile(
    rf"(?:{_AM}|my (?:e ?mail|mail|address) is|(?:mail|reach|write) (?:to )?me (?:at|on|under)) {_ADDRESS}"
    rf"|{_ADDRESS} asks?(?= [,.:!?]|$)"
)
_BY_NAME: Final = tuple(
    map(
        re.compile,
        (
            rf"(?:^|(?<=[,.:;!?-] )){_AM} {_NAMES}{_DESK}{_ROLE}{_ENDS}",
            rf"^{_NAMES} here{_DESK}(?= [,.:!-])",
            rf"(?<=[,.!?] ){_NAMES} asks?$",
            rf"(?:thanks|thank you|cheers|(?:(?:best|kind|warm) )?(?:regards|wishes)|best)(?: ,)? {_NAMES}(?: [.!])?$",
        ),
    )
)


def without_speaker(text: str) -> str:
    """A canonical text without what tells who asks; a name is a word that neither the lexicon nor English knows."""
    told = _BY_ADDRESS.sub("", text)
    for pattern in _BY_NAME:
        told = pattern.sub(_left, told)
    return text if told == text else told.strip(" ,.:;-")


def _left(found: re.Match[str]) -> str:
    names = found["names"].split()
    return "" if all(is_unheard_of(name) and not tagged(name) for name in names) else found.group()
