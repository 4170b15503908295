"""Words that a question leans on and that are nothing here: to count without them would answer another question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind, Tag, stem
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.matcher import tagged
from services.chat.planner.asking import Question, filtered
from services.chat.planner.patterns import WRITTEN, spoken
from services.chat.planner.plain_words import COME_IN, HARMLESS, LEADS, NO_TOPIC, PASSED_OVER, TALKED_OF
from services.chat.planner.read import Turn
from services.chat.question import Order, StatsQuery

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
_WITH: Final = re.compile(rf"\b(?:{_THINGS}) (?:with|having) (?:(?:the|a|an|any|no|some|their|our) )*{_WORD}")
_SAID_OF: Final = re.compile(
    rf"\b(?:how many|{_THINGS}|of them|they)(?: (?:that|which))? (?:{_BEEN}|have|has|had){_SAID}"
)
_PREDICATE: Final = re.compile(rf"(?:that |which )?(?:{_BEEN}){_SAID}\b")
_PLAIN_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_ONE_WORD: Final = re.compile(r"(?:(?:and|the|any|our) )*\w+(?: \?)*")
_ASKS: Final = word_set("asked tried trying try wanted wish")
_AUXILIARIES: Final = word_set("that which were was is are got get has have had been being not did do does never still")
_REACH: Final = 3
"""Words between a state and the topic it is said of."""


def unknown_topic(turn: Turn) -> Question | None:
    """The question to ask when a turn is about a word that is no topic here: "parking messages", "how many refunds"."""
    text = turn.reading.text
    found = _ABOUT.search(text)
    if found is not None and found["word"] not in NO_TOPIC and not is_known(turn, found, (0, 1, 2)):
        return no_topic(found["word"])
    for pattern in (_KIND_OF, _COUNTED, _SAID_OF, _WITH):
        for found in pattern.finditer(text):
            beside = COME_IN if pattern is _SAID_OF else LEADS
            harmless = found["word"] in HARMLESS | beside
            if harmless or is_known(turn, found, (0,)):
                continue
            if word := _noun_from(turn, found):
                return no_topic(word)
    words = (*_said_of_topics(turn), *_before_topics(turn), *_beside_states(turn), *_alone(turn), *_in_its_place(turn))
    return next(map(no_topic, words), None)


def _noun_from(turn: Turn, found: re.Match[str]) -> str:
    """The word found, or the first one behind it that may be a topic: "how many asked to return an item". Empty where
    all behind it is known: "how many asked to talk to a human".
    """
    if found["word"] not in PASSED_OVER | _ASKS:
        return found["word"]
    text, known = turn.reading.text, {place for tag in turn.tags for place in range(tag.start, tag.end)}
    first = len(text[: found.end()].split())
    behind = list(enumerate(text.split()))[first:]
    named = next((word for place, word in behind if place not in known and _may_be_topic(word)), "")
    return named or ("" if known & {place for place, _ in behind} else found["word"])


def _may_be_topic(word: str) -> bool:
    return bool(_PLAIN_WORD.fullmatch(word)) and word not in PASSED_OVER and not tagged(word)


def _beside_states(turn: Turn) -> Iterator[str]:
    """Unknown words that a state is said of where no topic is: "blocked cards", "transfers that have not arrived"."""
    words = turn.reading.text.split()
    owned = [item for item in turn.reading.items if item.kind in TOPICS]
    for tag in turn.tags:
        if (
            tag.kind is not Kind.STATE
            or tag.text in {"late", "slow"}
            or any(item.start < tag.end and tag.start < item.end for item in owned)
        ):
            continue
        near = [*words[tag.end : tag.end + 1], *reversed(_before(words, tag.start))]
        yield from (word for word in near if _may_be_topic(word) and not _is_owned(turn, tag))


def _before(words: Sequence[str], start: int) -> list[str]:
    """The words before a state up to the first that is no auxiliary."""
    while start and words[start - 1] in _AUXILIARIES:
        start -= 1
    return list(words[max(start - 1, 0) : start])


def _is_owned(turn: Turn, state: Tag) -> bool:
    """Whether a topic stands within reach of the state: "failed deposits", "deposits that have not arrived"."""
    topics = [tag for tag in turn.tags if tag.kind in {Kind.CATEGORY, Kind.INTENT}]
    return any(abs(tag.end - state.start) <= _REACH or abs(state.end - tag.start) <= _REACH for tag in topics)


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
    if (
        turn.tags
        or not (turn.dates or reading.changes or _ONE_WORD.fullmatch(reading.text))
        or reading.operation
        or reading.measure
        or reading.grouping
        or reading.quoted
    ):
        return
    words = [word for word in reading.text.split() if _PLAIN_WORD.fullmatch(word)]
    yield from (word for word in words if word not in PASSED_OVER)


_IN_ITS_PLACE: Final = re.compile(
    rf"{_WORD}(?= (?:(?:on|in|from|via|by|per|across|over|during|since|vs|versus|and|or) |§\d+)| ?$| [?,])"
)


_LED: Final = re.compile(r"(?:^|\b(?:of|show|me|top|average|compare|negative|positive|neutral|how many|number of) )$")
_NO_NOUN: Final = word_set(
    "instead heatmap somebody compare total totals channels percentages highest lowest smallest largest biggest ranked"
    " side sorted sort order group rank arrange send receive write need needs"
)


def _in_its_place(turn: Turn) -> Iterator[str]:
    """Unknown words where a topic would stand, in a turn that names none: "refunds on Telegram", "trend of refunds"."""
    reading = turn.reading
    if any(item.kind in TOPICS for item in reading.items) or reading.operation or reading.quoted or turn.forgets:
        return
    for found in _IN_ITS_PLACE.finditer(reading.text):
        led = _LED.search(reading.text[: found.start()]) or found["word"].endswith("s")
        if led and _may_be_topic(found["word"]) and found["word"] not in _NO_NOUN and not is_known(turn, found, (0,)):
            yield found["word"]


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


def is_known(turn: Turn, found: re.Match[str], ahead: Sequence[int]) -> bool:
    """Whether the word is part of a phrase of the lexicon, or one begins so many words further on."""
    index = len(turn.reading.text[: found.start("word")].split())
    return any(tag.start <= index < tag.end or tag.start - index in ahead for tag in turn.tags)


def no_topic(word: str) -> Question:
    """The question to ask about a word that is no topic here."""
    return Question(
        reason=f"“{word}” is no topic that messages are labelled with; it can be looked for in their words.",
        choices=(f'How many messages mention "{_looked_for(word)}"?', "How many messages were there by category?"),
        word=word,
    )


_SHORTEST_SINGULAR: Final = 4


def _looked_for(word: str) -> str:
    """What to look for: of a plural its singular as well, since messages are searched by whole words."""
    single = stem(word)
    return f"{single} or {word}" if single != word and len(single) >= _SHORTEST_SINGULAR else word


def beside_the_known(question: Question, known: StatsQuery) -> Question:
    """The same question back, with what else was said kept for the next turn: "welcome bonuses since Monday"."""
    kept = replace(known, group_by=(), order=Order.VALUE_DESC, limit=0)
    about = filtered(known.filters)
    if not about or question.rows:
        return replace(question, query=kept)
    choices = (f'How many of them mention "{_looked_for(question.word)}"?', f"How many messages came in{about}?")
    return replace(question, choices=choices, query=kept)


_PER_THREAD: Final = spoken(r"(?:per|each|every|by) (?:conversation|thread|ticket|chat|case)")
_ONE_BY_ONE: Final = Question(
    reason="Messages are counted, not the conversations they stand in.",
    choices=("How many messages were there by day?", "How many users wrote last week?"),
)
_LACKING: Final = Question(
    reason="Messages are found by words they have, not by words they lack.",
    choices=('How many messages mention "refund"?', "How many messages came in last week?"),
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
    if turn.reading.quoted_out:
        return _LACKING
    if turn.reading.quoted and "¤quote" in text:
        return _ONE_PASSAGE
    if turn.reading.quoted or _MENTIONS.search(text):
        for found in _OTHER_PASSAGE.finditer(text):
            if found["word"] not in HARMLESS | NO_TOPIC and not is_known(turn, found, (0, 1)):
                return _ONE_PASSAGE
    return None
