"""Ids that sort by time of creation."""

import secrets
import time
from uuid import UUID

_RANDOM_BITS = 74


def new_id() -> str:
    """A fresh UUIDv7 as text (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits.

    Python 3.14 brings `uuid.uuid7`; until 3.11 to 3.13 are gone these few lines stand in for it.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(_RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))
