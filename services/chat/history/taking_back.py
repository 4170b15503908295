"""What a user asks to be forgotten of what is kept, read from the words themselves. Pure (B19).

"Forget everything you know about me", "forget that I work for Alpha", "delete my name". Which notes are meant follows
from the words they share; filters ("forget the channel") are the planner's.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.chat.history.remembered import Note
from services.chat.history.sentences import sentences
from services.chat.lexicon.listing import word_set

_POLITE: Final = r"(?:(?:ok|okay|now|so|and|please|can you|could you|would you|i want you to|you can|you should)[, ]+)*"
_FORGET: Final = r"(?:forget|delete|remove|erase|clear|wipe|drop|unlearn)"
_ME: Final = r"(?: (?:about|of|on) (?:me|us|myself))?"
_HAVE: Final = r"(?:['’]ve| have)?"
_EVERYTHING: Final = re.compile(
    rf"{_POLITE}(?:{_FORGET}(?: about)? (?:everything|all|anything|whatever|what)(?: of (?:it|that))?(?: that)?"
    rf" (?:you{_HAVE} (?:know|remember(?:ed)?|kept|noted?|stored?|saved?|learn(?:ed|t))"
    rf"|i{_HAVE} (?:told you|said|asked you to (?:remember|keep))){_ME}"
    rf"|{_FORGET} (?:everything|all) about (?:me|us|myself)"
    rf"|{_FORGET} (?:all )?(?:(?:of )?(?:the|my|your|our) )?(?:(?:whole|entire) )?(?:memor(?:y|ies)|notes|facts"
    rf"|preferences){_ME}"
    r"|forget (?:about )?(?:me|us)"
    r"|stop remembering (?:me|everything|things)(?: about me)?)(?: please| now)?",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    rf"{_POLITE}(?:{_FORGET}(?: about)?|(?:do not|don['’]t) (?:remember|keep in mind)(?: any ?more| any longer)?)"
    r" (?:that (?=(?:i|my|we|our|us|the|it)\b)|what i (?:said|told you) (?:about|on|of) )(?P<said>\S.*)",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    rf"{_POLITE}{_FORGET}(?: about)? (?:(?:(?:the|my|your|that) )?(?:note|fact|preference)s?"
    r" (?:about|on|of|that|saying)|(?=(?:my|our)\b)) ?(?P<said>\S.*)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")
_SMALL: Final = word_set(
    "a an the i we you he she it my our your me us that this these those is am are was were be been have has had do"
    " does did not for to of in on at by with from and or about as so any more no please now again"
)
_STEM: Final = 4


def asks_to_forget(text: str) -> bool:
    """Whether a message may ask that something kept is forgotten."""
    return any(_is_such(sentence) for sentence in sentences(text))


def only_takes_back(text: str, kept: Sequence[Note]) -> bool:
    """Whether a message asks nothing beside: every sentence of it is about something to forget."""
    parts = list(sentences(text))
    return bool(parts) and all(_taken_back(part, kept) is not None for part in parts)


def taken_back(text: str, kept: Sequence[Note]) -> tuple[Note, ...]:
    """The notes that a message asks to be forgotten, in their order."""
    meant = {note.id for part in sentences(text) for note in _taken_back(part, kept) or ()}
    return tuple(note for note in kept if note.id in meant)


def without_taking_back(text: str, kept: Sequence[Note]) -> str:
    """A message without what it asks to be forgotten, which is no part of its question."""
    left = [part for part in sentences(text) if _taken_back(part, kept) is None]
    return " ".join(left) or text


def _is_such(sentence: str) -> bool:
    said = _plain(sentence)
    return any(form.fullmatch(said) for form in (_EVERYTHING, _CLAUSE, _NAMED))


def _taken_back(sentence: str, kept: Sequence[Note]) -> tuple[Note, ...] | None:
    """The notes meant by one sentence; None where it is not about notes."""
    said = _plain(sentence)
    if _EVERYTHING.fullmatch(said):
        return tuple(kept)
    clause, named = _CLAUSE.fullmatch(said), _NAMED.fullmatch(said)
    found = clause or named
    if found is None:
        return None
    meant = tuple(note for note in kept if _is_about(note.text, found["said"]))
    # "Forget my last filter" is about no note, and left to the planner.
    return meant if meant or clause else None


def _is_about(note: str, said: str) -> bool:
    words, own = list(_telling(said)), list(_telling(note))
    return bool(words) and all(any(_alike(word, other) for other in own) for word in words)


def _telling(text: str) -> Iterator[str]:
    return (word for word in _WORD.findall(text.lower()) if word not in _SMALL)


def _alike(one: str, other: str) -> bool:
    """Whether two words are the same but for an ending: "works", "worked"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _STEM and longer.startswith(shorter) and len(longer) - len(shorter) <= 2)


def _plain(sentence: str) -> str:
    return " ".join(sentence.strip(" .!?").split())
