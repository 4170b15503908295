"""A text cut into sentences. Pure.

pysbd and nltk were looked at: the first is a hundred times slower and not maintained, the second wants a download.
Customers write fragments, line breaks and rows of question marks rather than "Dr. Smith"; the few abbreviations and
decimals that do occur are covered by what must follow an end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_ABBREVIATIONS: Final = r"(?<!\b[a-z])(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bmr)(?<!\bmrs)(?<!\bdr)(?<!\bapprox)"
# An end: marks and what closes after them, then white space; or full-width marks; or an empty line or list item. The
# number of a list item ends nothing.
_END: Final = re.compile(
    rf"(?:{_ABBREVIATIONS}(?<!\n\d)(?<!\n\d\d)\.|[!?…])[.!?…]*[\"'”’)\]]*(?=\s)|[。！？]+|\n\s*(?=\n|[-*•]\s|\d+[.)]\s)",
    re.IGNORECASE,
)
_LEAST_WIDTH: Final = 50
"""Characters; nothing wraps lines at less."""
_LETTER: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A piece of a text, without the white space around it."""

    text: str
    start: int
    """In characters."""
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text, in order; pieces without a letter or digit belong to the sentence before them."""
    cuts = sorted({*(match.end() for match in _END.finditer(text)), *_deliberate_breaks(text)})
    sentences: list[Sentence] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end].strip()
        if not piece:
            continue
        begin = start + len(text[start:end]) - len(text[start:end].lstrip())
        if sentences and not _LETTER.search(piece):
            begin = sentences.pop().start
        found = text[begin:end].rstrip()
        sentences.append(Sentence(text=found, start=begin, end=begin + len(found)))
    return sentences


def _deliberate_breaks(text: str) -> Iterator[int]:
    """Where a line ends although the next word had room in it, as no line does that was wrapped at a width."""
    lines = text.split("\n")
    width, end = max(_LEAST_WIDTH, *map(len, lines)), -1
    for line, following in pairwise(lines):
        end += len(line) + 1
        word = following.split(maxsplit=1)[:1]
        if word and line.strip() and len(line.rstrip()) + 1 + len(word[0]) <= width:
            yield end
