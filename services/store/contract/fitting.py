"""How much of a page fits into one answer. Pure.

Texts may be of 20,000 characters, and pages of hundreds of them; a gRPC message is of 8 MiB at most.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from google.protobuf.message import Message

MAX_BYTES: Final = 6 * 1024 * 1024
"""Leaves room for what stands around the items."""

MessageT = TypeVar("MessageT", bound=Message)


def fitting(items: Iterable[MessageT]) -> list[MessageT]:
    """The first items, at least one where there is any, that fit together into one answer."""
    return next(fitting_parts(items), [])


def fitting_parts(items: Iterable[MessageT]) -> Iterator[list[MessageT]]:
    """All items in their order, as many to a part as fit together into one answer; a part is never empty."""
    part: list[MessageT] = []
    size_bytes = 0
    for item in items:
        size_bytes += item.ByteSize()
        if part and size_bytes > MAX_BYTES:
            yield part
            part, size_bytes = [], item.ByteSize()
        part.append(item)
    if part:
        yield part
