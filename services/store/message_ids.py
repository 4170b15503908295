"""Ids for messages that arrive together: UUIDv7 that sort as the messages came."""

import secrets
import struct
import time
from typing import Final
from uuid import UUID

_COUNTER_VALUES: Final = 1 << 12
_RANDOM_BITS: Final = 62
_VARIANT: Final = 0b10 << 62


def new_message_ids(count: int) -> list[UUID]:
    """`count` fresh UUIDv7 in ascending order.

    The 12 bits after the milliseconds count up (RFC 9562, section 6.2, method 1); when they are used up, the
    milliseconds go on by one.
    """
    milliseconds = time.time_ns() // 1_000_000
    first = secrets.randbelow(_COUNTER_VALUES // 2)
    randoms = struct.unpack(f">{count}Q", secrets.token_bytes(8 * count))
    return [
        UUID(int=_high(milliseconds, position) | _VARIANT | random >> (64 - _RANDOM_BITS))
        for position, random in enumerate(randoms, start=first)
    ]


def _high(milliseconds: int, position: int) -> int:
    """The 48 bits of the time, the version, and the counter."""
    carried, counter = divmod(position, _COUNTER_VALUES)
    return (milliseconds + carried & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64
