"""Words that stand out in a cluster. Pure.

Class-based tf-idf as BERTopic has it (Grootendorst 2022, arXiv:2203.05794): how often a word stands in the cluster,
against how often it stands anywhere.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_ABOUT: Final = 5
_EVERYWHERE: Final = 0.03
"""Words in a larger share of the other texts tell no topic apart, however often they stand here: "for", "your"."""


def keywords(cluster: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """At most five words of the cluster's texts that are rarer in `others`, the most telling first."""
    here, elsewhere = _messages_with(cluster), _messages_with(others)

    def telling(word: str) -> float:
        return here[word] / len(cluster) * math.log((1 + len(others)) / (1 + elsewhere[word]))

    rare = 1 + _EVERYWHERE * len(others)
    common = [word for word, count in here.items() if count >= 2 and elsewhere[word] <= rare and telling(word) > 0]
    return tuple(sorted(common, key=lambda word: (-telling(word), word))[:_ABOUT])


def _messages_with(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each word stands."""
    return Counter(word for text in texts for word in set(_WORD.findall(text.lower())))
