"""The words of a training corpus, by which a served model tells misspelt words from others."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from services.classifier.text.spelling import VOCABULARY, Spelling

_LEAST_TEXTS: Final = 2
"""A word of one text alone may itself be misspelt."""
_LETTERS: Final = re.compile(r"[a-z]+")
_ENGLISH: Final = "frequency_dictionary_en_82_765.txt"


def write_vocabulary(folder: Path, texts: Iterable[str]) -> None:
    """Writes the vocabulary of a model that learned from `texts`: their words, and what of English is near to one."""
    words = words_of(texts)
    near = dict.fromkeys(mistakable(english(), words), 0)
    with (folder / VOCABULARY).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(sorted({**words, **near}.items()))


def words_of(texts: Iterable[str]) -> dict[str, int]:
    """Words that at least two texts have, and how many have them."""
    counts = Counter(word for text in texts for word in set(_LETTERS.findall(text.lower())))
    return {word: count for word, count in counts.items() if count >= _LEAST_TEXTS}


def mistakable(english: Iterable[str], words: Mapping[str, int]) -> list[str]:
    """English words that would be corrected to one of `words` if they were not listed."""
    spelling = Spelling(words)
    return [word for word in english if spelling.corrected(word) != word]


def english() -> list[str]:
    """82,765 English words: those of SCOWL that are frequent in books, as symspellpy brings them (MIT)."""
    listed = files("symspellpy").joinpath(_ENGLISH).read_text(encoding="utf-8-sig")
    return [line.partition(" ")[0] for line in listed.splitlines()]
