"""Misspelt words as words the model has learned. For the model alone: what is kept and shown stays as it was written.

A slip of the finger breaks a word into pieces that mean nothing to the model. Corrected is what the model's vocabulary
does not list and its tokenizer has no piece for, and only towards a word of many training texts.
"""

import csv
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from rapidfuzz import process
from rapidfuzz.distance import OSA

VOCABULARY: Final = "vocabulary.tsv"
"""Words, and of how many training texts; 0 for English words that look like one of those and are none.

A model without this file reads words as they stand."""

_FAMILIAR: Final = 3
"""Texts from which a word is one to correct towards."""
_LEAST_LETTERS: Final = 5
_MOST_LETTERS: Final = 24
_LONG: Final = 8
"""Letters from which two slips are forgiven."""
# Not within addresses, codes or hyphenated and shortened words.
_WORD: Final = re.compile(rf"(?<![\w'’@./-])[A-Za-z]{{{_LEAST_LETTERS},{_MOST_LETTERS}}}(?![\w'’@/-]|\.\w)")


class Spelling:
    """Corrects words towards those of a vocabulary, `{word: texts that have it}`; `known` words stay as well."""

    def __init__(self, vocabulary: Mapping[str, int], known: Collection[str] = ()) -> None:
        self._known = frozenset({*vocabulary, *known})
        self._familiar = {word: texts for word, texts in vocabulary.items() if _is_familiar(word, texts)}
        self._words = sorted(self._familiar)
        self._corrected = lru_cache(maxsize=8192)(self._nearest)

    @classmethod
    def load(cls, folder: Path, known: Collection[str] = ()) -> Self | None:
        """That of the model in `folder`; None where it has no vocabulary. Raises ValueError for a broken file."""
        path = folder / VOCABULARY
        if not path.exists():
            return None
        with path.open(encoding="utf-8", newline="") as file:
            return cls({word: int(texts) for word, texts in csv.reader(file, delimiter="\t")}, known)

    def corrected(self, text: str) -> str:
        """The text with its misspelt words corrected, in lower case; the text itself where there are none."""
        return _WORD.sub(lambda found: self._corrected(found.group()), text)

    def _nearest(self, written: str) -> str:
        word = written.lower()
        if word in self._known:
            return written
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=_most_slips(word), limit=None)
        meant = [(slips, -self._familiar[one], one) for one, slips, _ in near if _may_be_meant(word, one, int(slips))]
        return min(meant)[2] if meant else written


def _is_familiar(word: str, texts: int) -> bool:
    """Whether misspelt words are corrected towards a word that so many training texts have."""
    return texts >= _FAMILIAR and len(word) >= _LEAST_LETTERS - 1


def _most_slips(word: str) -> int:
    """How many letters may be wrong, missing, too many or exchanged with their neighbour."""
    return 2 if len(word) >= _LONG else 1


def _may_be_meant(word: str, meant: str, slips: int) -> bool:
    """Fingers slip at the first letter, too, but another first letter mostly makes another word."""
    return word[0] == meant[0] or (slips == 1 and len(word) >= _LONG - 1)
