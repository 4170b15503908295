"""Near-duplicate search by character n-grams, so that no split and no golden text leaks into training.

Texts are compared by the Jaccard similarity of their sets of character 5-grams after lower-casing and dropping
everything but letters and digits (Broder, "On the resemblance and containment of documents", 1997). Candidates come
from a hashed set matrix; each is then checked exactly.
"""

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

NGRAM = 5
BUCKETS = 4096
_CHUNK = 1024
_NOT_WORD = re.compile(r"[\W_]+")


def normalised(text: str) -> str:
    """Lower case, words separated by one space, no punctuation; the text itself when nothing else would be left."""
    return _NOT_WORD.sub(" ", text.lower()).strip() or text.strip()


def shingles(text: str) -> frozenset[str]:
    """The character 5-grams of the normalised text; a shorter text is its own single shingle."""
    plain = f" {normalised(text)} "
    return frozenset(plain[i : i + NGRAM] for i in range(max(1, len(plain) - NGRAM + 1)))


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared part of two sets, 0 to 1."""
    union = len(first | second)
    return len(first & second) / union if union else 1.0


def _matrix(sets: Sequence[frozenset[str]]) -> npt.NDArray[np.float32]:
    matrix = np.zeros((len(sets), BUCKETS), dtype=np.float32)
    for index, shingle_set in enumerate(sets):
        for shingle in shingle_set:
            matrix[index, zlib.crc32(shingle.encode()) % BUCKETS] = 1.0
    return matrix


def near_pairs(first: Sequence[str], second: Sequence[str], limit: float) -> Iterator[tuple[int, int]]:
    """Pairs (i, j) with `first[i]` and `second[j]` at least `limit` alike, in order of i."""
    left, right = [shingles(text) for text in first], [shingles(text) for text in second]
    if not left or not right:
        return
    right_matrix = _matrix(right)
    right_sizes = right_matrix.sum(axis=1)
    for start in range(0, len(left), _CHUNK):
        block = _matrix(left[start : start + _CHUNK])
        shared = block @ right_matrix.T
        union = block.sum(axis=1)[:, None] + right_sizes[None, :] - shared
        # Hash collisions move the estimate a little either way, so candidates are taken well below the limit.
        for i, j in np.argwhere(shared >= 0.8 * limit * union).tolist():
            if jaccard(left[start + i], right[j]) >= limit:
                yield start + i, j


def near_groups(texts: Sequence[str], limit: float) -> list[int]:
    """A group number for each text; near-duplicates, also through a chain of others, share one."""
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, j in near_pairs(texts, texts, limit):
        parent[max(root(i), root(j))] = min(root(i), root(j))
    return [root(index) for index in range(len(texts))]
