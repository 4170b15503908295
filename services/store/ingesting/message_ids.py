"""Ids for messages that arrive together: UUIDv7 that sort as the messages came."""

import secrets
import struct
import time
from typing import Final

_COUNTER_BITS: Final = 12
_VARIANT: Final = 0b10 << 62
_RANDOM: Final = (1 << 62) - 1


def new_message_ids(count: int) -> list[str]:
    """`count` fresh UUIDv7 in ascending order, in 32 hexadecimal digits each.

    The 12 bits after the milliseconds count up (RFC 9562, section 6.2, method 1); when they are used up, the
    milliseconds go on by one.
    """
    milliseconds = time.time_ns() // 1_000_000
    first = (milliseconds << _COUNTER_BITS) + secrets.randbelow(1 << (_COUNTER_BITS - 1))
    places = [f"{place:015x}" for place in range(first, first + count)]
    randoms = struct.unpack(f">{count}Q", secrets.token_bytes(8 * count))
    return [
        f"{place[:12]}7{place[12:]}{_VARIANT | random & _RANDOM:x}"
        for place, random in zip(places, randoms, strict=True)
    ]
