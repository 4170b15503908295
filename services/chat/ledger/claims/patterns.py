"""The English words in which an answer claims a direction, a rank or a comparison. Pure."""

import re
from typing import Final

from services.chat.results.wording import MONTHS, WEEKDAYS


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


DOUBTFUL: Final = _pattern(
    r"\b(?:not(?! chang)|never|neither|nor|without|if|would|could|might|may|whether|unless|cannot|no longer)\b"
    r"|n['’]t\b(?! chang)|\?"
)
"""Sentences that deny, suppose or ask claim nothing; that something did not change is a claim."""

_AMOUNT = (
    r"(?:[ ](?:by|from|to|on|over|against|compared|versus|vs)\b|"
    r"[ ](?:about|around|roughly|nearly|almost|slightly|sharply|some)\b|[ ]?[\d~+(])"
)
_NO = r"(?<!no )(?<!no significant )(?<!no clear )(?<!no real )"
_THINGS = "site website page app server system platform service casino game games"
_BE = "".join(rf"(?<!{thing} )" for thing in _THINGS.split()) + r"(?:is|are|was|were)"
"""A site that is down is no number that is."""
_ENDED = r"(?=\W*$|[ ](?:this|last|since|compared|slightly|sharply|again|overall|year|month|week))"
_CHANGE_IN = r"[ ]in\b"
_NO_DIRECTION = r"(?![\w-])(?![ ](?:into|under|within|outside|in the category)\b)"
UP: Final = _pattern(
    rf"\b{_NO}(?:rose|risen|rises|rising|increase[sd]?|increasing|grew|grown|grows|growing|climb(?:s|ed|ing)?|"
    rf"jump(?:s|ed|ing)?|surg(?:e|es|ed|ing)|soar(?:s|ed|ing)?|skyrocket(?:s|ed|ing)?|spiked|went up|gone up"
    rf"|{_BE} up{_ENDED}|on the rise|(?:trend(?:s|ed|ing)?) up(?:wards?)?"
    rf"|(?:rise|increase|growth|jump|surge|uptick){_CHANGE_IN}"
    rf"|up(?! to \d{{1,2}}:\d)(?={_AMOUNT})){_NO_DIRECTION}"
)
DOWN: Final = _pattern(
    rf"\b{_NO}(?:fell|fallen|falls|falling|drop(?:s|ped|ping)?|decrease[sd]?|decreasing|declin(?:e|es|ed|ing)|"
    rf"shr(?:ank|unk|inks)|slump(?:s|ed)|plummet(?:s|ed|ing)?|plunged|went down|gone down"
    rf"|{_BE} down{_ENDED}|(?:trend(?:s|ed|ing)?) down(?:wards?)?"
    rf"|(?:drop|decline|decrease|fall|dip|reduction){_CHANGE_IN}"
    rf"|down(?={_AMOUNT})){_NO_DIRECTION}"
)
SAME: Final = _pattern(
    r"\b(?:unchanged|no change|stayed the same|remained the same|(?:did|has|have)(?: not|n['’]t) changed?)\b"
)
STEADY: Final = _pattern(
    r"\b(?:stayed|stays|remained|remains|held|holds|was|were|is|are)"
    r" (?:\w+ ){0,2}?(?:flat|stable|steady|level|constant)\b"
    r"|\b(?:about|roughly|much|nearly|almost) the same as (?:before|in|on|the|last)\b"
)
"""Claims that allow a little change."""

FACTORS: Final = {
    "doubled": 2.0,
    "twice as": 2.0,
    "twice the": 2.0,
    "twice what": 2.0,
    "double the": 2.0,
    "tripled": 3.0,
    "trebled": 3.0,
    "triple the": 3.0,
    "three times as": 3.0,
    "three times the": 3.0,
    "quadrupled": 4.0,
    "four times as": 4.0,
    "five times as": 5.0,
    "half as many": 0.5,
    "halved": 0.5,
}
FROM_TO: Final = _pattern(r"\bfrom\b.*\bto\b")
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
_KIND = r"(?:category|topic|reason|channel|source|intent|issue|language|mood|day|hour|week|month|weekday)"
_FIRST = (
    rf"(?<!among the )(?<!of the )top(?=[ ](?:{_KIND}\b|of the list|the list|spot))"
    r"|(?:lead|leads|led|topped|tops)(?=\W*$|[ ](?:the|with|by|all)\b)"
)
MOST: Final = _pattern(
    rf"(?<!at )\b(?:most|highest|largest|biggest|busiest|greatest|peak(?:ed)?|leading|number one|{_FIRST})\b"
    rf"{_OF_CHANGE}{_SEVERAL}(?![ ](?:of|recent\w*|probabl\w*|people|customers)\b|-recent)"
)
LEAST: Final = _pattern(rf"(?<!at )\b(?:least|lowest|fewest|smallest|quietest)\b{_OF_CHANGE}{_SEVERAL}")
RANKED: Final = _pattern(
    r"\b(?P<rank>second|third|fourth|fifth|2nd|3rd|4th|5th|next)[ -](?:most|highest|largest|biggest|busiest|place)\b"
    r"|\b(?:came|come|comes|ranks?|ranked|placed|finished)(?: in)? (?P<place>second|third|fourth|fifth)\b"
)
RANKS: Final = {
    "second": 2, "2nd": 2, "next": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
}  # fmt: skip
MAJORITY: Final = _pattern(
    r"\b(?:majority of|(?:the|a) (?:vast |large )?majority|bulk of|most of|more than half|over half)\b"
)
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
NOTHING_OF_IT: Final = _pattern(
    r"\b(?:no|zero) (?:\w+ ){0,2}(?:messages?|complaints?|customers?|users?|cases?|tickets?)\b|\bnobody\b"
    r"|\bno one (?:wrote|complained|asked|sent|contacted|mentioned|reported)\b"
)
EXCEPT: Final = _pattern(r"\b(?:except|apart from|aside from|other than|bar|besides|save for)\b")
_ROW_KIND: Final = (
    r"(?:categor(?:y|ies)|topics?|channels?|sources?|intents?|languages?|moods?|days?|hours?|weeks?|months?)"
)
ALL_OF_THEM: Final = _pattern(rf"\b(?:all|every|each)(?: of)?(?: the| these)?(?: \w+)? {_ROW_KIND}\b")
NONE_OF_THEM: Final = _pattern(rf"\b(?:no|none of the|not one) {_ROW_KIND}\b")
MORE_THAN: Final = _pattern(
    r"^(?P<subject>[^;,]{0,80}?)\b(?:(?P<more>more|higher|greater|larger|bigger|busier)|(?:fewer|less|lower|smaller"
    r"|quieter))\b[^;,]{0,60}?\bthan\b(?P<other>.*)"
)
_SPAN = r"(?:hour|day|week|weekend|month|quarter|year|time|period)"
_LIGHT = r"(?:(?:in|on|during|over|for|at|it|there|they|we|was|were|had|did|has|have|been|saw|got|the|a|that|of) )*"
_PAST = (
    rf"(?:before\b|(?:last|previous|prior|preceding|earlier) {_SPAN}\b|{_SPAN} (?:before|earlier|prior)\b|yesterday\b"
    r"|usual(?:ly)?\b|(?:a )?(?:year|month|week) ago\b)"
)
UP_OR_DOWN: Final = _pattern(r"\b(?:up|down|higher|lower|more|fewer)\b")
AGAINST_THE_PAST: Final = _pattern(
    rf"\b(?:than|as (?:many|much|few|often|high|low) as|compared (?:with|to)|versus|vs\.?|relative to) {_LIGHT}{_PAST}"
    r"|\bas (?:many |much )?(?:before|usual)\b"
)
MOVED_SINCE_THE_PAST: Final = _pattern(rf"\b(?:from|since|on|over) {_LIGHT}{_PAST}")
"""A count set against an earlier period; the second only together with a rise or a fall."""

EARLIER: Final = _pattern(r"\b(?:before|previous|earlier|prior|preceding|last)\b")
_WEEKDAYS: Final = "|".join(WEEKDAYS)
WEEKDAY_AND_DATE: Final = re.compile(
    rf"\b(?P<weekday>{_WEEKDAYS}),? (?:the )?"
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{'|'.join(MONTHS)})"
    rf"|(?P<named>{'|'.join(MONTHS)}) (?P<dated>\d{{1,2}}))\b"
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
