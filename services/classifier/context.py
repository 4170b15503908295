"""When a text needs what was said before it, and what it then means (ruling 15 of the label guide). Pure.

The model reads one message. A fragment that says nothing by itself is read once more behind the customer's messages
before it, and takes their need; every other text is left alone, so context cannot change what is plain without it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.classifier.prediction import Prediction
from services.runtime.labels import BLANK_INTENT, FALLBACK_INTENT, STANDALONE_INTENTS

STEP: Final = "context"

_MAX_WORDS: Final = 9
_MAX_PREVIOUS: Final = 2
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# A message of these alone greets, thanks or says good-bye: it asks for nothing, whatever was said before.
# fmt: off
_PLEASANTRIES: Final = frozenset({
    "hi", "hello", "hey", "hiya", "yo", "good", "morning", "evening", "afternoon", "night", "day", "bye", "goodbye",
    "thanks", "thank", "thx", "ty", "tnx", "cheers", "you", "u", "so", "very", "much", "a", "lot", "ok", "okay", "k",
    "kk", "great", "perfect", "nice", "cool", "super", "fine", "sure", "yes", "yep", "yeah", "no", "np", "please",
    "pls", "there", "all", "team", "guys", "support", "have", "test", "lol", "haha", "welcome", "dear", "sir", "mate",
})
# fmt: on
_DONE: Final = re.compile(
    r"\b(never ?mind|nvm|solved|resolved|sorted|landed|arrived|works? now|got it)\b", re.IGNORECASE
)


def needs_context(text: str, prediction: Prediction) -> bool:
    """Whether a text is a fragment: short, without a topic of its own, no pleasantry and not the end of the matter."""
    intents = {name for name, _ in prediction.intents}
    words = [word.casefold() for word in _WORDS.findall(text)]
    silent = prediction.abstained or intents <= {BLANK_INTENT, FALLBACK_INTENT}
    plain = all(word in _PLEASANTRIES for word in words) and "?" not in text
    return silent and len(words) <= _MAX_WORDS and not plain and not _DONE.search(text)


def with_context(text: str, previous: Sequence[str]) -> str:
    """What the model reads instead of the fragment: the last messages, then the text."""
    earlier = [message for message in previous if message.strip()]
    return "\n".join([*earlier[-_MAX_PREVIOUS:], text])


def taken_from(alone: Prediction, together: Prediction) -> Prediction | None:
    """The fragment's labels with its context's need; None when the context has none either.

    Mood, language and embedding stay the fragment's own.
    """
    needs = tuple(item for item in together.intents if item[0] not in STANDALONE_INTENTS)
    if together.abstained or not needs:
        return None
    return replace(
        alone,
        intents=needs,
        abstained=False,
        rules=together.rules,
        probabilities=together.probabilities,
        prediction_set=together.prediction_set,
        review_value=together.review_value,
    )
