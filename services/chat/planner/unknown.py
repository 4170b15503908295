"""Words that a question leans on and that are nothing here: to count without them would answer another question."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from services.chat.lexicon.entry import TOPICS
from services.chat.planner.asking import Question
from services.chat.planner.patterns import WRITTEN, spoken
from services.chat.planner.plain_words import COME_IN, HARMLESS, LEADS, NO_EVENT, NO_TOPIC, PASSED_OVER, TALKED_OF
from services.chat.planner.read import Turn
from services.chat.question import Dimension, Interpretation, Measure

_WORD: Final = r"(?P<word>(?!§)[^\W\d_]{3,})"
_ABOUT: Final = re.compile(
    r"\b(?:about|regarding|concerning|related to|ask(?:ing|ed|s)? for|request(?:ing|ed)(?! by)|complain(?:ing|ed)? of)"
    rf" (?:(?:the|a|an|our|any|their|my|new|specific) )*{_WORD}"
)
_THINGS: Final = rf"{WRITTEN}|msgs?|conversations?|chats?|cases?"
_KIND_OF: Final = re.compile(rf"\b{_WORD} (?:{_THINGS})\b")
_COUNTED: Final = re.compile(rf"\b(?:how many|number of) (?:(?:the|of|our|all|new|different|distinct) )*{_WORD}")
_BEEN: Final = r"is|are|was|were|got|(?:have|has|had) been"
_SAID: Final = rf"(?: (?:not|never|still|already|also|only|just|currently|now|ever|yet|really|being|been))* {_WORD}"
_SAID_OF: Final = re.compile(
    rf"\b(?:how many|{_THINGS}|of them|they)(?: (?:that|which))? (?:{_BEEN}|have|has|had){_SAID}"
)
_PREDICATE: Final = re.compile(rf"(?:that |which )?(?:{_BEEN}){_SAID}\b")
_PLAIN_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def unknown_topic(turn: Turn) -> Question | None:
    """The question to ask when a turn is about a word that is no topic here: "parking messages", "how many refunds"."""
    text = turn.reading.text
    found = _ABOUT.search(text)
    if found is not None and found["word"] not in NO_TOPIC and not _is_known(turn, found, (0, 1, 2)):
        return _unknown(found["word"])
    for pattern in (_KIND_OF, _COUNTED, _SAID_OF):
        for found in pattern.finditer(text):
            beside = COME_IN if pattern is _SAID_OF else LEADS
            harmless = found["word"] in HARMLESS | beside
            if not harmless and not _is_known(turn, found, (0,)):
                return _unknown(found["word"])
    return next((_unknown(word) for word in (*_said_of_topics(turn), *_before_topics(turn), *_alone(turn))), None)


def _before_topics(turn: Turn) -> Iterator[str]:
    """Unknown words right before a topic, which tell what kind of it is meant: "paypal deposits"."""
    words = turn.reading.text.split()
    for tag in turn.tags:
        before = tag.start - 1
        if tag.kind not in TOPICS or before < 0 or any(other.start <= before < other.end for other in turn.tags):
            continue
        word = words[before]
        if _PLAIN_WORD.fullmatch(word) and word not in PASSED_OVER:
            yield word


def _alone(turn: Turn) -> Iterator[str]:
    """Unknown words of a turn in which nothing else but its time is known: "chargebacks this month"."""
    reading = turn.reading
    if turn.tags or not turn.dates or reading.operation or reading.measure or reading.grouping or reading.quoted:
        return
    words = [word for word in reading.text.split() if _PLAIN_WORD.fullmatch(word)]
    yield from (word for word in words if word not in PASSED_OVER)


def _said_of_topics(turn: Turn) -> Iterator[str]:
    """Unknown words that are said of a topic: "withdrawals that were approved"."""
    words = turn.reading.text.split()
    for tag in turn.tags:
        found = _PREDICATE.match(" ".join(words[tag.end :])) if tag.kind in TOPICS else None
        if found is None or found["word"] in HARMLESS | TALKED_OF:
            continue
        index = tag.end + len(found.string[: found.start("word")].split())
        if not any(other.start <= index < other.end for other in turn.tags):
            yield found["word"]


def _is_known(turn: Turn, found: re.Match[str], ahead: Sequence[int]) -> bool:
    """Whether the word is part of a phrase of the lexicon, or one begins so many words further on."""
    index = len(turn.reading.text[: found.start("word")].split())
    return any(tag.start <= index < tag.end or tag.start - index in ahead for tag in turn.tags)


def _unknown(word: str) -> Question:
    return Question(
        reason=f"“{word}” is no topic that messages are labelled with.",
        choices=(f'How many messages mention "{word}"?', "How many messages were there by category?"),
    )


_PER_THREAD: Final = spoken(r"(?:per|each|every|by) (?:conversation|thread|ticket|chat|case)")
_ONE_BY_ONE: Final = Question(
    reason="Messages are counted, not the conversations they stand in.",
    choices=("How many messages were there by day?", "How many users wrote last week?"),
)
_OTHER_PASSAGE: Final = re.compile(rf"\b(?:and|or|but|not|nor)(?: (?:not|also|the))* {_WORD}\b")
_MENTIONS: Final = re.compile(r"\b(?:mention|contain)(?:s|ed|ing)?\b")
_ONE_PASSAGE: Final = Question(
    reason="One word or phrase at a time can be looked for in messages.",
    choices=('How many messages mention "refund"?', 'How many messages mention "card declined"?'),
)


def unread_words(turn: Turn) -> Question | None:
    """The question to ask when several passages are looked for, or rows for each conversation."""
    text = turn.reading.text
    if _PER_THREAD.search(text):
        return _ONE_BY_ONE
    if turn.reading.quoted or _MENTIONS.search(text):
        for found in _OTHER_PASSAGE.finditer(text):
            if found["word"] not in HARMLESS | NO_TOPIC and not _is_known(turn, found, (0, 1)):
                return _ONE_PASSAGE
    return None


_EVENT: Final = re.compile(
    r"\b(?P<told>(?:since|after|before|during|until|till|around|following|prior to|ahead of|on)"
    r" (?:(?:the|our|my|your|their|its|his|her|a|an|this|that|last|latest|new|recent|big|we|they|i|you) )*"
    r"(?P<word>(?!§)[^\W\d_]{3,}))"
)
_BARE_HOUR: Final = re.compile(r"\b(?P<told>(?:since|after|before|until|till) (?P<word>\d{1,2}))(?= ?$| [?,])")
_OWN_DAY: Final = frozenset({"birthday", "anniversary", "payday", "holiday", "vacation", "birthdays"})


def unknown_event(turn: Turn) -> Question | None:
    """The question to ask when a period is told by what happened in it: "since the update", "during the match"."""
    for found in (*_EVENT.finditer(turn.reading.text), *_BARE_HOUR.finditer(turn.reading.text)):
        word = found["word"]
        if word in _OWN_DAY or (not found["told"].startswith("on ") and word not in NO_EVENT):
            return Question(
                reason=f"“{found['told']}” is no period that is known here; please give dates.",
                choices=("How many messages since Monday?", "How many messages were there by day this month?"),
            )
    return None


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
    r"un ?categori[sz]ed",
)
_WHICH_LACK: Final = Question(
    reason="Every labelled message has a category; those that fit no other are “other topics”, and those still without"
    " labels are told by status.",
    choices=("How many messages were about other topics?", "How many messages were there by status?"),
)
_ASIDES: Final = ((_OLDEST, _NEWEST_ONLY), (_ZONE, _WHOSE_ZONE), (_BACK, _ASK_AGAIN), (_NO_LABEL, _WHICH_LACK))


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


_NEWNESS: Final = spoken(
    r"(?:new|returning|repeat|recurring|first|1st) (?:ones|people)", r"returning$", r"^(?:only )?new$"
)
_WHO_IS_NEW: Final = Question(
    reason="People are counted once each; who is new and who returns is not told.",
    choices=("How many users wrote last week?", "How many users wrote by channel last week?"),
)


def who_is_new(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask when of people in force only the new or the returning ones are wanted."""
    people = base is not None and base.query.measure is Measure.UNIQUE_USERS
    return _WHO_IS_NEW if people and _NEWNESS.search(turn.reading.text) else None


_ROW: Final = spoken(
    r"(?:the|that|this) (?:\d{1,2}(?:st|nd|rd|th)|last|top|biggest|largest|smallest|other)"
    r" (?:one|row|item|entry|result)",
    r"(?:number|no|nr) \d{1,2}(?= ?$| [?,])",
)
_THAT_TIME: Final = re.compile(
    r"\b(?:from|on|of|for|in|at|about|during) (?:that|this same|the same) (hour|day|week|month)\b"
)
_WHICH_TIME: Final = Question(
    reason="Rows of an answer are not known by what they show; please name the time you mean.",
    choices=("Show examples from yesterday", "Show examples from last week"),
)
_WHICH_ROW: Final = Question(
    reason="Rows of an answer are not known by their place; please name the one you mean.",
    choices=("Show examples about withdrawals", "Show examples about deposits"),
)


def unnamed_row(turn: Turn, base: Interpretation | None) -> Question | None:
    """The question to ask when a row of the answer before is meant by its place: "examples of the first one"."""
    if base is None or turn.dates:
        return None
    if (named := _THAT_TIME.search(turn.reading.text)) and Dimension(named[1]) in base.query.group_by:
        return _WHICH_TIME
    rows = bool(base.query.group_by) and not turn.reading.items
    return _WHICH_ROW if rows and _ROW.search(turn.reading.text) else None
