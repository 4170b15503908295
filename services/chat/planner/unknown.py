"""Words that a question leans on and that are nothing here: to count without them would answer another question."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.chat.lexicon.entry import TOPICS
from services.chat.lexicon.listing import word_set
from services.chat.planner.asking import Question
from services.chat.planner.patterns import WRITTEN, spoken
from services.chat.planner.read import Turn
from services.chat.question import Dimension, Interpretation

_WORD: Final = r"(?P<word>(?!§)[^\W\d_]{3,})"
_ABOUT: Final = re.compile(
    r"\b(?:about|regarding|concerning|related to|ask(?:ing|ed|s)? for|request(?:ing|ed) (?!by)|complain(?:ing|ed)? of)"
    rf" (?:(?:the|a|an|our|any|their|my|new|specific) )*{_WORD}"
)
_NO_TOPIC: Final = word_set(
    "it that this them those these us you me anything something everything nothing what which who whom how why when"
    " all half whom things stuff ones one each every messages yesterday average now both either same most mostly mainly"
    " usually often more less"
)
_KIND_OF: Final = re.compile(rf"\b{_WORD} (?:{WRITTEN}|msgs?|conversations?|chats?|cases?)\b")
_COUNTED: Final = re.compile(rf"\b(?:how many|number of) (?:(?:the|of|our|all|new|different|distinct) )*{_WORD}")
_SAID_OF: Final = re.compile(
    rf"\b(?:how many|{WRITTEN}|msgs?|conversations?|chats?|cases?|of them|they)(?: (?:that|which))?"
    r" (?:is|are|was|were|got|(?:have|has|had) been|have|has|had)"
    rf"(?: (?:not|never|still|already|also|only|just|currently|now|ever|yet|really|being|been))* {_WORD}"
)
_PREDICATE: Final = re.compile(
    r"(?:that |which )?(?:is|are|was|were|got|(?:have|has|had) been)"
    rf"(?: (?:not|never|still|already|also|only|just|currently|now|ever|yet|really|being|been))* {_WORD}\b"
)
_TALKED_OF: Final = word_set(
    "mentioned asked reported raised discussed there sent coming rising falling increasing decreasing growing dropping"
    " trending going up down higher lower"
)
_PLAIN_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_LEADS: Final = word_set(
    "tell asking having making getting seeing doing talking facing reporting mentioning complaining complain"
    " complained writing using compared compare comparing against contrast versus normal usual busy busier busiest"
    " quiet quieter calm calmer high higher worse better feature product speaking speakers about around until since"
    " during their your what where when which whole come past well okay also then made make makes more again"
    " overview summary summarise summarize happening happened going went look looks looking like still messages"
    " message trend trends development volume traffic activity compares difference different change changed changes"
    " please thanks report zoom swap replace switch exchange raw hello dear team into plus purely specific massive"
    " huge analyse analyze analysis monitor check review track update insight insights statistics stats figures data"
    " chart graph plot breakdown split distribution detail details result results"
)
"""Words that lead up to a topic or a period and say nothing of their own."""
_HARMLESS: Final = word_set(
    "request requests many much most more less fewer fewest least all any some few several various certain such same"
    " similar other another different distinct separate unique individual single whole entire total overall combined"
    " average mean median typical usual common frequent general regular main major minor biggest largest big large"
    " small smallest top worst best bad good serious severe real actual true key first last next previous past prior"
    " earlier recent latest newest oldest new old current present today yesterday daily weekly monthly hourly yearly"
    " annual quarterly incoming inbound received written stored labelled labeled classified processed unlabelled"
    " unlabeled unclassified unprocessed uncategorized uncategorised customer user player client people support"
    " service inbox the these those this that their our your his her its what which whose each every both either"
    " neither only just also even still now then here there not non but and nor without with within about for from"
    " than like as related regarding concerning excluding including except versus between among across per were was"
    " are did does have had has will would could should can may might must been being get got came come show give list"
    " find count counts compare read see tell quote display fetch print name sample example drove driving caused"
    " causing behind number numbers percent percentage share them they ones persons someone anyone everyone nobody"
    " none incidents outages spikes times hours days weeks months years minutes categories category topics topic"
    " labels label channels sources languages intents reasons things kinds types sorts mostly mainly usually often"
    " exactly roughly approximately around over under almost nearly really actually currently already ever never"
    " include exclude drop remove add keep filter restrict limit ignore skip forget hide want need please wants"
)
"""Words before "messages" or behind "how many" that restrict nothing, or whose restriction is read elsewhere."""

_COME_IN: Final = word_set(
    "sent posted submitted made raised reported logged filed lodged registered recorded created opened started begun"
    " given asked told said shared mailed typed arrived arriving come coming occurred occurring happened happening"
    " appeared appearing gone going asking telling saying talking speaking writing complaining reporting mentioning"
    " mentioned containing naming linked connected tied due tagged marked counted seen rising increasing growing"
    " trending falling dropping declining decreasing spiking peaking surging rose risen increased grown dropped"
    " fallen declined decreased doubled double tripled climbing higher lower affecting affected facing faced concerning"
    " involving hitting bothering too so very well back up down out down"
)
"""What is said of messages without restricting them: that they came, about what, and how their number goes."""


def unknown_topic(turn: Turn) -> Question | None:
    """The question to ask when a turn is about a word that is no topic here: "parking messages", "how many refunds"."""
    text = turn.reading.text
    found = _ABOUT.search(text)
    if found is not None and found["word"] not in _NO_TOPIC and not _is_known(turn, found, (0, 1, 2)):
        return _unknown(found["word"])
    for pattern in (_KIND_OF, _COUNTED, _SAID_OF):
        for found in pattern.finditer(text):
            beside = _COME_IN if pattern is _SAID_OF else _LEADS
            harmless = found["word"] in _HARMLESS | beside
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
        if _PLAIN_WORD.fullmatch(word) and word not in _HARMLESS | _TALKED_OF | _NO_TOPIC | _COME_IN | _LEADS:
            yield word


def _alone(turn: Turn) -> Iterator[str]:
    """Unknown words of a turn in which nothing else but its time is known: "chargebacks this month"."""
    reading = turn.reading
    if turn.tags or not turn.dates or reading.operation or reading.measure or reading.grouping or reading.quoted:
        return
    words = [word for word in reading.text.split() if _PLAIN_WORD.fullmatch(word)]
    yield from (word for word in words if word not in _HARMLESS | _TALKED_OF | _NO_TOPIC | _COME_IN | _LEADS)


def _said_of_topics(turn: Turn) -> Iterator[str]:
    """Unknown words that are said of a topic: "withdrawals that were approved"."""
    words = turn.reading.text.split()
    for tag in turn.tags:
        found = _PREDICATE.match(" ".join(words[tag.end :])) if tag.kind in TOPICS else None
        if found is None or found["word"] in _HARMLESS | _TALKED_OF:
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
            if found["word"] not in _HARMLESS | _NO_TOPIC and not _is_known(turn, found, (0, 1)):
                return _ONE_PASSAGE
    return None


_EVENT: Final = re.compile(
    r"\b(?P<told>(?:since|after|before|during|until|till|around|following|prior to|ahead of|on)"
    r" (?:(?:the|our|my|your|their|its|his|her|a|an|this|that|last|latest|new|recent|big|we|they|i|you) )*"
    r"(?P<word>(?!§)[^\W\d_]{3,}))"
)
_BARE_HOUR: Final = re.compile(r"\b(?P<told>(?:since|after|before|until|till) (?P<word>\d{1,2}))(?= ?$| [?,])")
_OWN_DAY: Final = frozenset({"birthday", "anniversary", "payday", "holiday", "vacation", "birthdays"})
_NO_EVENT: Final = word_set(
    "then that this them these those now today yesterday midnight noon day days night nights week weeks weekend"
    " weekends whole entire course full length month months quarter year years hour hours morning mornings afternoon"
    " evening minute minutes time times period periods date dates and the what which when who how all each every both"
    " either many much opening business office working closing peak half start beginning end middle last first next"
    " previous same or in by was were is are of with from it"
)


def unknown_event(turn: Turn) -> Question | None:
    """The question to ask when a period is told by what happened in it: "since the update", "during the match"."""
    for found in (*_EVENT.finditer(turn.reading.text), *_BARE_HOUR.finditer(turn.reading.text)):
        word = found["word"]
        if word in _OWN_DAY or (not found["told"].startswith("on ") and word not in _NO_EVENT):
            return Question(
                reason=f"“{found['told']}” is no period that is known here; please give dates.",
                choices=("How many messages since Monday?", "How many messages were there by day this month?"),
            )
    return None


_OLDEST: Final = spoken(
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


def first_of_all(turn: Turn) -> Question | None:
    """The question to ask when the oldest message is meant: "when was the first complaint?"."""
    return _NEWEST_ONLY if _OLDEST.search(turn.reading.text) else None


_ROW: Final = spoken(
    r"(?:the|that|this) (?:\d{1,2}(?:st|nd|rd|th)|last|top|biggest|largest|smallest|other)"
    r" (?:one|row|item|entry|result)"
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
