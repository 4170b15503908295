"""Which parts of a text to leave out to learn what carries its labels. Pure.

A text is cut into pieces (words, or runs of words in a long one). The first round leaves out every piece and every run
of up to three; the second leaves out more and more of the pieces that mattered most alone, and pairs of them.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

MAX_PIECES: Final = 48
_MIN_PIECES: Final = 4
_LONGEST_RUN: Final = 3
VARIANTS_PER_PIECE: Final = _LONGEST_RUN
"""About how many deletions the first round has for each piece."""
_PAIRED: Final = 8
_WORD: Final = re.compile(r"\S+")

Deletion = tuple[int, ...]
"""Indices of the pieces left out, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text, in characters; `end` is exclusive."""

    start: int
    end: int


def split_pieces(text: str, *, at_most: int = MAX_PIECES) -> list[Piece]:
    """1 to 48 pieces of about as many words each, fewer where `at_most` says so; none for a blank text."""
    words = list(_WORD.finditer(text))
    size = -(-len(words) // min(max(at_most, _MIN_PIECES), MAX_PIECES)) or 1
    groups = [words[start : start + size] for start in range(0, len(words), size)]
    return [Piece(start=group[0].start(), end=group[-1].end()) for group in groups]


def without(text: str, pieces: Sequence[Piece], deletion: Collection[int]) -> str:
    """The text without some pieces and the white space before each."""
    kept, position = [], 0
    for index, piece in enumerate(pieces):
        if index not in deletion:
            kept.append(text[position : piece.end])
        position = piece.end
    return "".join(kept).strip()


def first_round(count: int) -> list[Deletion]:
    """Every single piece, in order, then every run of two and of three that leaves something."""
    return [
        tuple(range(start, start + length))
        for length in range(1, min(_LONGEST_RUN, count) + 1)
        for start in range(count - length + 1)
        if length < count or length == 1
    ]


def second_round(drops: Sequence[float]) -> Iterator[Deletion]:
    """More deletions, led by how much each single one lowered (or, for a label that does not hold, raised) the label.

    The best two, three, four … together, and every pair of the best eight.
    """
    best = sorted(range(len(drops)), key=lambda index: -drops[index])
    for size in range(2, len(best)):
        yield tuple(sorted(best[:size]))
    for pair in combinations(best[:_PAIRED], 2):
        yield tuple(sorted(pair))
