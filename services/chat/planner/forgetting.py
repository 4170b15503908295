"""Parts of the question in force that a turn takes back: "forget the channel", "all topics", "drop the grouping"."""

import re
from dataclasses import replace
from typing import Final

from services.chat.planner.filters import MOODS, with_part
from services.chat.question import Filters, LabelFilter, Operation, Order, StatsQuery

_DROP: Final = (
    r"(?:forget|drop|remove|clear|reset|ditch|undo|without|no|ignore|lose|take away|take off|leave out"
    r"|get rid of|stop|skip|cancel|disregard|regardless of|irrespective of|independent of|whatever)"
    r"(?: about)?(?: (?:the|any|all|that|this|my|its|more|of))*"
)
_ALL: Final = r"(?:all|any|across all|in all|on all|for all|over all|whatever)(?: the| of the)?"
_WORDS: Final = {
    "topics": r"(?:topics?|categor(?:y|ies)|subjects?|reasons?|intents?|labels?|themes?)",
    "sources": r"(?:channels?|sources?|platforms?)",
    "sentiments": r"(?:sentiments?|moods?)",
    "languages": r"(?:languages?)",
    "period": r"(?:periods?|dates?|time(?: range| period| frame| filter)?|range|timeframe|date (?:range|filter))",
    "times": r"(?:hours|days|(?:hour|day|weekday|time of day) (?:filter|restriction))",
    "comparison": r"(?:comparison|comparing|compare)",
    "limit": r"(?:limit|top \d+)",
    "everything": r"(?:filters?|restrictions?)",
    "user_ids": r"(?:users? filter|customer filter|(?:users|customers|players|clients|members|people)(?! filter))",
}
_ROWS: Final = r"(?:group(?:ing|s|ed)?|breakdown|split(?:ting)?|rows|dimensions?)(?: by \w+)?"
_ANY_WORD: Final = r"(?:\w+ )?"
_PATTERNS: Final = tuple(
    (name, re.compile(rf"\b(?:{_DROP} {'' if name == 'everything' else _ANY_WORD}{word}|{_ALL} {word})(?= |$)"))
    for name, word in _WORDS.items()
)
_UNGROUPED: Final = re.compile(
    rf"\b(?:{_DROP} {_ANY_WORD}{_ROWS}|{_ALL} {_ROWS})(?= |$)"
    r"|\b(?:do not|not|never) (?:group|split|breakdown)(?:ed|ing|ting)?(?: by \w+)?(?= |$)"
    r"|\bnot by \w+(?= but )"
)
_EVERYBODY: Final = re.compile(r"\b(?:for|from|by|of) every(?:one|body)(?! (?:but|except))\b")
_ALL_TIME: Final = re.compile(
    r"\ball[- ]time\b|\ball (?:the )?time\b|\bever\b|\b(?:whole|entire|full|complete|all of"
    r"|all the) (?:history|period|time|data|record)\b|\bany ?time\b"
    r"|\bsince (?:the )?(?:very )?(?:beginning|start)(?: of time)?\b|\bfrom the (?:very )?(?:beginning"
    r"|start)\b|\bso far in total\b"
)
_TOTAL: Final = re.compile(
    r"\b(?:ungrouped|(?:just|only)(?: (?:give|show|tell|want|need))?(?: (?:me|us))?"
    r" (?:the |a |one )?(?:total|sum|number|overall)|as (?:a|one) (?:total"
    r"|single number|number)|in total|altogether|not (?:grouped|split)|do not group|overall)\b"
)
_BARE_TOTAL: Final = re.compile(
    r"^(?:(?:and|just|only|now|the|what is|in) )*(?:total|sum|grand total)(?: please)?(?: \?)*$"
)
_ALL_MESSAGES: Final = re.compile(r"\b(?:all|any) (?:the |of the )?(?:messages|msgs|tickets)\b|\beverything\b")


_SHARE_OF_ALL: Final = re.compile(r"\bof (?:all|any|everything)\b")


def forgotten_parts(text: str, operation: Operation | None) -> frozenset[str]:
    """The names of the parts the text takes back."""
    found = {name for name, pattern in _PATTERNS if pattern.search(text)}
    if _EVERYBODY.search(text):
        found.add("user_ids")
    if _ALL_TIME.search(text):
        found.add("period")
    if _TOTAL.search(text) or _BARE_TOTAL.search(text) or _UNGROUPED.search(text):
        found.add("grouping")
    if _ALL_MESSAGES.search(text) and not (operation is Operation.EXAMPLES or _SHARE_OF_ALL.search(text)):
        found.add("topics")
    return frozenset(found)


def without_dropped_rows(text: str) -> str:
    """The text with a dot for each word that takes rows back: "remove the channel breakdown" asks for none."""
    return _UNGROUPED.sub(lambda found: " ".join("·" for _ in found.group().split()), text)


def forgotten(query: StatsQuery, parts: frozenset[str]) -> StatsQuery:
    """`query` without those parts."""
    whole = None if query.share_of is None else _less(query.share_of, parts)
    query = replace(query, filters=_less(query.filters, parts), share_of=whole)
    if "period" in parts:
        query = replace(query, range=None, compare_to=None)
    if "comparison" in parts:
        query = replace(query, compare_to=None)
    if "grouping" in parts:
        query = replace(query, group_by=(), order=Order.VALUE_DESC, limit=0)
    return replace(query, limit=0) if "limit" in parts else query


def _less(filters: Filters, parts: frozenset[str]) -> Filters:
    if "everything" in parts:
        filters = Filters()
    if "topics" in parts:
        filters = replace(filters, categories=LabelFilter(), intents=LabelFilter())
    if "sentiments" in parts:
        calm = tuple(intent for intent in filters.intents.any_of if intent not in MOODS)
        filters = replace(filters, sentiments=LabelFilter(), intents=replace(filters.intents, any_of=calm, all_of=()))
    for name in ("sources", "languages", "user_ids"):
        if name in parts:
            filters = with_part(filters, name, LabelFilter())
    return replace(filters, hours=(), weekdays=()) if "times" in parts else filters
