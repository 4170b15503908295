"""Counting different users exactly over parts that may share them. Pure."""

from array import array
from collections import Counter
from collections.abc import Iterable
from typing import Final

from pyroaring import BitMap

_FEW: Final = 32
"""So many users are looked up one by one."""
_PIECE: Final = 1 << 16
"""So many numbers are told apart at a time: other threads get their turn in between."""


class UserCount:
    """The users of one row: those the roll-ups name, once for each message, and what changed since.

    Numbers are added up in arrays, four bytes a message, and told apart in a roaring bitmap (https://roaringbitmap.org).
    """

    __slots__ = ("_changes", "_numbers", "_unnumbered")

    def __init__(self) -> None:
        self._numbers = array("I")
        self._changes: Counter[int] = Counter()
        self._unnumbered: Counter[str] = Counter()

    def add_numbers(self, numbers: Iterable[int]) -> None:
        """Users of messages, one each."""
        self._numbers.extend(numbers)

    def change(self, number: int | None, user_id: str, messages: int) -> None:
        """So many messages more, or less, of a user, who may have no number yet."""
        if number is None:
            self._unnumbered[user_id] += messages
        else:
            self._changes[number] += messages

    def distinct(self) -> int:
        """How many users have a message at all."""
        users = BitMap()
        for start in range(0, len(self._numbers), _PIECE):
            users.update(self._numbers[start : start + _PIECE])
        left = [(user, messages) for user, messages in self._changes.items() if messages < 0]
        occurrences = Counter(self._numbers) if len(left) > _FEW else None
        for user, messages in left:
            found = self._numbers.count(user) if occurrences is None else occurrences[user]
            if found + messages <= 0:
                users.discard(user)
        users.update(user for user, messages in self._changes.items() if messages > 0)
        return len(users) + sum(messages > 0 for messages in self._unnumbered.values())


def numbers_of(packed: bytes) -> "array[int]":
    """User numbers from four bytes each, the highest first."""
    numbers = array("I")
    numbers.frombytes(packed)
    numbers.byteswap()
    return numbers
