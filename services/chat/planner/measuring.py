"""What is computed: messages, people, shares, daily averages, confidence, incidents."""

import re
from typing import Final

from services.chat.planner.cues import is_comparative
from services.chat.planner.operations import counts_incidents, is_examples
from services.chat.planner.patterns import MESSAGES, PEOPLE, UTTERANCES, anywhere, spoken
from services.chat.question import Measure

_SURE: Final = r"(?:sure|confident|confidence|certain|certainty|probability)"
_FIGURE: Final = r"\d+(?:[.,]\d+)?"
_MEDIAN: Final = spoken(
    r"medians?|percentiles?|quartiles?|standard deviations?|variance|(?:moving|rolling|running) averages?"
)
_CONFIDENCE: Final = spoken(r"how (?:confident|sure|certain)", r"confidence", r"certainty")
_LEAST: Final = anywhere(
    r"(?:(?:with|whose|and|where|the|a) )*(?:confidence|certainty|probability|score)(?: (?:is|was|of|level|score))*"
    r" (?P<than>above|over|greater than|higher than|more than|at least|from|minimum|min|no less than|not below|> ?=?)?"
    rf" ?(?P<a>{_FIGURE})(?P<ap> percent)?",
    rf"(?:at least|more than|over|above|minimum) (?P<b>{_FIGURE})(?P<bp> percent)? {_SURE}",
    rf"(?P<c>{_FIGURE})(?P<cp> percent)? (?:or (?:more|higher|better) )?{_SURE}",
)
_AT_MOST: Final = anywhere(
    rf"\b(?:confidence|certainty|probability)(?: (?:is|was|of|level))* (?:below|under|less than|lower than|at most|<)"
    rf" ?{_FIGURE}",
    rf"\b(?:below|under|less than|lower than|at most) {_FIGURE}(?: percent)? {_SURE}\b",
    r"\blow (?:confidence|certainty)\b",
    r"\b(?<!has the )(?<!have the )(?<!had the )lowest (?:confidence|certainty)\b",
)
_AVERAGE: Final = spoken(
    r"averaged?", r"averages", r"avg", r"(?<!this )(?<!that )(?<!it )(?<!you )mean", r"typical(?:ly)?", r"usual(?:ly)?"
)
_DAILY: Final = spoken(r"(?:(?:per|a|each|every|by) )?day", r"daily")
_STEP: Final = spoken(r"(?:per|a|each|every|by) (hour|week|month|weekday|year)", r"(hourly|weekly|monthly)")
_SHARE: Final = spoken(
    r"shares?",
    r"percentages?",
    r"percent",
    r"proportions?",
    r"fractions?",
    r"ratio",
    r"portion",
    r"what part",
    r"how (?:large|big) a part",
    r"how much of",
    r"(?:per|in every|out of (?:every )?)(?: a)? ?(?:100|hundred|1000|1,000|thousand)",
    r"(?:complaints?|anger|praise|negativity|satisfaction|failure|negative|positive) rates?",
    r"(?<!growth )rate of",
    rf"half (?:of )?(?:(?:all|the|our|these|those) )*{MESSAGES}",
)
_OF_PEOPLE: Final = spoken(
    rf"(?:shares?|percentages?|percent|proportion|fraction) of (?:(?:the|our|all|my) )*{PEOPLE}(?! {UTTERANCES})",
    rf"per (?:1,?000|100) (?:(?:unique|active|distinct) )?{PEOPLE}(?! {UTTERANCES})",
)
_AVERAGE_OF_PEOPLE: Final = spoken(
    r"(?:averaged?|avg|mean|typical|usual)(?: (?:daily|number|count|amount|of|unique|distinct|different|active|the"
    rf"|our))* {PEOPLE}(?! {UTTERANCES})",
    rf"(?:how many|number of)(?: (?:unique|distinct|different|of|the|our))* {PEOPLE}\b.*\b"
    r"(?:on average|average|typical|typically|usually|usual)(?! (?:message|complaint))",
    rf"(?:unique|distinct|daily) {PEOPLE} (?:per|a|each|every) day",
)
_TELLING: Final = r"(?:angry|negative|positive|unhappy|new|recent)"
_MATTER: Final = (
    r"(?:enquir(?:y|ies)|inquir(?:y|ies)|quer(?:y|ies)|issues?|problems?|volumes?|traffic|satisfaction|sentiment|mood)"
)
_WRITTEN_BY: Final = re.compile(
    rf"\b{PEOPLE}(?<!s)(?<!people) (?=(?:{_TELLING} )?(?:{UTTERANCES}|{MESSAGES}|{_MATTER})\b)"
    rf"|\b{PEOPLE} (?=(?:{_TELLING} )?(?:{UTTERANCES}|{MESSAGES}|{_MATTER})(?<=s)\b)"
)
"""In "customer complaints" and "player contacts" the people only say whose these are. "Players contact us" does not."""

_USERS: Final = anywhere(
    r"\b(?:out )?of (?:everyone|everybody|all|those) (?:who|that) .*\bhow many\b",
    r"\b(?:how many|number of|count(?: of)?|total|unique|distinct|different|amount of)(?: the)?"
    r"(?: (?:unique|distinct|different|of|the|our|individual|separate|other|those|these|angry|furious|mad))*"
    rf"(?: (?!{MESSAGES})[^\W\d_]+){{0,4}}? {PEOPLE}\b",
    r"^(?:(?:and|what about|how about|now|just|only|in|for|count|the|number|of|by|per|unique|distinct|show|same|but"
    rf"|with) )*{PEOPLE}(?: (?:only|instead|then|too))?(?: ,)?(?: (?:by|per|split|instead) .*)?$",
    r"\bhow many (?:unique|distinct|different)\b(?! (?:messages|issues|incidents|problems))",
    rf"\b{PEOPLE} (?:count|numbers?)\b",
    rf"\b(?:in|as|count) {PEOPLE} instead\b",
)
_NOT_USERS: Final = anywhere(
    rf"\b(?:how many|number of|count)(?: of)? (?:(?!{PEOPLE}\b)[^\W\d_]+ ){{0,4}}?{MESSAGES}\b",
    rf"\bwhat (?:are|do|did|were|is) (?:\w+ ){{0,3}}{PEOPLE}\b",
    r"\bhow (?:many times|often)\b",
    rf"\b{MESSAGES} (?:where|in which|from|by) (?:\w+ ){{0,2}}?{PEOPLE}\b",
    rf"\b(?:how many|number of) (?:(?!{PEOPLE}\b)[^\W\d_]+ ){{1,4}}?(?:do|did|does|have|has|had) (?:(?:the|our) )*"
    rf"{PEOPLE}\b",
    rf"\b(?:messages?|msgs?)(?: ,)? (?:and )?(?:not|instead of|rather than) (?:(?:the|unique|distinct) )*{PEOPLE}\b",
)
_PERSON: Final = spoken(PEOPLE)
_SPEAK: Final = r"(?:say|complain|ask|writ|talk|contact|reach|mention|report|feel|want|message|wrote)\w*"
_SPEAKERS: Final = spoken(
    rf"(?:reasons?|topics?|causes?|themes?) (?:\w+ )*?{PEOPLE}",
    rf"(?:which|what) (?:\w+ )?(?:problem|issue|question|concern)s? (?:do|does|did|are|were|have) (?:\w+ )*?{PEOPLE}",
    r"(?:messages?|complaints?|questions?|tickets?|chats?|texts?|emails?|feedback|praise|deposits?|withdrawals?)"
    rf" (?:from|by|of) (?:\w+ ){{0,4}}?{PEOPLE}",
    rf"(?:what|which|why|when|how often|how) .*\b{PEOPLE} (?:\w+ )?(?:{_SPEAK}|unhappy|angry)",
    rf"(?:do|did|are|were) (?:(?!more|fewer|less)\w+ )?{PEOPLE} (?:\w+ )?{_SPEAK}",
    rf"{PEOPLE} {_SPEAK}\b.*\b(?:most|mostly|about(?= ?$| [?,§]))",
)
_FROM_WHOM: Final = re.compile(
    r"^(?:(?:and|now|then|ok|but|only|just|the|same|what about|how about|,) )*(?:for|from|by|of)"
    rf" (?:\w+ ){{1,3}}?{PEOPLE}\b"
)
_MESSAGES: Final = spoken(
    r"how many\b(?! (?:of (?:them|those|these)\b|$))",
    r"number of",
    r"count (?:of|the|all)",
    rf"{MESSAGES} (?:count|instead)",
    r"how often",
    r"^(?:(?:and|what about|how about|in|now|the|then) )*messages(?: (?:please|instead|only|then))?(?= ?$| [?,])",
    r"message count",
    r"in messages",
)


_BACK_TO_COUNTS: Final = anywhere(
    r"\b(?:remove|drop|without|no|not|hide|forget|instead of) (?:(?:the|in|as|a|any) )*(?:percent\w*|shares?)"
    r"(?= ?$| [?,])",
    r"^(?:(?:and|now|then|ok|show|give|me|us|it|them|back|to|as|in|the|please|just|only|again) )*"
    r"(?:(?:absolute|raw|plain|actual) (?:numbers?|figures?|counts?|values?)|counts?|numbers)"
    r"(?: (?:please|again))?(?: \?)*$",
)


def measure_of(text: str) -> Measure | None:
    """The measure the text names; None where it does not."""
    if _BACK_TO_COUNTS.search(text):
        return Measure.MESSAGE_COUNT
    if _SHARE.search(text) or is_comparative(text):
        return Measure.SHARE
    if _CONFIDENCE.search(text):
        return Measure.MEAN_CONFIDENCE
    if _AVERAGE.search(text):
        return Measure.PER_DAY_AVERAGE
    return Measure.DISTINCT_INCIDENTS if counts_incidents(text) else _counted(text)


def _counted(text: str) -> Measure | None:
    text = _WRITTEN_BY.sub("", text)
    if _NOT_USERS.search(text):
        return Measure.MESSAGE_COUNT
    if _USERS.search(text) or (_PERSON.search(text) and not is_examples(text) and not _is_whose(text)):
        return Measure.UNIQUE_USERS
    return Measure.MESSAGE_COUNT if _MESSAGES.search(text) else None


def _is_whose(text: str) -> bool:
    """Whether people are named as those who wrote, not to be counted."""
    return bool(_SPEAKERS.search(text) or _FROM_WHOM.search(text))


_HOW_MANY_THEN: Final = re.compile(
    r"^(?:(?:and|but|so|then|now|ok|,) )*how many"
    r"(?: (?:were|was|are|is|there|it|that|came|in|for|on|over|during|then))*(?: §\d+)?(?: [?!,])*$"
)


def is_bare_count(text: str) -> bool:
    """Whether a number is asked for and nothing is named that is counted: "and how many last month?"."""
    return bool(_HOW_MANY_THEN.search(text))


def is_share_word(word: str) -> bool:
    """Whether the word is one that asks for a share."""
    return bool(_SHARE.search(word)) or word in {"rate", "rates", "part"}


def is_share_of_people(text: str) -> bool:
    """Whether a share of people is asked for, which shares of messages cannot tell."""
    return bool(_OF_PEOPLE.search(text))


def is_average_of_people(text: str) -> bool:
    """Whether an average number of people is asked for, which averages of messages cannot tell."""
    return bool(_AVERAGE_OF_PEOPLE.search(_WRITTEN_BY.sub("", text)))


def average_step(text: str) -> str:
    """The step an average is told for, "day" where none is said."""
    found = _STEP.search(text)
    return "day" if found is None or _DAILY.search(text) else (found[1] or found[2])


def is_median(text: str) -> bool:
    """Whether a median or a spread is asked for, which no measure tells."""
    return bool(_MEDIAN.search(text))


def is_upper_bound(text: str) -> bool:
    """Whether messages below a confidence are asked for."""
    return bool(_AT_MOST.search(text))


def least_confidence(text: str) -> tuple[float | None, str]:
    """The least confidence asked for, in [0, 1], and the text without the phrase that says so."""
    found = None if is_upper_bound(text) else _LEAST.search(text)
    if found is None or (found["a"] and not (found["than"] or found["ap"] or "." in found["a"])):
        return None, text
    figure = found["a"] or found["b"] or found["c"]
    number = float(figure.replace(",", "."))
    number = number / 100 if (found["ap"] or found["bp"] or found["cp"] or number > 1) else number
    return (number, re.sub(r"\s+", " ", text.replace(found[0], " "))) if number <= 1 else (None, text)
