"""Ids for messages that arrive together: UUIDv7 that sort as the messages came."""

import secrets
import time
from typing import Final

_COUNTER_VALUES: Final = 1 << 12
_VARIANTS: Final = "89ab"
"""The hexadecimal digits whose first two bits are 10."""


def new_message_ids(count: int) -> list[str]:
    """`count` fresh UUIDv7 in ascending order, in 32 hexadecimal digits each.

    The 12 bits after the milliseconds count up (RFC 9562, section 6.2, method 1); when they are used up, the
    milliseconds go on by one.
    """
    milliseconds = time.time_ns() // 1_000_000
    first = secrets.randbelow(_COUNTER_VALUES // 2)
    randoms = secrets.token_hex(8 * count)
    return [
        f"{_high(milliseconds, first + position)}{_VARIANTS[int(randoms[at], 16) % 4]}{randoms[at + 1 : at + 16]}"
        for position, at in enumerate(range(0, 16 * count, 16))
    ]


def _high(milliseconds: int, position: int) -> str:
    """The 48 bits of the time, the version, and the counter."""
    carried, counter = divmod(position, _COUNTER_VALUES)
    return f"{milliseconds + carried & ((1 << 48) - 1):012x}7{counter:03x}"
