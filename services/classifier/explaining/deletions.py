"""Which parts of a text to leave out to learn what carries its labels. Pure.

A text is cut into pieces (words, or runs of words in a long one). The first round leaves out every piece and every run
of up to three (of a long text, every piece alone: finer pieces say more); the second leaves out more and more of the
pieces that mattered most alone, and pairs of them. Where that takes much, one piece after the other follows: each time
the one without which the label stands worst.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

MAX_PIECES: Final = 48
_MIN_PIECES: Final = 4
_LONGEST_RUN: Final = 3
_FINE: Final = 24
"""Pieces that a text should have before runs of them are left out as well."""
_PAIRED: Final = 8
FEW: Final = 2
"""Pieces; a deletion of more is worth a look for a smaller one."""
MAX_STEPS: Final = 8
_TRIED_A_STEP: Final = 16
_WORD: Final = re.compile(r"\S+")

Deletion = tuple[int, ...]
"""Indices of the pieces left out, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text, in characters; `end` is exclusive."""

    start: int
    end: int


def longest_run(words: int, affordable: int) -> int:
    """How many pieces in a row the first round leaves out at most, when it may have so many variants."""
    return _LONGEST_RUN if affordable >= min(words, _FINE) * _LONGEST_RUN else 1


def split_pieces(text: str, *, at_most: int = MAX_PIECES, end: int | None = None) -> list[Piece]:
    """1 to 48 pieces of about as many words each, fewer where `at_most` says so; none for a blank text.

    What lies behind the character `end` is one piece, the last.
    """
    words = list(_WORD.finditer(text))
    near = [word for word in words if end is None or word.start() < end] or words
    far = words[len(near) :]
    size = -(-len(near) // min(max(at_most, _MIN_PIECES), MAX_PIECES - bool(far))) or 1
    groups = [near[start : start + size] for start in range(0, len(near), size)]
    return [Piece(start=group[0].start(), end=group[-1].end()) for group in (*groups, far) if group]


def without(text: str, pieces: Sequence[Piece], deletion: Collection[int]) -> str:
    """The text without some pieces and the white space before each."""
    kept, position = [], 0
    for index, piece in enumerate(pieces):
        if index not in deletion:
            kept.append(text[position : piece.end])
        position = piece.end
    return "".join(kept).strip()


def first_round(count: int, longest: int = _LONGEST_RUN) -> list[Deletion]:
    """Every single piece, in order, then every run of up to `longest` that leaves something."""
    return [
        tuple(range(start, start + length))
        for length in range(1, min(longest, count) + 1)
        for start in range(count - length + 1)
        if length < count or length == 1
    ]


def second_round(drops: Sequence[float]) -> Iterator[Deletion]:
    """More deletions, led by how much each single one lowered (or, for a label that does not hold, raised) the label.

    The best two, three, four … together, and every pair of the best eight. Never more than eight or half of the pieces:
    what is left of a text without most of it says nothing about the text.
    """
    best = sorted(range(len(drops)), key=lambda index: -drops[index])
    for size in range(2, min(len(best), max(MAX_STEPS, len(best) // 2) + 1)):
        yield tuple(sorted(best[:size]))
    for pair in combinations(best[:_PAIRED], 2):
        yield tuple(sorted(pair))


def next_round(chosen: Deletion, weights: Sequence[float]) -> list[Deletion]:
    """The deletion with one piece more: each of those that weigh the most alone."""
    others = sorted((index for index in range(len(weights)) if index not in chosen), key=lambda index: -weights[index])
    return [tuple(sorted((*chosen, index))) for index in others[:_TRIED_A_STEP] if len(chosen) + 1 < len(weights)]
