"""The form a reply comes in, by the request's `Accept`: server-sent events, lines of JSON, or one object."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Annotated, Final

from fastapi import Header

from gateway.sse import LINES

Accept = Annotated[str, Header(include_in_schema=False)]


class Form(Enum):
    """Of a reply."""

    EVENTS = auto()
    LINES = auto()
    WHOLE = auto()


_FORMS: Final = {
    "text/event-stream": Form.EVENTS,
    "text/*": Form.EVENTS,
    "*/*": Form.EVENTS,
    LINES: Form.LINES,
    "application/json": Form.WHOLE,
}


def form_of(accept: str) -> Form:
    """The form that weighs most; server-sent events where none of them does more than these, or none is named."""
    best, form = 0.0, Form.EVENTS
    for part in accept.split(","):
        media, *parameters = part.split(";")
        found, weight = _FORMS.get(media.strip().lower()), _weight(parameters)
        if found and (weight > best or (weight == best and found is Form.EVENTS)):
            best, form = weight, found
    return form


def _weight(parameters: Sequence[str]) -> float:
    """The value of `q`, 1 where there is none that can be read (RFC 9110, 12.4.2)."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0
