"""What no count answers and is said before a turn is read further: the oldest message, the zone, a subtraction."""

from itertools import pairwise
from typing import Final

from services.chat.lexicon.entry import TOPICS
from services.chat.planner.asking import Question
from services.chat.planner.patterns import MESSAGES, PEOPLE, spoken
from services.chat.planner.read import Turn

_OLDEST: Final = spoken(
    r"(?:very )?1st (?:ever )?(?:\w+ )?(?:message|complaint|ticket|request|contact)(?! (?:was|is|are|were|that))",
    r"since when (?:do|does|did|are|is|have)",
    r"how far back",
    r"(?:oldest|earliest) (?:\w+ )?(?:message|complaint|ticket|question|request)s?",
    r"when (?:was|were) (?:(?:the|our|very) )*(?:1st|§\d*) (?:\w+ ){0,2}?"
    r"(?:message|complaint|ticket|question|request|time)",
    r"when did (?:\w+ ){0,3}?1st \w+",
    r"when did (?:\w+ ){1,3}?(?:start|begin)",
)
_NEWEST_ONLY: Final = Question(
    reason="Messages are shown from the newest on, not from the oldest; rows by day tell when something began.",
    choices=("How many messages were there by day?", "How many messages were there by month?"),
)


_ZONE: Final = spoken(r"(?:what|which) (?:is )?(?:(?:the|your|my|our) )?time ?zones?")
_WHOSE_ZONE: Final = Question(
    reason="Days and hours are counted in the time zone that the answer names, which is the one your page or command"
    " asks in.",
    choices=("How many messages came in yesterday?", "How many messages by hour yesterday?"),
)
_BACK: Final = spoken(
    r"(?:back|return|again) to (?:(?:the|my|our|your|that) )*(?:1st|2nd|3rd|last|previous|earlier|original)"
    r" (?:question|one|answer|thing)"
)
_ASK_AGAIN: Final = Question(
    reason="Earlier questions are not called up by their place; please ask it again.",
    choices=("How many messages came in last week?", "What were the top 5 reasons last week?"),
)
_NO_LABEL: Final = spoken(
    r"(?:without|with no|(?:have|has|had|having) no|lack(?:ing)?|no) (?:(?:any|a|an) )?(?:categor(?:y|ies)|topics?"
    r"|intents?)",
    r"not (?:belong|fit|fall|go|match)(?:ting)?(?: (?:to|in|into|under|with))? (?:an?|any|one of the) (?:\w+ )?"
    r"(?:categor(?:y|ies)|topics?|labels?|intents?)",
    r"un ?categori[sz]ed",
    r"not (?:understand|understood|recogni[sz]ed?)(?! (?:my|the) )",
)
_WHICH_LACK: Final = Question(
    reason="Every labelled message has a category; those that fit no other are “other topics”, and those still without"
    " labels are told by status.",
    choices=("How many messages were about other topics?", "How many messages were there by status?"),
)
_ALONE: Final = spoken(
    r"(?:and|but|with) (?:nothing|no other (?:topics?|categor(?:y|ies)|labels?))(?: else)?(?= ?$| [?,§])",
    r"nothing (?:but|except|other than|else than) \w+",
    r"(?:solely|exclusively|purely) (?:about|on|regarding|concerning)",
    r"about (?:\w+ ){1,3}?(?:alone|exclusively|solely)(?= ?$| [?,§])",
)
_WHAT_ELSE: Final = Question(
    reason="A message counts in every topic it has, whatever else it is about; other topics can be left out by name.",
    choices=("How many messages about deposits without withdrawals?", "How many messages were there by category?"),
)
_TWO_NUMBERS: Final = spoken(
    rf"{MESSAGES} (?:and|plus|as well as) (?:(?:the|number|count|of|total|unique|distinct|different) )*{PEOPLE}"
    r"(?! (?:who|that|wrote|write|complain))",
)
_ONE_NUMBER: Final = Question(
    reason="One answer tells one number; messages and people are counted one after the other.",
    choices=("How many messages came in last month?", "How many users wrote last month?"),
)
_BY_ID: Final = spoken(
    r"(?:message|ticket|conversation|case|session|chat) (?:(?:id|number|no|nr|#) )*(?!(?:19|20)\d\d\b)\d{3,}\w*",
)
_NOT_BY_ID: Final = Question(
    reason="Single messages and conversations are opened on the page of messages; here they are found by what they are"
    " about, when they came and who wrote.",
    choices=("Show the latest messages", "How many messages came in yesterday?"),
)
_NOT_ONLY: Final = spoken(r"not (?:only|just|merely|solely|exclusively)(?! (?:yesterday|today|last|this|§))")
_WHAT_ELSE_COUNTS: Final = Question(
    reason="“Not only” leaves open what counts besides; please name all that should, or ask for everything.",
    choices=("How many messages came in on all channels last week?", "How many messages were there by category?"),
)
_ASIDES: Final = (
    (_NOT_ONLY, _WHAT_ELSE_COUNTS),
    (_OLDEST, _NEWEST_ONLY),
    (_ZONE, _WHOSE_ZONE),
    (_BACK, _ASK_AGAIN),
    (_NO_LABEL, _WHICH_LACK),
    (_ALONE, _WHAT_ELSE),
    (_TWO_NUMBERS, _ONE_NUMBER),
    (_BY_ID, _NOT_BY_ID),
)


def first_of_all(turn: Turn) -> Question | None:
    """What to say to what no count answers: the oldest message, the zone, an earlier question, labels that lack."""
    text = turn.reading.text
    return next((question for pattern, question in _ASIDES if pattern.search(text)), None) or _minus(turn)


_MINUS: Final = Question(
    reason="“Minus” can mean the difference between two counts, or leaving something out; please say which.",
    choices=("Compare deposits with withdrawals", "How many messages about deposits without withdrawals?"),
)


def _minus(turn: Turn) -> Question | None:
    """The question to ask when one topic is subtracted from another."""
    words = turn.reading.text.split()
    topics = [tag for tag in turn.tags if tag.kind in TOPICS]
    between = [words[one.end : other.start] for one, other in pairwise(topics)]
    return _MINUS if any("minus" in told for told in between) else None
