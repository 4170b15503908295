"""The words around a number, and whether they speak of what a fact is about. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from services.chat.ledger.fact_collector import Context, Fact

LOOK_BEHIND: Final = 160
"""How many characters before a numeral may decide its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands around a numeral: its line and sentence so far, the characters that touch it, the next word."""

    line: str
    sentence: str
    after: str
    next_word: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """Patterns for the sentence before a number and for the word after it; either suffices."""

    before: re.Pattern[str]
    after: re.Pattern[str]

    def found(self, around: Surroundings) -> bool:
        return bool(self.before.search(around.sentence) or self.after.fullmatch(around.next_word))


def _words(before: str, after: str) -> _Words:
    return _Words(re.compile(before, re.IGNORECASE), re.compile(after, re.IGNORECASE))


_NOWHERE = r"(?!)"
_DIMENSION_NOUNS = (
    r"categor(?:y|ies)|intents?|topics?|labels?|reasons?|sources?|channels?|days?|hours?|weeks?|months?|weekdays?|languages?|"
    r"moods?|sentiments?|status(?:es)?|rows?|groups?|entries|items|values|lines|points|periods?"
)
_LARGEST = (
    r"busiest|largest|biggest|highest|leading|top|most|first|quietest|smallest|lowest|least|fewest|strongest|common"
)
_CONTEXTS: Final[dict[Context, _Words]] = {
    Context.DIFFERENCE: _words(
        r"\b(?:more|fewer|less|differ\w*|gap|lead\w*|ahead|behind|by|up|down|above|below|exceed\w*|margin|increas\w*|decreas\w*|"
        r"rose|fell|drop\w*|grew|chang\w*|than|versus|vs|compar\w*|outnumber\w*|higher|lower|additional|extra)\b",
        r"more|fewer|less|ahead|behind|above|below|higher|lower|additional|extra",
    ),
    Context.REST: _words(
        r"\b(?:rest|remain\w*|others?|else|elsewhere|outside|without|except\w*|exclud\w*|not|left)\b",
        r"others?|remaining|elsewhere|more|left",
    ),
    Context.SUM: _words(
        r"\b(?:top|together|combined|sum|in total|altogether|both|joint\w*|account\w*|mak(?:e|es|ing) up|made up|"
        r"these|those|largest|biggest|busiest|first|leading|two|three|four|five)\b",
        r"together|combined|altogether",
    ),
    Context.TOP: _words(
        rf"\b(?:{_LARGEST}|bottom|last|limit\w*|show\w*|list\w*|display\w*|these|following)\b(?:[ ]to|[ ]of)?"
        r"[\W_]*\Z",
        _LARGEST,
    ),
    Context.ROWS: _words(rf"\b(?:all|these|{_DIMENSION_NOUNS}:)[\W_]*\Z", _DIMENSION_NOUNS),
    Context.OTHERS: _words(r"\b(?:others?|remaining|rest)[\W_]*\Z", r"others?|remaining"),
    Context.DAYS: _words(_NOWHERE, r"days?|tage?n?|jours?|días|giorni|dias|дн\w+"),
    Context.HOURS: _words(_NOWHERE, r"hours?|h|stunden?|heures?|horas?|ore|час\w*"),
    Context.WEEKS: _words(_NOWHERE, r"weeks?|wochen?|semaines?|semanas?|settimane|недел\w+"),
    Context.MONTHS: _words(_NOWHERE, r"months?|monate?n?|mois|meses|mesi|месяц\w*"),
    Context.WEEK_NUMBER: _words(r"\b(?:weeks?|kw|w)[ #.]*(?:\d{1,2}[ ]?(?:–|-|to|and)[ ]?)?\Z", _NOWHERE),
    Context.CONTRIBUTION: _words(
        r"\b(?:chang\w*|increas\w*|decreas\w*|rise|drop|fall|growth|differ\w*|contribut\w*|explain\w*|account\w*|driv\w*)\b",
        _NOWHERE,
    ),
}
_KEY_LINE = re.compile(r"[ \t]*(?:[-*•|+]|\d{1,3}[.)])?[\W_]*\Z")


def carries(fact: Fact, around: Surroundings) -> bool:
    """Whether a fact may be meant by a number that stands in these surroundings."""
    if fact.context is None:
        return True
    if fact.context is Context.KEY:
        return bool(_KEY_LINE.fullmatch(around.line))
    return _CONTEXTS[fact.context].found(around)
