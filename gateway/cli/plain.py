"""Text from elsewhere made safe for a terminal. Pure."""

import re
from typing import Final

# C0 and C1 controls but tab and newline, DEL, and the marks that turn the direction of what follows them.
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """The text without control characters: no answer moves the cursor, colours, or renames the window."""
    return _UNSAFE.sub("", text)


def one_line(text: str, longest: int) -> str:
    """The text on one line of at most `longest` characters, cut with an ellipsis."""
    flat = " ".join(plain(text).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
