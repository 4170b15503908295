"""Closeness of packed embeddings."""

import math
import random

from services.chat.history.closeness import MOST, closest, cosine, packed


def test_packing_keeps_the_cosine() -> None:
    chance = random.Random(5)
    for _ in range(20):
        one = [chance.gauss(0, 1) for _ in range(384)]
        other = [value + chance.gauss(0, 1) for value in one]
        exact = math.fsum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))
        assert abs(cosine(packed(one), packed(other)) - exact) < 0.01
    assert cosine(packed([0.0] * 4), packed([1.0] * 4)) == 0
    assert cosine(packed([1.0]), packed([1.0, 2.0])) == 0


def test_only_the_closest_come_back() -> None:
    question = packed([1.0, 0.0])
    kept = {number: packed([1.0, number / 10]) for number in range(1, 8)} | {9: packed([0.0, 1.0])}
    assert [number for number, _ in closest(question, kept)] == [1, 2, 3][:MOST]
    assert closest(question, {9: packed([0.0, 1.0])}) == []
