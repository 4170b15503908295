"""How near two texts are in meaning, by embeddings small enough to lie in Redis. Pure.

A vector is kept as one signed byte per value, scaled to its largest; the cosine does not see the scale, and loses less
than a hundredth to the rounding.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Final

LEAST: Final = 0.45
"""Below this cosine two turns are about different things; by the shipped model on questions of the evaluation set."""

MOST: Final = 3
"""Earlier turns that come back for one question."""

_LARGEST: Final = 127


def packed(embedding: Sequence[float]) -> bytes:
    """An embedding as signed bytes."""
    scale = _LARGEST / (max(map(abs, embedding), default=0.0) or 1.0)
    return array("b", (round(value * scale) for value in embedding)).tobytes()


def cosine(one: bytes, other: bytes) -> float:
    """In [-1, 1]; 0 where the vectors differ in length."""
    left, right = array("b", one), array("b", other)
    if len(left) != len(right) or not left:
        return 0.0
    norms = math.sqrt(_dot(left, left) * _dot(right, right))
    return _dot(left, right) / norms if norms else 0.0


def closest(question: bytes, kept: Mapping[int, bytes]) -> list[tuple[int, float]]:
    """(turn, cosine) of the turns close enough, the closest first, at most MOST."""
    judged = ((number, cosine(question, vector)) for number, vector in kept.items())
    near = [(number, value) for number, value in judged if value >= LEAST]
    return sorted(near, key=lambda item: (-item[1], -item[0]))[:MOST]


def _dot(left: "array[int]", right: "array[int]") -> int:
    return sum(map(mul, left, right))
