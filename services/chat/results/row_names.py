"""What the keys of result rows are called: by people who read them, and by a model that writes about them. Pure."""

from typing import Final

from services.chat.question import Dimension
from services.chat.results.derivatives import key_day, key_hour
from services.chat.results.wording import MONTHS, day, days, hour, weekday_and_day
from services.runtime.labels import FALLBACK_INTENT, LABEL_TITLES, UNDETERMINED_LANGUAGE, LabelTitle

_LANGUAGES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "bs": "Bosnian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_LABELS: Final = frozenset({Dimension.CATEGORY, Dimension.INTENT})
_ENDINGS: Final = ("s", "es", "al", "als")  # deposits, bonuses, withdrawal, withdrawals
_SOURCES: Final = {"livechat": "live chat", "telegram": "Telegram", "email": "e-mail"}


def plain_name(key: str) -> str:
    """A sentiment, status or source as words: "not_labelled" → "not labelled"."""
    return key.replace("_", " ")


def label_title(label: str) -> LabelTitle:
    """An intent or category in words; one that the vocabulary does not have by its plain name."""
    return LABEL_TITLES.get(label) or LabelTitle(plain_name(label), plain_name(label))


def source_name(source: str) -> str:
    """A channel as people write it."""
    return _SOURCES.get(source, plain_name(source))


def language_name(code: str) -> str:
    """English name of a BCP-47 code; the code itself where it is not a common one."""
    return "language unclear" if code == UNDETERMINED_LANGUAGE else _LANGUAGES.get(code, code)


def row_name(dimension: Dimension, key: str) -> str:
    """The name of a row for a reader: "game issues", "Saturday 14 February 2026", "14:00–15:00", "live chat"."""
    hour_of_day, span = key_hour(dimension, key), key_day(dimension, key)
    if hour_of_day is not None:
        return hour(hour_of_day)
    if span is not None:
        return weekday_and_day(span[0]) if span[0] == span[1] else days(*span)
    if dimension is Dimension.SOURCE:
        return source_name(key)
    if dimension is Dimension.LANGUAGE:
        return language_name(key)
    if dimension is Dimension.WEEKDAY:
        return key.capitalize()
    return label_title(key).alone if dimension in _LABELS else plain_name(key)


def spellings(dimension: Dimension, key: str) -> tuple[str, ...]:
    """The ways in which a text may name a row; none for rows whose name is an ordinary word."""
    if key in (FALLBACK_INTENT, UNDETERMINED_LANGUAGE):
        return ()
    hour_of_day, span = key_hour(dimension, key), key_day(dimension, key)
    if hour_of_day is not None:
        return f"{hour_of_day:02}:00", hour(hour_of_day)
    if span is not None and dimension is Dimension.DAY:
        first = span[0]
        month = MONTHS[first.month - 1]
        return (
            first.isoformat(),
            day(first),
            day(first, year=False),
            f"{month} {first.day}, {first.year}",
            f"{month} {first.day}",
        )
    if span is not None:
        return key, days(*span)
    names = {key, plain_name(key), source_name(key), row_name(dimension, key)}
    if dimension in _LABELS:
        names.add(label_title(key).before_noun)
        names |= {name + ending for name in tuple(names) for ending in _ENDINGS}
    return tuple(sorted(names))
