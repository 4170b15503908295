"""What is asked of an answer instead of the messages: what a label means, where a number comes from, what to do. Pure.

No query answers these; they are told in words, and what is in force stays.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind, Tag
from services.chat.lexicon.matcher import tagged
from services.chat.lexicon.meanings import MEANINGS, SENTIMENT_MEANINGS
from services.chat.planner.asking import Question, sentence
from services.chat.planner.patterns import PEOPLE, spoken
from services.chat.planner.read import Turn
from services.chat.question import Filters, Interpretation, LabelFilter, StatsQuery
from services.chat.results.row_names import label_title, plain_name
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS

_COUNTED: Final = r"(?:counts?|counted|qualif(?:y|ies)|falls?|goes|go|belongs?)"
_MEANING: Final = spoken(
    rf"(?:what|which)(?: \w+)? {_COUNTED} (?:as|under|in|into|to|towards?)",
    r"(?:what|how) (?:do|did|does|would) (?:you|it|earshot)"
    r" (?:count|define|classify|label|understand|mean)(?: as| by| under)?",
    r"what (?:is|are) (?:counted|meant|included|classed|classified|contained|labelled) (?:as|by|with|in|under)",
    r"what (?:is|are|goes) (?:in|into|under|inside|behind) (?:(?:the|category|label|topic|intent) )+\w+"
    r"(?: (?:category|label|topic|intent))?(?= ?$| [?,])",
    r"what (?:does|do|did)(?: .*)? (?:mean|contain|include|cover|stand for|consist of)"
    r"(?: (?:here|exactly|for you))?(?= ?$| [?,])",
    r"(?:definition|meaning) (?:of|for)",
    r"^(?:please )?(?:define|explain|describe)",
    r"^what is (?:(?:an? )?(?:\w+ )?\w+|(?:the )?(?:label|category|intent|topic) \w+)(?: \?)*$",
)
_NO_MEANING: Final = spoken(
    r"(?:explain|describe) (?:why|how|the|this|that|it)",
    r"what (?:does|do|did) (?:they|people)",
    r"what is (?:our|new|wrong|up|down|going|happening|the|most|trending)",
    r"sentiment|mood|share|average|trend|total|number|percent",
)
_MOST_EXPLAINED: Final = 6
_OTHER: Final = re.compile(r"\bothers?\b")


def _asks_for_meaning(turn: Turn) -> Question | None:
    """What a label stands for, where the turn asks that: "what counts as a complaint?"."""
    text, quoted = turn.reading.text, turn.reading.quoted.lower()
    if not _MEANING.search(text) or _NO_MEANING.search(text) or turn.dates or turn.reading.operation:
        return None
    tags = (*turn.tags, *tagged(quoted))
    filters = _named(tags, other=bool(_OTHER.search(f"{text} {quoted}")))
    intents = [i for i in INTENTS if i in filters.intents.any_of or CATEGORY_OF_INTENT[i] in filters.categories.any_of]
    if not intents:
        return _of_sentiments(tags)
    told = "; ".join(_told(intent) for intent in intents[:_MOST_EXPLAINED])
    return Question(reason=f"{told}.", choices=(sentence(StatsQuery(filters=filters), "last week"),))


def _named(tags: Sequence[Tag], *, other: bool) -> Filters:
    """The topics that are named, without their states."""
    topics = [tag for tag in tags if tag.kind in TOPICS]
    whole = [value for tag in topics if tag.kind is Kind.CATEGORY for value in tag.values]
    single = [value for tag in topics if tag.kind is not Kind.CATEGORY for value in tag.values]
    if other and not topics:
        whole = ["other"]
    return Filters(categories=LabelFilter(any_of=tuple(whole)), intents=LabelFilter(any_of=tuple(single)))


def _told(intent: str) -> str:
    title = label_title(intent).alone
    return f"“{title[:1].upper()}{title[1:]}” – {MEANINGS[intent]}"


def _of_sentiments(tags: Sequence[Tag]) -> Question | None:
    named = dict.fromkeys(value for tag in tags if tag.kind is Kind.SENTIMENT for value in tag.values)
    told = "; ".join(f"“{plain_name(name).capitalize()}” – {SENTIMENT_MEANINGS[name]}" for name in named)
    return Question(reason=f"{told}.", choices=("What was the sentiment last week?",)) if told else None


_NUMBERS: Final = r"(?:numbers?|figures?|answers?|data|results?|labels?)"
_THIS: Final = rf"(?:that|this|it|they|these|those|(?:the|your|these|those|this|that) {_NUMBERS})"
_TRUE: Final = r"(?:right|correct|true|accurate|reliable|exact|real|certain|trustworthy|valid)"
_WORKED_OUT: Final = r"(?:calculated|computed|counted|measured|worked out|determined|made|decided|assigned|set)"
_WORK_OUT: Final = r"(?:calculate|compute|count|get|arrive at|measure|work out)"
_KIND: Final = r"(?:sentiment|mood|label|topic|categor(?:y|ie)|intent|language)s?"
_WHENCE: Final = spoken(
    r"how (?:do|did|can|would) you know(?! (?:about|of|my|me))",
    r"(?:are|were) you (?:really |quite |absolutely )?(?:sure|certain|confident)(?= ?$| [?,]| about (?:that|this|it))",
    rf"where (?:do|does|did|is|are) {_THIS}(?: \w+)? (?:coming |taken )?(?:come )?from",
    rf"how (?:did|do|does) (?:you|it|earshot) {_WORK_OUT}(?: {_THIS}| all|(?: the)? {_KIND})?(?= ?$| [?,])",
    rf"how (?:is|are|was|were) (?:{_THIS}|(?:the )?{_KIND}) {_WORKED_OUT}",
    rf"(?:is|are|was|were) {_THIS} (?:really |actually |all )?{_TRUE}",
    rf"how {_TRUE} (?:is|are|was|were) {_THIS}",
    rf"(?:can|could|should) (?:i|we) (?:really )?(?:trust|rely on|believe) {_THIS}",
    rf"what (?:is|are|was|were) {_THIS} based on",
    rf"(?:what is )?(?:the |your )?source of (?:this|that|these|the) {_NUMBERS}",
)
_COUNTED_SO: Final = Question(
    reason="The store counts every number from the messages themselves, in the filters and the period that “Read as”"
    " names. Labels are set by a classifier, which can be wrong about single messages. An answer's receipt runs its"
    " queries again.",
    choices=("Show examples", "What is the average confidence by category?"),
)
_MEND: Final = (
    r"(?:reduce|fix|solve|improve|lower|cut|prevent|avoid|stop|handle|resolve|address|tackle|deal with|get fewer)"
)
_ADVICE: Final = spoken(
    r"what (?:should|can|could|shall|must|would) (?:i|we|you|one) (?:do|recommend|suggest|advise)(?! (?:you|see))",
    rf"how (?:can|could|should|do|would) (?:i|we|you) {_MEND}",
    r"(?:what|anything) (?:do|would) you (?:recommend|suggest|advise)",
    r"(?:any|your|some|give (?:me|us)) (?:advice|recommendations?|tips)",
)
_NO_ADVICE: Final = Question(
    reason="I count and show what customers wrote; what to do about it is yours to decide.",
    choices=("What were the top 5 reasons for complaints last month?", "Show examples of complaints from last week"),
)
_HAVE: Final = r"(?:that|who|have|has|had|did|do|are|were|we|already)"
_GONE: Final = r"(?:left|lost|leaving|leave|quit|churned|gone|stopped playing)"
_LOST: Final = spoken(
    rf"(?:lost|churned|departed|lapsed|inactive) {PEOPLE}",
    rf"los(?:e|es|ing|t) (?:\w+ ){{0,2}}?{PEOPLE}",
    rf"{PEOPLE} (?:{_HAVE} )*{_GONE}(?= (?:us|§\d+|we|because|over|since|in|by|per)\b|$| [?,])",
)
_WHO_LEFT: Final = Question(
    reason="Who stays and who leaves is not in the messages; what customers write about closing their accounts, and"
    " what they complain about, is.",
    choices=(
        "How many messages came in about account closures last month?",
        "How many people wrote about account closures last month?",
        "How many messages came in about complaints last month?",
    ),
)


def of_the_answer(turn: Turn, base: Interpretation | None) -> Question | None:
    """What to say where the answer itself is asked about, advice is wanted, or customers who went are counted."""
    text = turn.reading.text
    if _WHENCE.search(text):
        return _COUNTED_SO if base is not None else replace(_COUNTED_SO, choices=_COUNTED_SO.choices[1:])
    if _ADVICE.search(text):
        return _NO_ADVICE
    return _WHO_LEFT if _LOST.search(text) else _asks_for_meaning(turn)
