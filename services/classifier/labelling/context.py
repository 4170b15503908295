"""When a text needs what was said before it, and what it then means (ruling 15 of the label guide). Pure.

The model reads one message. A fragment that says nothing by itself is read again behind the customer's messages before
it, and takes the need nearest to it; every other text is left alone, so context cannot change what is plain without it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.classifier.scoring.prediction import Prediction, Scored
from services.runtime.labels import BLANK_INTENT, FALLBACK_INTENT, STANDALONE_INTENTS

STEP: Final = "context"

_MAX_WORDS: Final = 9
_MAX_PREVIOUS: Final = 3
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# A message of these alone greets, thanks or says good-bye: it asks for nothing, whatever was said before.
# fmt: off
_PLEASANTRIES: Final = frozenset({
    "hi", "hello", "hey", "hiya", "yo", "good", "morning", "evening", "afternoon", "night", "day", "bye", "goodbye",
    "thanks", "thank", "thx", "ty", "tnx", "cheers", "you", "u", "so", "very", "much", "a", "lot", "ok", "okay", "k",
    "kk", "great", "perfect", "nice", "cool", "super", "fine", "sure", "yes", "yep", "yeah", "no", "np", "please",
    "pls", "there", "all", "team", "guys", "support", "have", "test", "lol", "haha", "welcome", "dear", "sir", "mate",
    "alright", "understood", "noted",
})
# With what a customer takes note by, these say what they do next.
_NOTED: Final = frozenset({
    "ok", "okay", "k", "kk", "alright", "fine", "understood", "noted", "will", "i'll", "i’ll", "see",
})
_PROMISES: Final = frozenset({
    "i", "will", "i'll", "i’ll", "ill", "wait", "try", "do", "that", "it", "then", "see", "send", "check", "come",
    "back", "later", "be", "patient", "let", "know",
})
# Words that fit any topic. Of these alone, the model only guesses one ("how long does it take?").
_ANY_TOPIC: Final = frozenset({
    "a", "about", "again", "also", "am", "an", "and", "any", "are", "at", "be", "but", "can", "could", "day", "days",
    "did", "do", "does", "doing", "else", "fee", "fees", "first", "for", "happened", "happens", "has", "have", "hour",
    "hours", "how", "i", "if", "in", "is", "it", "limit", "limits", "long", "many", "max", "maximum", "min", "minimum",
    "minutes", "more", "much", "my", "need", "now", "of", "on", "one", "or", "please", "pls", "same", "second",
    "should", "so", "still", "take", "takes", "than", "that", "the", "then", "there", "this", "time", "times", "to",
    "was", "we", "week", "weeks", "what", "when", "where", "which", "who", "why", "will", "with", "would", "yet", "you",
})
# fmt: on
_DONE: Final = re.compile(
    r"\b(solved|resolved|sorted|landed|arrived|works? (?:now|again)|working (?:now|again)|got it|found it"
    r"|it came(?! back)|came through|(?:i am|i['’]?m) in(?: now)?$|all good)\b",
    re.IGNORECASE,
)
_NEVER_MIND: Final = re.compile(r"\b(never ?mind|nvm)\b", re.IGNORECASE)
_NOT_YET: Final = re.compile(r"\b(?:not|never|nothing|none|still|yet|when|no)\b|n['’]?t\b|\?", re.IGNORECASE)


def needs_context(text: str, prediction: Prediction) -> bool:
    """Whether a text is a fragment: short, without a topic of its own, no pleasantry and not the end of the matter."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    return (
        len(words) <= _MAX_WORDS and _is_silent(words, prediction) and not (_asks_nothing(text, words) or _ends(text))
    )


def _is_silent(words: Sequence[str], prediction: Prediction) -> bool:
    intents = {name for name, _ in prediction.intents}
    if prediction.abstained or intents <= {BLANK_INTENT, FALLBACK_INTENT}:
        return True
    return not intents & STANDALONE_INTENTS and _ANY_TOPIC.issuperset(words)


def _asks_nothing(text: str, words: Sequence[str]) -> bool:
    if "?" in text:
        return False
    noted = not _NOTED.isdisjoint(words)
    return all(word in _PLEASANTRIES or (noted and word in _PROMISES) for word in words)


def _ends(text: str) -> bool:
    return bool(_NEVER_MIND.search(text) or (_DONE.search(text) and not _NOT_YET.search(text)))


def said_before(previous: Sequence[str]) -> list[str]:
    """What is read of the messages before a fragment: the last three that say something."""
    return [message for message in previous if message.strip()][-_MAX_PREVIOUS:]


def with_context(text: str, previous: Sequence[str]) -> list[str]:
    """What the model reads instead of the fragment: the text behind the last message, the last two, the last three."""
    earlier = said_before(previous)
    return ["\n".join([*earlier[-count:], text]) for count in range(1, len(earlier) + 1)]


def taken_from(alone: Prediction, together: Sequence[Prediction]) -> Prediction | None:
    """The fragment's labels with the need nearest to it, of readings from near to far; None when none has a need.

    What lies further back adds nothing; it takes away what does not hold with it ("by the way, my deposit is in").
    Mood, language and embedding stay the fragment's own.
    """
    near = next((index for index, one in enumerate(together) if _needs(one)), None)
    if near is None:
        return None
    found = together[near]
    if near + 1 < len(together):
        found = _confirmed(found, together[near + 1])
    return replace(
        alone,
        intents=_needs(found),
        abstained=False,
        rules=found.rules,
        probabilities=found.probabilities,
        prediction_set=found.prediction_set,
        review_value=found.review_value,
    )


def _needs(prediction: Prediction) -> tuple[Scored, ...]:
    if prediction.abstained:
        return ()
    return tuple(item for item in prediction.intents if item[0] not in STANDALONE_INTENTS)


def _confirmed(near: Prediction, wider: Prediction) -> Prediction:
    """The nearer reading with what the wider one says too; the wider one where they share nothing."""
    held = {name for name, _ in _needs(wider)}
    if not held:
        return near
    shared = tuple(item for item in _needs(near) if item[0] in held)
    return replace(near, intents=shared) if shared else wider
