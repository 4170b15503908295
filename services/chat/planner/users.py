"""The customers that a question names by their ids, or leaves out. Pure."""

import re
from typing import Final

from services.chat.lexicon.kept import WHO
from services.chat.planner.wishes import LEAVE_OUT, LEAVE_OUT_PAIRS
from services.chat.question import LabelFilter

SOMEBODY: Final = "¤somebody"
"""Stands in a text for users named by id."""

_ONE: Final = rf"(?:the )?{WHO}s?(?: ids?| number| no| #)*(?: :)? ¤quote\d+"
_BUT: Final = "|".join(
    [
        *sorted(LEAVE_OUT - {"no"}),
        *sorted(" ".join(pair) for pair in LEAVE_OUT_PAIRS),
        r"(?:any|every)(?:one|body) (?:but|except)(?: for)?",
    ]
)
_THEIRS: Final = r"(?: (?:for|those|the ones|what|all|messages|ones))*(?: (?:sent |written )?(?:from|of|by))?"
_USERS: Final = re.compile(rf"\b(?:(?P<but>{_BUT}){_THEIRS} )?{_ONE}(?:(?: (?:,|and|or|&))+ {_ONE})*")
_MARK: Final = re.compile(r"¤quote(\d+)")


def users_of(text: str, quoted: tuple[str, ...]) -> tuple[LabelFilter, str]:
    """The users named by id, or left out by it, and the text with `SOMEBODY` in their place."""
    named: dict[bool, list[str]] = {False: [], True: []}

    def take(found: re.Match[str]) -> str:
        named[bool(found["but"])] += [quoted[int(index)] for index in _MARK.findall(found.group())]
        return f" {SOMEBODY} "

    text = _USERS.sub(take, text)
    return LabelFilter(any_of=_each(named[False]), none_of=_each(named[True])), text


def _each(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
