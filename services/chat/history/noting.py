"""What a user asks to be remembered, read from the words themselves. Pure (B19).

Only what is said to be kept is kept: "remember that …", "from now on …", "I prefer …", "my name is …". Nothing is
guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.chat.history.remembered import Note, NoteKind
from services.chat.history.sentences import sentences
from services.chat.narration.detail import Detail

MAX_NOTE: Final = 500

_POLITE: Final = r"(?:please[, ]+)?"
_FACT: Final = re.compile(
    rf"{_POLITE}(?:remember|note|keep in mind|don['’]t forget)"
    r"(?:(?:[:,]| that\b[:,]?)[ ]+(?P<said>\S.*)|[ ]+(?P<fact>(?:my|our|we|i|the|these)\b.*\b(?:is|are|was|were|means?"
    r"|have|has|had|like|care|want|need|call|launched|starts?|started|begins?|ends?|work)\b.*))",
    re.IGNORECASE,
)
_SELF: Final = re.compile(r"(?P<said>(?:my name is|i am responsible for|i work (?:in|for|on))[ ]+\S.*)", re.IGNORECASE)
_PREFERENCE: Final = re.compile(
    rf"{_POLITE}(?P<said>(?:from now on|in future|i(?: would|['’]d)? (?:prefer|like you to)|"
    r"(?:always|never) (?:answer|reply|write|show|use|keep)|keep (?:your |the )?(?:answers|replies))[ ,]+\S.*)",
    re.IGNORECASE,
)
_KINDS: Final = ((NoteKind.PREFERENCE, _PREFERENCE), (NoteKind.FACT, _FACT), (NoteKind.FACT, _SELF))
_THEN_ASKED: Final = re.compile(
    r",? (?:and|then|and then) (?=(?:show|tell|give|list|count|compare) (?:me|us|how|the)\b|how (?:many|much)\b"
    r"|what (?:is|are|was|were|did)\b)",
    re.IGNORECASE,
)
_BRIEF: Final = re.compile(r"\b(?:brief|short|concise|terse)\b", re.IGNORECASE)
_FULL: Final = re.compile(r"\b(?:detailed|thorough|full|long|in detail)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something to keep, in the user's words."""

    kind: NoteKind
    text: str


def told(text: str) -> tuple[Said, ...]:
    """Everything that a message asks to be remembered."""
    return tuple(said for sentence in _sentences(text) if (said := _told(sentence)))


def asked_in(text: str) -> str:
    """A message without what it asks to be remembered, which is no part of its question."""
    if not told(text):
        return text
    return " ".join(sentence for sentence in _sentences(text) if not _told(sentence)) or text


def only_tells(text: str) -> bool:
    """Whether a message asks nothing: every sentence of it is something to remember."""
    sentences = list(_sentences(text))
    return bool(sentences) and all(_told(sentence) for sentence in sentences)


def detail_of(notes: Sequence[Note]) -> Detail | None:
    """How much answers are to tell by the newest preference that speaks of it."""
    for note in reversed(notes):
        if note.kind is NoteKind.PREFERENCE and (_BRIEF.search(note.text) or _FULL.search(note.text)):
            return Detail.BRIEF if _BRIEF.search(note.text) else Detail.FULL
    return None


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text, a question that follows something told ("… and show me …") as one of its own."""
    for sentence in sentences(text):
        parts = _THEN_ASKED.split(sentence, maxsplit=1) if _FACT.fullmatch(sentence) else [sentence]
        yield from (part.strip() for part in parts if part.strip())


def _told(sentence: str) -> Said | None:
    if sentence.endswith("?"):
        return None
    for kind, form in _KINDS:
        if match := form.fullmatch(sentence):
            text = match["said"] or match.groupdict().get("fact") or ""
            return Said(kind=kind, text=text[:MAX_NOTE])
    return None
