"""The sentences of a message. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*[.!?]*")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text with their closing marks; a point inside a word ends none."""
    return (found for match in _SENTENCE.finditer(text) if (found := match[0].strip()))
