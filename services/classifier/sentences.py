"""A text cut into sentences. Pure.

pysbd and nltk were looked at: the first is a hundred times slower and not maintained, the second wants a download.
Customers write fragments, line breaks and rows of question marks rather than "Dr. Smith"; the few abbreviations and
decimals that do occur are covered by what must follow an end.
"""

import re
from dataclasses import dataclass
from typing import Final

_ABBREVIATIONS: Final = r"(?<!\b[a-z])(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bmr)(?<!\bmrs)(?<!\bdr)(?<!\bapprox)"
# An end: marks and what closes after them, then white space; or full-width marks; or an empty line or list item.
_END: Final = re.compile(
    rf"(?:{_ABBREVIATIONS}\.|[!?…])[.!?…]*[\"'”’)\]]*(?=\s)|[。！？]+|\n\s*(?=\n|[-*•]\s|\d+[.)]\s)", re.IGNORECASE
)
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
    cuts = [match.end() for match in _END.finditer(text)]
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
