"""What a peer says of a request, without the request's own words in it. Pure.

Servers that validate what they are sent like to quote it when they refuse it, whole: prompts, and what customers wrote.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

_LONGEST: Final = 500
_LENGTH: Final = 16
"""Fewer characters in a row are no echo: any two texts share some."""
_HIDDEN: Final = "…"


def without_echo(told: str, messages: Sequence[Mapping[str, object]]) -> str:
    """At most 500 characters of `told`, with … for every stretch of 16 or more that stands in a message's `content`."""
    told = told[:_LONGEST]
    sent = "\n".join(str(message.get("content") or "") for message in messages)
    ends = len(told) - _LENGTH + 1
    echoed = {place for at in range(ends) if told[at : at + _LENGTH] in sent for place in range(at, at + _LENGTH)}
    parts = groupby(range(len(told)), key=echoed.__contains__)
    return "".join(_HIDDEN if hidden else "".join(told[place] for place in places) for hidden, places in parts)
