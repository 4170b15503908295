"""Which sentences say most of what a text says. Pure numpy.

A sentence's centrality is its mean cosine to all sentences and to the text as a whole (degree centrality; Erkan and
Radev 2004, "LexRank"); each next one is taken for its centrality minus what it repeats (Carbonell and Goldstein 1998,
maximal marginal relevance).
"""

from typing import Final

import numpy as np

from services.classifier.categories.logistic import Doubles

_REPETITION: Final = 0.4
_SHORT_WORDS: Final = 4
_SHORT_SHARE: Final = 0.7


def centralities(sentences: Doubles, whole: Doubles, words: Doubles) -> Doubles:
    """`[N]` in [0, 1], for normalised embeddings `sentences` `[N, size]` and `whole` `[size]` of the whole text.

    Sentences of fewer than four `words` `[N]` count less: "Hi there." is central to nothing but its length.
    """
    alike = sentences @ sentences.T
    mean = (alike.sum(axis=1) - 1) / max(len(sentences) - 1, 1)
    weight = np.where(words < _SHORT_WORDS, _SHORT_SHARE, 1.0)
    found: Doubles = np.clip(weight * (mean + sentences @ whole) / 2, 0.0, 1.0)
    return found


def most_central(sentences: Doubles, centrality: Doubles, count: int) -> list[int]:
    """Indices of `count` sentences in their order in the text."""
    chosen: list[int] = []
    alike = sentences @ sentences.T
    while len(chosen) < min(count, len(sentences)):
        repeated = alike[:, chosen].max(axis=1) if chosen else np.zeros(len(sentences))
        value = centrality - _REPETITION * repeated
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return sorted(chosen)
