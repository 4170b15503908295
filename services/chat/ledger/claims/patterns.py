"""The English words in which an answer claims a direction, a rank or a comparison. Pure."""

import re
from typing import Final

from services.chat.results.wording import MONTHS


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


DOUBTFUL: Final = _pattern(
    r"\b(?:not|never|neither|nor|without|if|would|could|might|may|whether|unless|cannot|no longer)\b|n['’]t\b|\?"
)
"""Sentences that deny, suppose or ask claim nothing."""

_AMOUNT = (
    r"(?:[ ](?:by|from|to|on|over|against|compared|versus|vs)\b|"
    r"[ ](?:about|around|roughly|nearly|almost|slightly|sharply|some)\b|[ ]?[\d~+(])"
)
_NO_DIRECTION = r"(?![\w-])(?![ ](?:into|under|within|outside|in the category)\b)"
UP: Final = _pattern(
    r"\b(?:rose|risen|rises|rising|increase[sd]?|increasing|grew|grown|grows|growing|climb(?:s|ed|ing)?|"
    rf"jump(?:s|ed|ing)?|surg(?:e|es|ed|ing)|went up|gone up|up(?! to \d{{1,2}}:\d)(?={_AMOUNT})){_NO_DIRECTION}"
)
DOWN: Final = _pattern(
    r"\b(?:fell|fallen|falls|falling|drop(?:s|ped|ping)?|decrease[sd]?|decreasing|declin(?:e|es|ed|ing)|"
    rf"shr(?:ank|unk|inks)|slump(?:s|ed)|went down|gone down|down(?={_AMOUNT})){_NO_DIRECTION}"
)
SAME: Final = _pattern(r"\b(?:unchanged|no change|stayed the same|remained the same)\b")

FACTORS: Final = {
    "doubled": 2.0,
    "twice as": 2.0,
    "twice the": 2.0,
    "double the": 2.0,
    "tripled": 3.0,
    "trebled": 3.0,
    "triple the": 3.0,
    "quadrupled": 4.0,
    "halved": 0.5,
}
MULTIPLIED: Final = _pattern(
    rf"(?P<hedge>\b(?:more than|over|nearly|almost|about|roughly) )?\b(?P<word>{'|'.join(FACTORS)})\b"
)

_RISE = r"rise|increase|jump|growth|gain"
_FALL = r"drop|fall|decrease|decline"
_SUPERLATIVE = r"\b(?:largest|biggest|greatest|strongest|sharpest|steepest|highest)(?:[ ]\w+)?[ ]"
_MOST = r"(?:[ ]by)?(?:[ ]the)?[ ](?:most|fastest)\b"
_ROSE = r"(?:rose|risen|grew|grown|increased|climbed|jumped|surged|gained|went up|gone up)"
_FELL = r"(?:fell|fallen|dropped|declined|decreased|shrank|shrunk|slumped|went down|gone down)"
GREATEST_RISE: Final = _pattern(rf"{_SUPERLATIVE}(?:{_RISE})\b|\b{_ROSE}{_MOST}")
GREATEST_FALL: Final = _pattern(rf"{_SUPERLATIVE}(?:{_FALL})\b|\b{_FELL}{_MOST}")

_OF_CHANGE = rf"(?![ ]?\d|(?:[ ]\w+)?[ ](?:{_RISE}|{_FALL}|change|difference|share of the)\b)"
_SEVERAL = r"(?![ ](?:two|three|four|five|likely)\b)"
MOST: Final = _pattern(
    r"(?<!at )\b(?:most|highest|largest|biggest|busiest|greatest|peak(?:ed)?|leading|number one)\b"
    rf"{_OF_CHANGE}{_SEVERAL}(?![ ](?:of|recent\w*|probabl\w*|people|customers)\b|-recent)"
)
LEAST: Final = _pattern(rf"(?<!at )\b(?:least|lowest|fewest|smallest|quietest)\b{_OF_CHANGE}{_SEVERAL}")
RANKED: Final = _pattern(
    r"\b(?P<rank>second|third|fourth|fifth|2nd|3rd|4th|5th|next)[ -](?:most|highest|largest|biggest|busiest|place)\b"
)
RANKS: Final = {
    "second": 2, "2nd": 2, "next": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
}  # fmt: skip
MAJORITY: Final = _pattern(r"\b(?:majority of|most of|more than half|over half)\b")
MINORITY: Final = _pattern(r"\b(?:minority of|less than half|under half)\b")
ABOVE: Final = _pattern(
    r"\b(?:more|higher|greater|larger|bigger|busier)\b[^.;,]{0,60}\bthan\b|"
    r"\b(?:exceed(?:s|ed)?|outnumber(?:s|ed)?|ahead of)\b"
)
BELOW: Final = _pattern(r"\b(?:fewer|less|lower|smaller|quieter)\b[^.;,]{0,60}\bthan\b|\b(?:behind|trails|trailed)\b")
NOTHING: Final = _pattern(
    r"^\W*(?:there (?:were|was|are|is)|we (?:received|had|got)|you (?:received|had|got)) no (?:\w+ ){0,2}"
    r"(?:messages?|customers?|users?)\b"
)
WORD: Final = re.compile(r"[a-z]+")
"""The words of a lower-case sentence: looking them up is cheaper than searching for patterns."""

MONTH_WORDS: Final = frozenset(month.lower() for month in MONTHS)

MONTH: Final = re.compile(
    r"\b(January|February|March|April|June|July|August|September|October|November|December)\b|"
    r"\b(?:in|of|since|during|from|until|last|this) (May)\b"
)
"""Month names written as names."""

COUNTED: Final = _pattern(r"\W{0,4}(?:\w+ ){0,1}(?:messages?|customers?|users?|people|complaints?|tickets?)\b")
"""What makes a number a count, right after it."""

ECHO: Final = _pattern(r"\b(?:ask\w*|question|you (?:said|mention\w*|wrote)|filter\w*|limit\w*|matching)\b")
"""Sentences that repeat the question rather than answer it."""
