"""Ids for messages that arrive together: UUIDv7 that sort as the messages came."""

import secrets
import time
from typing import Final
from uuid import UUID

_COUNTER_VALUES: Final = 1 << 12
_RANDOM_BITS: Final = 62


def new_message_ids(count: int) -> list[UUID]:
    """`count` fresh UUIDv7 in ascending order.

    The 12 bits after the milliseconds count up (RFC 9562, section 6.2, method 1); when they are used up, the
    milliseconds go on by one.
    """
    milliseconds = time.time_ns() // 1_000_000
    first = secrets.randbelow(_COUNTER_VALUES // 2)
    randoms = secrets.token_bytes(8 * count)
    return [
        _uuid7(
            milliseconds + position // _COUNTER_VALUES,
            position % _COUNTER_VALUES,
            int.from_bytes(randoms[8 * index : 8 * index + 8], "big") >> (64 - _RANDOM_BITS),
        )
        for index, position in enumerate(range(first, first + count))
    ]


def _uuid7(milliseconds: int, counter: int, random: int) -> UUID:
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random)
