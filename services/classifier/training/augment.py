"""Controlled augmentation of the own corpus: the same need in other clothes, and two needs in one message.

Every change keeps the labels true: surface noise touches no word order, politeness around a request adds no label
(rule 5 of the guide), and joining two messages takes the union of their labels only where the guide allows it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from services.classifier.training.rows import Row
from services.runtime.labels import STANDALONE_INTENTS

_NEIGHBOURS: Final = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_OPENERS: Final = (
    "hi, ", "hello, ", "hey ", "hi there, ", "good morning, ", "good evening, ", "hi team, ", "hello support, ",
    "dear support, ", "excuse me, ", "sorry to bother you, ", "quick question: ", "pls help, ", "hey guys, ", "yo ",
)  # fmt: skip
_CLOSERS: Final = (
    " thanks", " thank you", " please", " pls", " thx", " please help", " thanks in advance", " can you check?",
    " regards", " cheers", " please advise", " ty",
)  # fmt: skip
_JOINTS: Final = (
    ". ", "\n", " and ", " also ", ". also, ", ", ", " + ", "; ", "... ", ". second thing: ", " btw ", "\n\n",
)  # fmt: skip
MADE: Final = ("augmented", "joined")
"""Sources of the rows made here."""
_MOOD_ORDER: Final = ("negative", "positive", "neutral")
_MAX_JOINED_CHARACTERS: Final = 220


def typos(text: str, random_: random.Random) -> str:
    """One or two slips of the finger: a letter swapped, dropped, doubled or replaced by a neighbouring key."""
    letters = list(text)
    for _ in range(random_.randint(1, 2)):
        places = [i for i in range(len(letters) - 1) if letters[i].isalpha() and letters[i + 1].isalpha()]
        if not places:
            break
        i = random_.choice(places)
        slip = random_.randrange(4)
        if slip == 0:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        elif slip == 1:
            del letters[i]
        elif slip == 2:
            letters.insert(i, letters[i])
        else:
            letters[i] = random_.choice(_NEIGHBOURS.get(letters[i].lower(), letters[i]))
    return "".join(letters)


def without_punctuation(text: str) -> str:
    """Sentence marks and apostrophes dropped, as in fast typing; emoji and line breaks kept."""
    return " ".join("".join(c for c in text if c not in ".,!;:'’\"").split(" ")).strip() or text


def without_emoji(text: str) -> str:
    """Emoji dropped, unless nothing else would be left."""
    return "".join(c for c in text if ord(c) < 0x2190).strip() or text


def lower_case(text: str) -> str:
    """All letters lower-cased."""
    return text.lower()


def capitalised(text: str) -> str:
    """The first letter raised and a full stop added, as a careful writer would."""
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?" or not text[-1:].isalnum() else ".")


def polite(text: str, random_: random.Random) -> str:
    """A greeting before, a courtesy after, or both."""
    opener = random_.choice(_OPENERS) if random_.random() < 0.6 else ""
    closer = random_.choice(_CLOSERS) if not opener or random_.random() < 0.4 else ""
    return f"{opener}{text}{closer}"


_PLAIN_CHANGES: Final[tuple[Callable[[str], str], ...]] = (without_punctuation, without_emoji, lower_case, capitalised)


def _changed(text: str, random_: random.Random) -> str:
    return typos(text, random_) if random_.random() < 0.33 else random_.choice(_PLAIN_CHANGES)(text)


def varied(row: Row, random_: random.Random) -> Row:
    """The row with one or two surface changes; a stand-alone intent gets no politeness, which could be its content."""
    text = _changed(row.text, random_)
    if random_.random() < 0.35:
        text = _changed(text, random_)
    if row.intents and not row.intents & {"smalltalk", "praise"} and random_.random() < 0.35:
        text = polite(text, random_)
    return replace(row, text=text, source=MADE[0])


def joinable(first: Row, second: Row) -> bool:
    """Whether two messages may be sent as one: both short, fully labelled, and neither stands alone."""
    if first.intents is None or second.intents is None or first.unsure or second.unsure:
        return False
    if (first.intents | second.intents) & STANDALONE_INTENTS or len(first.intents | second.intents) > 3:
        return False
    return len(first.text) + len(second.text) <= _MAX_JOINED_CHARACTERS


def joined(first: Row, second: Row, random_: random.Random) -> Row:
    """Both messages in one, with the union of their labels and the stronger mood; mixed moods are left unlabelled."""
    moods = {first.sentiment, second.sentiment}
    mood = None if None in moods or {"negative", "positive"} <= moods else next(m for m in _MOOD_ORDER if m in moods)
    return Row(
        text=first.text.rstrip() + random_.choice(_JOINTS) + second.text.lstrip(),
        intents=(first.intents or frozenset()) | (second.intents or frozenset()),
        sentiment=mood,
        source=MADE[1],
    )


def augment(rows: Sequence[Row], *, variants: float, joins: float, seed: int) -> list[Row]:
    """New rows: about `variants` varied and `joins` joined ones for each row, the same for the same seed."""
    random_ = random.Random(seed)
    made = [varied(random_.choice(rows), random_) for _ in range(round(variants * len(rows)))]
    singles = [row for row in rows if row.intents and not row.intents & STANDALONE_INTENTS]
    for _ in range(round(joins * len(rows)) if singles else 0):
        first, second = random_.choice(singles), random_.choice(singles)
        if first.intents != second.intents and joinable(first, second):
            made.append(joined(first, second, random_))
    return made
