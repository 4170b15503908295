"""Server-sent events out of the lines of an answer. Pure.

Not httpx-sse: it reads lines as httpx splits them, which is also at U+2028 and its like, and those stand unescaped in
the JSON of an event; a customer's text would then tear its event apart. These are the few rules of the WHATWG format.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class BadEventError(Exception):
    """The data of an event is not a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event. `id` is empty where the server gave none."""

    name: str
    data: Json
    id: str = ""


async def read_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """The events of a body that comes in pieces. Raises BadEventError."""
    fields: dict[str, list[str]] = {}
    async for line in _lines(chunks):
        if line:
            _take(line, fields)
        elif fields:
            if "data" in fields:
                yield _event(fields)
            fields = {}


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines without their ends: a line feed, or a carriage return and a line feed, as the gateway sends them."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def _take(line: str, fields: dict[str, list[str]]) -> None:
    name, _, value = line.partition(":")
    if name:  # without a name it is a comment, which is how the gateway pings
        fields.setdefault(name, []).append(value.removeprefix(" "))


def _event(fields: dict[str, list[str]]) -> ServerEvent:
    try:
        data = json.loads("\n".join(fields["data"]))
    except ValueError as error:
        raise BadEventError from error
    if not isinstance(data, dict):
        raise BadEventError
    return ServerEvent(name=fields.get("event", ["message"])[-1], data=data, id=fields.get("id", [""])[-1])
