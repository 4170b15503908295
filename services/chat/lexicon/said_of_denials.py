"""What people deny in words of their own: "not very happy", "days without complaints": (phrase, what it becomes). Data.

A denial that is passed over turns the answer into its opposite, so every usual form comes down to "not" or "0".
"""

from typing import Final

from services.chat.lexicon.entry import phrases
from services.chat.lexicon.topics import MOOD_ADJECTIVES, SENTIMENT_WORDS

_DEGREE: Final = (
    r"(?:very|really|so|too|that|exactly|entirely|fully|quite|overly|especially|particularly|completely|all that|at all"
    r"|actually|truly|always|terribly|overwhelmingly|remotely)"
)
_FELT: Final = "|".join(
    sorted({word for table in (SENTIMENT_WORDS, MOOD_ADJECTIVES) for row in table.values() for word in phrases(row)})
)
_ROW: Final = (
    r"(?<!last )(?<!this )(?<!past )(?<!previous )(?<!by )(?<!per )(?<!\d )((?:(?:which|what|any|a|no) (?:hour|day|week"
    r"|month|weekday|channel|source|language|category|topic))|(?:hours|days|weeks|months|weekdays|channels|sources|languages"
    r"|categories|topics))"
)
_NONE: Final = r"(?:(?:that|which) )?(?:without|(?:with|having|had|have|has) (?:no|zero))(?: any)?"
_COUNTED: Final = (
    r"(?:\S+ )?(?:complaints?|messages?|praise|deposits?|withdrawals?|bonus\w*|incidents?|outages?|problems?|issues?)"
)
_THERE: Final = r"(?:(?:were|was|are|is|have|has|had) there|(?:did|do|have) (?:we|you|they))"
_HARDLY: Final = r"(?:no longer|not any ?more|hardly|barely|scarcely|far from|less)"
DENIALS: Final = (
    (rf"not {_DEGREE}(?: {_DEGREE})*(?= (?:\S+ )?(?:{_FELT}|complaints?|praise)(?: |$))", "not"),
    (rf"{_HARDLY}(?= (?:{_FELT}|complaints?)(?: (?!than)|$))", "not"),
    (rf"{_ROW} {_NONE}(?= {_COUNTED}(?: |$))", r"\1 with 0"),
    (rf"({_THERE}(?: (?:really|still|been|get|got|have|see|seen|receive))*) (?:no|not any|zero)(?= \S)", r"\1"),
)
