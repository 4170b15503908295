"""A question as canonical text: lower case, figures for spelled numbers, one space between tokens.

Dates, times, decimals and identifiers stay whole; all other punctuation becomes a token of its own.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from services.chat.lexicon.kept import set_aside
from services.chat.lexicon.numerals import MONTH_NAME, numbered
from services.chat.lexicon.said_otherwise import SAID_OTHERWISE
from services.chat.lexicon.shorthand import CONTRACTIONS, IN_PLACE, SHORTHAND, unglued
from services.chat.lexicon.spelling import corrected

_RESERVED: Final = str.maketrans("§¤", "  ")
_INVISIBLE: Final = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_TOKEN: Final = re.compile(
    r"""
    ¤quote\d+
    | \d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?
    | \d{4}[-/.]\d{1,2}[-/.]\d{1,2} | \d{4}-?w\d\d? | \d{4}[-/]\d\d?(?!\d)
    | \d{1,2}(?P<s>[./-])\d{1,2}(?P=s)(?:\d{4}|\d\d)(?!\d)
    | \d{1,2}\.\d{1,2}\.(?!\d) | \d{1,2}[-/.](?:19|20)\d\d(?!\d)
    | \d{1,2}[:h]\d\d(?:[ ]?[ap]\.?m\b\.?)? | \d{1,2}\.\d\d[ ]?[ap]\.?m\b\.? | \d{1,2}[ ]?[ap]\.?m\b\.?
    | \d{1,2}/\d{1,2}(?![\d/]) | \d{1,2}[ ]?o'clock
    | \d{1,3}(?:,\d{3})+(?!\d) | \d+[.,]\d+(?!\d)
    | \d{1,2}(?:st|nd|rd|th)\b | \d{1,2}\.(?=[ ]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|[ ]?-[ ]?\d)
    | [qhw]\d{1,2}\b | '\d\d\b | \d+
    | [^\W\d_][^\W_]*(?:'[^\W\d_]+)?(?:_[^\W_]+)* | \.\.+ | …
    | \S
    """,
    re.VERBOSE,
)
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.h](\d\d))? ?([ap])\.?m\.?")
_TODAY: Final = re.compile(r"(?<!last )(?<!past )\b2day\b")
_TONIGHT: Final = re.compile(r"\b2ni(?:te|ght)\b")
_TOMORROW: Final = re.compile(r"\b2m(?:orr?ow|oro|rw)\b")
_ROW_NOUN: Final = r"(?:hours?|days?|weekdays?|weeks?|months?|channels?|sources?|languages?|categor(?:y|ies)|topics?)"
_TAKE_OUT: Final = r"(?:exclude|ignore|remove|drop|hide|skip|leave out|omit)"
_OTHERS: Final = r"others?(?= (?:in|on|for|by|per|last|,|\?)|$)"
_PHRASES: Final = tuple(
    (re.compile(rf"(?<!\S){pattern}(?!\S)"), into)
    for pattern, into in (
        *IN_PLACE,
        (r"a couple(?: of)?|couple(?: of)?", "2"),
        (r"(?:a )?dozen", "12"),
        (r"(last|past|previous) half (?:a )?year", r"\1 6 months"),
        (r"half a year ago", "6 months ago"),
        (r"(\d{4}) ?(q[1-4]|h[12])", r"\2 \1"),
        (rf"(q[1-4]|h[12]|{MONTH_NAME}) [-/] (\d{{4}})", r"\1 \2"),
        (r"(?:to|until|till|up to) (?:date|the present|present|this day)", "to now"),
        (r"w / o", "without"),
        (r"w /(?! [cbw](?:\s|$))", "with"),
        (r"(?:no |sorry |,)* ?i mean(?:t)?", "no ,"),
        (r"scratch that|(?:no )?wait(?= ,)|strike that", "no ,"),
        (r"half an hour", "30 minutes"),
        (r"(?:a )?quarter of an hour", "15 minutes"),
        (
            r"(?:in|for|on|over|during) each of the (last|past|previous) (\d+) (hour|day|week|month)s",
            r"by \3 in the \1 \2 \3s",
        ),
        (r"(?:the )?(?:wee|small|early) hours(?: of the morning)?", "night"),
        (r"percent(?:age)? (change|growth|increase|decrease|difference|rise|drop|fall)", r"\1"),
        (rf"(?:except|excluding|without|minus|ignoring|{_TAKE_OUT}) (?:the )?{_OTHERS}", "excluding category other"),
        (rf"(not|than|from) {_OTHERS}", r"\1 category other"),
        (r"(?:per|in every|every|out of(?: every)?)(?: an?| one| each)? (?:hundred|100)", "per 100"),
        (r"(?:per|in every|every|out of(?: every)?)(?: an?| one| each)? (?:thousand|1000|1,000)", "per 1000"),
        (r"(?:a )?fortnight ago", "2 weeks ago"),
        (r"(last|past|previous) fortnight", r"\1 14 days"),
        (r"(?:this|the|the current) fortnight", "last 14 days"),
        (r"(?:one|1) (minute|hour|day|week|weekend|month|quarter|year)(?! of)", r"1 \1"),
        (r"24 / 7|(?<!on )(?<!since )(?<!from )(?<!until )(?<!to )(?<!before )(?<!after )(?<!and )24/7(?= \S)", ""),
        (r"(per|every) 2nd(?! (?:day|week|month|hour))", r"\1 minute"),
        (r"w / [cb]", "week commencing"),
        (r"e mail(s|ed|ing)?", r"email\1"),
        (
            r"(highest|largest|biggest|most|lowest|smallest|fewest|least|newest|latest|recent|oldest|earliest) 1st",
            r"\1 first",
        ),
        (r"(number|no|nr|top) one", r"\1 1"),
        (rf"({_ROW_NOUN}) x ({_ROW_NOUN})", r"\1 by \2"),
        (r"not (?:yet )?been", "not"),
        (r"not yet", "not"),
        (r"days? of (?:the )?week", "weekday"),
        (r"(?:broken|break|breaking|broke|drill|drilled) (?:(?:it|them|this|that|these) )?down", "breakdown"),
        (r"week days?", "weekday"),
        (r"week ends?", "weekend"),
        (r"(?:log|logged|logging|sign|signed|signing) in", "login"),
        (r"live[- ]chats?", "livechat"),
        (r"(\d{1,2}) \. ((?:19|20)\d\d)", r"\1.\2"),
        *SAID_OTHERWISE,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canonical:
    """`words` is the canonical text; `quoted` are the passages and ids its marks `¤quoteN` stand for, as written."""

    words: str
    quoted: tuple[str, ...]


def canonical(text: str) -> Canonical:
    """The canonical form of a question of any length."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).replace("’", "'").translate(_RESERVED)
    plain, quoted = set_aside(plain)
    words = " ".join(_words(plain.lower()))
    for pattern, into in _PHRASES:
        words = pattern.sub(into, words)
    return Canonical(words=" ".join(words.split()), quoted=quoted)


def _words(text: str) -> list[str]:
    text = re.sub(r"[–—−‐‑]", "-", text).replace("%", " percent ").replace("&", " and ").replace("+", " and ")
    text = re.sub(r"(?<=\d)'s\b", "", text)
    text = unglued(_TOMORROW.sub("tomorrow", _TONIGHT.sub("tonight", _TODAY.sub("today", text))))
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", _hyphen, text)
    text = re.sub(
        r"(?<=\d)(?=(?:hrs?|hours?|h|mins?|minutes?|days?|d|wks?|weeks?|months?|mths?|years?|yrs?)\b)", " ", text
    )
    tokens = [found[0] for found in _TOKEN.finditer(text)]
    return numbered([word for token in tokens for word in _plain(token).split()])


def _hyphen(_: re.Match[str]) -> str:
    return " ~ "


def _plain(token: str) -> str:
    """One token without contraction, possessive, abbreviation or misspelling."""
    if clock := _CLOCK.fullmatch(token):
        return f"{clock[1]}{':' + clock[2] if clock[2] else ''}{clock[3]}m"
    if token[0].isdigit():
        return token
    if token in CONTRACTIONS:
        return CONTRACTIONS[token]
    if token.endswith("n't"):
        return f"{token[:-3]} not"
    token = token.removesuffix("'s").removesuffix("'")
    token = re.sub(r"'(?:re|ve|ll|d|m)$", "", token)
    token = SHORTHAND.get(token, token)
    return corrected(token) if token.isalpha() else token
