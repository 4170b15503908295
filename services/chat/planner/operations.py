"""Which kind of answer is asked for: a number, example messages, what changed, spikes or incidents."""

import re
from typing import Final

from services.chat.planner.patterns import MESSAGES, PEOPLE, UTTERANCES, anywhere, spoken
from services.chat.question import Operation

_RISE: Final = r"(?:rise|increase|drop|jump|surge|spike|fall|decrease|growth|changes?|peak|decline|dip|difference)"
_CONTACT: Final = (
    r"(?:contact|contacting|contacted|write|writing|written|wrote|reach|reaching|message|messaging|get|getting|come"
    r"|call|calling)"
)
_WHY: Final = spoken(
    r"why",
    r"how come",
    r"what (?:caused|causes|cause|drove|drives|explains?|made|triggered|happened to|led to)",
    r"what (?:is|was|are) (?:behind|driving|causing)",
    r"what lies behind",
    rf"(?:reasons?|causes?|explanation|drivers?) (?:for|of|behind) (?:(?:the|this|that|our|a) )?(?:\w+ )?{_RISE}",
    rf"explain (?:(?:the|this|that) )?(?:\w+ ){{0,2}}{_RISE}",
    r"explain (?:that|this|it)",
    r"what (?:has |have )?changed(?! (?:the )?(?:most|least|fastest))",
    r"(?:what (?:is|was) (?:so )?|anything )different(?! (?:from|between))",
    r"root causes?",
    r"what (?:accounts|is responsible) for",
)
_WHY_TOPICS: Final = spoken(
    rf"why (?:do|did|are|were|have|would) (?:(?:our|the|most|these|those|so many|many) )*{PEOPLE} (?:\w+ )?{_CONTACT}",
    r"why (?:are we|were we|do we) (?:being )?(?:contacted|get(?:ting)? (?:messages|contacted))",
)
_SPIKES: Final = spoken(
    r"spikes?",
    r"spiked",
    r"spiking",
    r"peaks",
    r"any peak",
    r"anomal(?:y|ies|ous)",
    r"outliers?",
    r"abnormal(?:ly|ities)?",
    r"out of the ordinary",
    r"unusual(?:ly)?",
    r"surges?",
    r"bursts?",
    r"irregularit(?:y|ies)",
    r"strange|weird|odd|oddly|peculiar|extraordinary|exceptional|exceptionally",
    r"(?:than|to|with|against) (?:(?:the|our) )?(?:usual|average|normal|expected)",
    r"suspicious",
    r"(?:is|was|are|were) §\d+ (?:\w+ )?(?:normal|typical|usual|ok|okay)",
    r"(?:bl[eo]w|blown|blowing) up",
    r"(?:is|are|was|were) \d+ (?:[^\W\d]+ ){1,4}?(?:normal|typical|usual|unusual)",
    r"(?:is|was|are|were) (?:(?:the|our) )?(?:number|volume|amount|level|count)s? of .*\b(?:normal|usual|typical)",
    r"(?:is|was|are|were) (?:that|this|it|they|those) (?:(?:considered|even|really) )*(?:normal|typical|usual)"
    r"(?= ?$| [?,]| for )",
    r"(?:was|is|were) (?:\S+ ){1,3}?(?:a|an) (?:normal|ordinary|regular|usual) (?:day|week|weekend|month)",
)
_INCIDENTS: Final = spoken(
    r"incidents?",
    r"outages?",
    r"(?:distinct|separate|different|unique) (?:issues|problems)",
    r"(?:what|anything|something) (?:\w+ )?(?:went|go(?:es|ne|ing)?) wrong",
    r"(?:something|anything|everything|what) (?:is |was |currently |still )?(?:broken|wrong|down|not working)",
    r"(?:is|was) (?:there )?(?:something|anything) (?:\w+ )?(?:broken|wrong|down)",
)
_COUNTING: Final = spoken(r"how many", r"number of", r"counts?", r"how often", r"total", r"amount of")
_ROWS: Final = spoken(r"by", r"per", r"trend")
_ASKED: Final = rf"(?:{_CONTACT}|complain(?:ed)?|ask(?:ed)?|mention(?:ed)?)"
_LAST: Final = r"(?:very )?(?:last|latest|newest|most recent)"
_WHEN_LAST: Final = spoken(
    rf"when (?:was|were|is) (?:the |our )?{_LAST} (?!day|week|month|quarter|year|weekend|spike|peak)\w+",
    rf"when did (?:\w+ ){{0,2}}?(?:last|most recently) (?:\w+ )?{_ASKED}",
    rf"^(?:show (?:me )?)?(?:(?:the|our) )?{_LAST} (?:message|complaint|ticket|question)"
    r"(?= (?:about|from|on|in|via|by|with|that|saying)|$| \?)",
    rf"what (?:time|day|date) (?:was|did|is) (?:the |our )?{_LAST} \w+",
    rf"{_LAST} time (?:that )?(?:\w+ ){{0,2}}?{_ASKED}",
)
"""Told by the newest message, which says when it was written."""
_QUOTING: Final = spoken(
    r"examples?",
    r"samples?",
    r"verbatims?",
    r"quotes?",
    r"quotations?",
    r"excerpts?",
    r"own words",
    rf"what (?:(?:did|do|are|were|have|has) )?(?:\w+ ){{0,2}}?(?:{PEOPLE}|they|everyone) (?:\w+ )?(?:say|said|saying)",
    r"which messages",
    rf"(?:show|read|see|give)(?: me| us)? what (?:the |our )?(?:{PEOPLE}|they|everyone) (?:say|said|wrote|writes?)",
    r"what (?:did|does|has) (?:he|she) (?:\w+ )?(?:say|said|write|wrote|written|ask|asked|complain|want)(?:ed)?",
    r"what (?:did|have) they (?:write|written)(?= ?$| [?§]| to us)",
    r"what (?:was|were|is|has been|gets) (?:being )?said (?:about|on|regarding)",
    r"what (?:did|has|does) ¤\w+ (?:\w+ )?(?:say|said|write|wrote|written|complain|ask)(?:\w*)",
    rf"what (?:(?:did|do|are|were|have|has) )?(?:\w+ ){{0,2}}?(?:{PEOPLE}|they|everyone) (?:\w+ )?"
    r"(?:write|wrote|writing|written) (?:about|regarding) (?!§|on|in|via|most|last|to)\w+",
)
_SHOW: Final = (
    r"(?:show|give|list|read|display|see|fetch|find|bring(?! more| fewer| less| in)|pull up|open)(?: me| us| out)?"
)
_SOME: Final = (
    r"(?:the|some|a few|few|several|all|any|these|those|actual|original|raw|latest|newest|recent|most recent|last"
    r"|random|\d+|of|a|an|more)"
)
_SHOWING: Final = anywhere(
    rf"\b{_SHOW} (?:{_SOME} )*(?:(?:[§¤]?\w+) ){{0,4}}?{UTTERANCES}\b",
    rf"\b{_SHOW} (?:{_SOME} )*(?:them|some|ones?|more|few|it|those|these)(?= |$)",
    rf"\b{_SHOW} (?:(?:the|me) )?(?:some|a few|few|several|\d+|latest|newest) ",
    r"\blet (?:me|us) (?:see|read)\b",
    rf"\b(?:latest|newest|most recent) (?:\d+ )?(?:\w+ ){{0,3}}?{UTTERANCES}\b",
    rf"^(?:(?:the|my|our|last|a|any|some|all) )*(?:recent|last \d+|\d{{1,3}}) (?:\w+ ){{0,3}}?{UTTERANCES}\b",
    r"^(?:a|an|one|1) (?:\w+ )?(?:message|complaint|compliment|suggestion|question)(?= ?$| [?§]| (?:about|from|on|in))",
    rf"(?:,|\band|-) {_SHOW} (?:a few|few|some|several|\d+)(?: of (?:them|those|these))?(?: please)?(?: \?)?$",
)
_WRITERS: Final = re.compile(rf"\b(?:from|by|of|where|in which) (?:(?!¤)\w+ ){{0,2}}?{PEOPLE}\b")
"""People who are named as those who wrote, in what is to be shown."""
_AGGREGATE: Final = spoken(
    r"how many",
    r"(?:see|show|tell)(?: me| us)? how",
    r"counts?",
    r"numbers?",
    r"trend",
    r"by",
    r"per",
    r"each",
    r"share",
    r"percent(?:age)?",
    r"proportion",
    r"average",
    r"top",
    r"total",
    r"rank(?:ing)?",
    r"compar(?:e|ison)",
    r"vs",
    r"versus",
    r"over time",
    r"breakdown",
    r"split",
    r"distribution",
    r"(?:hour|dai|week|month)ly",
    r"most(?! recent)",
    r"busiest",
    r"statistics",
    r"stats",
    r"figures?",
    r"chart",
    r"graph",
    r"plot",
    r"volume",
    r"(?:a|the|my|full|status) reports?",
    r"overview",
    r"summary",
    r"reasons?",
    r"topics?",
    r"categories",
    r"channels",
    r"languages",
    r"sources",
    r"intents",
    r"development",
    r"evolution",
    r"timeline",
    r"confidence",
    r"incidents?",
    PEOPLE,
)
_LIMIT: Final = anywhere(
    rf"\b(\d{{1,4}}) (?:(?!percent|\d)[^\W\d]+ ){{0,4}}?(?:more|others?|examples?|samples?|quotes?|excerpts?|ones"
    rf"|of (?:them|those|these)|{MESSAGES}|complaints?)\b",
    rf"\b{_SHOW} (?:the )?(?:(?:last|latest|first|newest|top) )?(\d{{1,4}})\b",
)
_JUST: Final = re.compile(
    r"^(?:(?:only|just|the|and|now|show|give|me|but|please|last|latest|newest|first|top|recent) )*(\d{1,4})"
    r"(?: please)?(?: \?)*$"
)
_ONE: Final = spoken(
    r"(?:an|1|one|a single|single|another) (?:\w+ ){0,2}?(?:example|sample|quote|excerpt|instance)",
    r"the (?:very )?(?:last|latest|newest|most recent) (?:(?!\d)\w+ ){0,3}?(?:message|complaint|ticket|conversation"
    r"|question|suggestion|compliment|request|rant|one)(?!s)",
    r"^(?:\w+ ){0,2}?(?:a|an|one) (?:\w+ )?(?:message|complaint|compliment|suggestion)"
    r"(?= ?$| (?:about|from|on|in|§))",
)
MAX_EXAMPLES: Final = 1000


def operation_of(text: str) -> Operation | None:
    """The operation the text asks for by name; None where it does not say."""
    if _WHY.search(text) and not _WHY_TOPICS.search(text):
        return Operation.EXPLAIN_CHANGE
    if _INCIDENTS.search(text):
        return Operation.STATS if counts_incidents(text) else Operation.INCIDENTS
    if _SPIKES.search(text):
        return Operation.SPIKES
    return Operation.EXAMPLES if is_examples(text) else None


def counts_incidents(text: str) -> bool:
    """Whether a number of incidents is asked for."""
    return bool(_INCIDENTS.search(text) and (_COUNTING.search(text) or _ROWS.search(text)))


_SEES: Final = spoken(
    r"(?:do|did|are|have) (?:we|you|i|they) (?:\w+ )?(?:see|seeing|seen|find|finding)\b.*"
    r"(?:ris(?:e|ing)|increas\w+|more|fewer|less|drop\w*|declin\w+|growth|chang\w+|improve\w*|decreas\w+|fall\w*|jump"
    r"|uptick|surge)"
)


def is_examples(text: str) -> bool:
    """Whether messages themselves are wanted, not a number about them. "Do we see more of them" asks for none."""
    return not _SEES.search(text) and bool(
        _QUOTING.search(text)
        or _WHEN_LAST.search(text)
        or (_SHOWING.search(text) and not _AGGREGATE.search(_WRITERS.sub("", text)))
    )


def examples_limit(text: str) -> int:
    """How many examples are wanted, 0 where the text does not say."""
    if _ONE.search(text) or _WHEN_LAST.search(text):
        return 1
    if just := _JUST.search(text):
        return min(int(just[1]), MAX_EXAMPLES)
    found = _LIMIT.search(text)
    return min(int(found[1] or found[2]), MAX_EXAMPLES) if found else 0
