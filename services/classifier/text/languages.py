"""The main language of a text, as a BCP-47 code.

py3langid was chosen of four libraries measured on the golden set and on 100 short foreign messages: it is as good as
any, costs 60 µs and 80 MB, whereas lingua needs 290 MB or, in its small mode, calls one short English text in ten
something else; fastText's and CLD2's models are faster but miss one short foreign message in ten to six.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.runtime.labels import UNDETERMINED_LANGUAGE

DEFAULT_LANGUAGE: Final = "en"
"""What a text in Latin letters is when nothing in it speaks for a language."""

# Ruling 24 of the label guide: words that every chat uses, whatever its language.
_NO_LANGUAGE: Final = frozenset({"ok", "okay", "okey", "k", "kk", "test", "testing", "x", "xx", "xxx"})

# Naive Bayes over n-grams counts overlapping evidence several times, so a few odd letter pairs outvote everything on a
# short text ("bonus pls" is Latin, "freezing" Dutch). These head starts, in nats, are the prior of a support inbox.
_HEAD_START: Final = {
    DEFAULT_LANGUAGE: 10.0,
    **dict.fromkeys(("de", "es", "fr", "it", "ja", "pt", "ru", "tr", "zh"), 4.0),
}
# One to three words are often names of games and payments ("mental slot", "no spins"). Of 468 short English messages,
# many of them such names, 31 were taken for something else and 18 are with this; of 168 foreign ones five more are
# taken for English. The former costs more, because a gate on English leaves them without any label.
_FEW_WORDS: Final = 3
_HEAD_START_OF_FEW: Final = {**_HEAD_START, DEFAULT_LANGUAGE: 12.0}
# Messages of these words alone, too short for n-grams. Words of two languages are left out.
_GREETINGS: Final = {
    **dict.fromkeys(("hola", "buenas", "gracias"), "es"),
    **dict.fromkeys(("oi", "olá", "obrigado", "obrigada"), "pt"),
    **dict.fromkeys(("hallo", "danke", "bitte", "servus"), "de"),
    **dict.fromkeys(("bonjour", "bonsoir", "salut", "merci"), "fr"),
    **dict.fromkeys(("ciao", "buongiorno", "buonasera", "grazie"), "it"),
    **dict.fromkeys(("merhaba", "selam", "teşekkürler"), "tr"),
    **dict.fromkeys(("hej", "tack"), "sv"),
    **dict.fromkeys(("moi", "terve", "kiitos"), "fi"),
}
# Words of English and of nothing else: what has other letters beside them is a name ("i live in Köln").
_ENGLISH: Final = frozenset({"the", "from", "where", "what", "with", "your", "you", "this", "live", "name", "playing"})
_WORD: Final = re.compile(r"[^\W\d_]+")
# fmt: off
_LANGUAGES: Final = (
    "ar", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr",
    "hu", "id", "is", "it", "ja", "ka", "kk", "ko", "lt", "lv", "mk", "ms", "mt", "nl", "no", "pl", "pt", "ro",
    "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "th", "tl", "tr", "uk", "ur", "vi", "zh",
)
# fmt: on
# A chat's language shows in its first lines; the library's time grows with the length.
_READ_CHARACTERS: Final = 300
# What the library scores a text with in which it finds no n-gram it knows.
_NO_EVIDENCE: Final = -1e30

LanguageOf: TypeAlias = Callable[[str], str]


def load_languages() -> LanguageOf:
    """Loads the model, about a second, and returns a function from a text to its language; safe in any thread."""
    identifier = _identifier()

    def language_of(text: str) -> str:
        readable = " ".join(text[:_READ_CHARACTERS].lower().split())
        if not _says_something(readable):
            return UNDETERMINED_LANGUAGE
        words = _WORD.findall(readable)
        if greeting := _greeting(words):
            return greeting
        if not readable.isascii() and not _ENGLISH.isdisjoint(words):
            readable = " ".join(filter(str.isascii, words))
        return _most_likely(identifier.rank(readable), _HEAD_START_OF_FEW if len(words) <= _FEW_WORDS else _HEAD_START)

    return language_of


def _identifier() -> LanguageIdentifier:
    everything = LanguageIdentifier.from_model_file(MODEL_FILE)
    everything.set_languages(_LANGUAGES)
    # Built anew from its parts, because the restricted one keeps the tables of all languages as well.
    return LanguageIdentifier(
        everything.nb_ptc,
        everything.nb_pc,
        everything.nb_classes,
        everything.tk_nextmove,
        everything.tk_output,
        tk_row=everything.tk_row,
    )


def _says_something(text: str) -> bool:
    words = ("".join(filter(str.isalpha, word)) for word in text.split())
    return any(word and word not in _NO_LANGUAGE for word in words)


def _greeting(words: list[str]) -> str | None:
    """The language of a text that only greets or thanks, in one language; None for any other."""
    languages = {_GREETINGS.get(word) for word in words}
    return languages.pop() if len(languages) == 1 else None


def _most_likely(ranked: list[tuple[str, float]], head_start: Mapping[str, float]) -> str:
    if ranked[0][1] < _NO_EVIDENCE:
        return DEFAULT_LANGUAGE
    return max(ranked, key=lambda item: item[1] + head_start.get(item[0], 0.0))[0]
