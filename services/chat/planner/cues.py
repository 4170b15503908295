"""The small words that decide the shape of a question: operation, measure, share, contrast, change, narrowing."""

import re
from typing import Final

from services.chat.planner.reading import ShareSides
from services.chat.question import Measure, Operation

_PEOPLE: Final = r"(?:people|persons?|users?|customers?|players?|members?|clients?|folks?|punters?|guests?|gamblers?|individuals?|visitors?|bettors?)"
_MESSAGES: Final = r"(?:messages?|msgs?|tickets?|texts?|posts?|conversations?|cases?|mentions?|contacts?|chats?)"

CONTRAST: Final = re.compile(
    r"\b(?:vs|versus|compar(?:e|ed|ing|ison)|than|against|difference between|differ|relative to|as opposed to)\b"
    r"|\bcontrast\b|\bor\b.*\b(?:more|most|bigger|higher|worse|which)\b|\b(?:more|which)\b.*\bor\b"
)
CHANGE: Final = re.compile(
    r"\b(?:ris(?:e|es|en|ing)|rose|increas(?:e|es|ed|ing)|grow(?:s|n|th|ing)?|grew|(?:go|goes|went|gone|going|are|is|was|were|been|they) (?:up|down)"
    r"|(?:up|down) (?:on|from|by|compared|vs|versus|or (?:up|down))|dropp?(?:ed|s|ing)?|f[ea]ll(?:s|en|ing)?|decreas(?:e|es|ed|ing)|declin(?:e|es|ing)"
    r"|chang(?:e|es|ed|ing)|jump(?:s|ed|ing)?|surg(?:e|es|ed|ing)|spik(?:e|ed|ing)|shrank|shrink(?:ing)?|improv(?:e|es|ed|ing)|worsen(?:s|ed|ing)?"
    r"|(?:got|get|getting) (?:worse|better)|climb(?:s|ed|ing)?|soar(?:s|ed|ing)?|plummet(?:ed|ing)?|differ(?:ent|s|ence)?|doubled|tripled|explod(?:e|ed|ing))\b"
)
_WHY: Final = re.compile(
    r"\bwhy\b|\bhow come\b|\bwhat (?:caused|causes|cause|drove|drives|explains?|is behind|was behind|lies behind|is driving|happened to|made|led to|is causing|triggered)\b"
    r"|\b(?:reasons?|causes?|explanation|driver|drivers) (?:for|of|behind) (?:the |this |that |our )?(?:\w+ )?(?:rise|increase|drop|jump|surge|spike|fall|decrease|growth|change|peak|decline)\b"
    r"|\bexplain (?:the |this |that )?(?:\w+ ){0,2}(?:rise|increase|drop|jump|surge|spike|fall|decrease|growth|changes?|peak|decline|difference)\b"
    r"|\bexplain (?:that|this|it)\b|\bwhat (?:has |have )?changed\b|\broot causes?\b|\bwhat (?:accounts|is responsible) for\b"
)
_WHY_TOPICS: Final = re.compile(
    rf"\bwhy (?:do|did|are|were|have|would) (?:(?:our|the|most|these|those|so many|many) )*{_PEOPLE} (?:\w+ )?(?:contact|contacting|contacted|write|writing|written|wrote|reach|reaching|message|messaging|get|getting|come|call|calling)\b"
    r"|\bwhy (?:are we|were we|do we) (?:being )?(?:contacted|get(?:ting)? (?:messages|contacted))\b"
)
_SPIKES: Final = re.compile(
    r"\b(?:spikes?|anomal(?:y|ies|ous)|outliers?|abnormal(?:ly|ities)?|out of the ordinary|unusual(?:ly)?|surges?|bursts?|irregularit(?:y|ies)|strange|suspicious)\b"
    r"|\bpeaks\b|\bspiked\b|\bspiking\b|\bany peak\b"
)
_INCIDENTS: Final = re.compile(r"\b(?:incidents?|outages?)\b|\b(?:distinct|separate|different|unique) (?:issues|problems)\b")
_COUNTING: Final = re.compile(r"\b(?:how many|number of|count(?:s)?(?: of)?|how often|total|amount of)\b")
_EXAMPLES: Final = re.compile(
    r"\b(?:examples?|samples?|verbatims?|quotes?|quotations?|excerpts?|instances?)\b"
    rf"|\b(?:show|give|list|read|display|see|fetch|find|get|bring|pull up|open|want)(?: me| us| out)?(?: to see| to read)? (?:(?:the|some|a few|few|several|all|any|these|those|actual|original|raw|latest|newest|recent|most recent|last|random|\d+|of|a|an|more) )*(?:(?:\w+|§\d+) ){{0,4}}?{_MESSAGES}\b"
    r"|\b(?:show|give|list|read)(?: me| us)? (?:(?:the|some|a few|few|several|all|any|these|those|\d+|latest|newest|more) )*(?:them|some|ones|one|more|few|it|of them|of those|those|these)(?= |$)"
    r"|\bwhat (?:did|do|does|are|were|exactly did|exactly do|exactly are) (?:\w+ ){1,4}?(?:say|saying|said|write(?! in)|writing(?! (?:in|about|to))|wrote)\b(?! about$)"
    r"|\blet (?:me|us) (?:see|read)\b|\bin their own words\b|\b(?:latest|newest|most recent) \d* ?(?:\w+ ){0,3}(?:messages?|complaints?)\b"
)
_SHOWN: Final = re.compile(r"^(?:please |can you |could you |just |now |and |then |also |i want to |let us )*(?:show|list|give|see|read|display|find|fetch|get)\b")
_AGGREGATE: Final = re.compile(
    r"\b(?:how many|number|count|counts|trend|by|per|each|share|percent(?:age)?|average|top|total|ranking|rank|compare|comparison|vs|versus|over time|breakdown|split|distribution|daily|hourly|weekly|monthly|most|busiest|statistics|stats|figures?|numbers|chart|graph|plot|volume|overview|summary|proportion|reasons?|topics?|categories|channels|languages|sources|intents|development|evolution|timeline|confidence|incidents?|users?|customers?|people|players?)\b"
)
_EXAMPLES_LIMIT: Final = re.compile(rf"\b(\d{{1,4}}) (?:(?!percent|\d)[^\W\d]+ ){{0,4}}?(?:examples?|samples?|quotes?|{_MESSAGES}|complaints?|ones|of (?:them|those|these)|excerpts?)\b|\b(?:show|give|list|read)(?: me| us)? (?:the )?(?:(?:last|latest|first|newest|top) )?(\d{{1,4}})\b")
_ONE_EXAMPLE: Final = re.compile(r"\b(?:an|1|one|a single|single|another) (?:\w+ ){0,2}?(?:example|sample|quote|excerpt|instance)\b")

_CONFIDENCE: Final = re.compile(
    r"\b(?:(?:average|mean|avg|overall|median|typical) (?:\w+ ){0,2}?(?:confidence|certainty|probability)|how (?:confident|sure|certain)|confidence (?:of|in|for|by|per|score|level)|(?:model|classifier|label|labelling|prediction) (?:\w+ )?(?:confidence|certainty)|what (?:is|was) (?:the |our )?confidence|confidence)\b"
)
_THRESHOLD: Final = re.compile(
    r"(?:with |whose |and |where )?(?:(?:the |a )?(?:confidence|certainty|probability|score)(?: is| was| of| level| score)* (?:of )?(?P<op>above|over|greater than|higher than|more than|at least|>=|>|from|minimum|min|of at least|no less than|not below|>  =|> =)? ?(?P<a>\d+(?:[.,]\d+)?)(?P<ap> percent)?"
    r"|(?:at least|more than|over|above|minimum) (?P<b>\d+(?:[.,]\d+)?)(?P<bp> percent)? (?:sure|confident|confidence|certain|certainty|probability)"
    r"|(?P<c>\d+(?:[.,]\d+)?)(?P<cp> percent)? (?:or (?:more|higher|better) )?(?:sure|confident|confidence|certain|certainty))"
)
_AVERAGE: Final = re.compile(r"\b(?:average|avg|mean|typical(?:ly)?|usual(?:ly)?|averages|averaged)\b")
_DAILY: Final = re.compile(r"\b(?:per|a|each|every|by) day\b|\bdaily\b|\bday\b")
_SHARE: Final = re.compile(
    r"\b(?:shares?|percentages?|percent|proportions?|fractions?|ratio|portion|what part|how large a part|how big a part)\b|\bhow much of\b"
    r"|\b(?:complaint|anger|praise|negativity|satisfaction|complaints|failure|negative|positive) rates?\b|\brate of\b"
)
_COMPARATIVE: Final = re.compile(
    r"\b(?:angrier|unhappier|happier|angriest|unhappiest|happiest|sadder|grumpier|madder|nicer)\b"
    r"|\b(?:more|less|most|least) (?:angry|unhappy|happy|negative|positive|furious|frustrated|satisfied|dissatisfied|upset|annoyed)\b(?! (?:messages?|complaints?|ones|customers?|users?|people|players?))"
)
_USERS: Final = re.compile(
    rf"\b(?:how many|number of|count(?: of)?|total|unique|distinct|different|amount of)(?: the)?(?: (?:unique|distinct|different|of|the|our|individual|separate|other|those|these|angry|furious|mad))*(?: (?!{_MESSAGES})[^\W\d_]+){{0,4}}? {_PEOPLE}\b"
    rf"|^(?:(?:and|what about|how about|now|just|only|in|for|count|the|number|of|by|per|unique|distinct|show|same|but|with) )*{_PEOPLE}(?: (?:only|instead|then|too))?(?: ,)?(?: (?:by|per|split|instead) .*)?$"
    rf"|\bhow many (?:unique|distinct|different)\b(?! (?:messages|issues|incidents|problems))|\b{_PEOPLE} (?:count|numbers?)\b|\b(?:in|as|count) {_PEOPLE} instead\b"
)
_NOT_USERS: Final = re.compile(rf"\b(?:how many|number of|count)(?: of)? (?:(?!{_PEOPLE}\b)[^\W\d_]+ ){{0,4}}?{_MESSAGES}\b|\bwhat (?:are|do|did|were|is) (?:\w+ ){{0,3}}{_PEOPLE}\b")
_SUBJECT_USERS: Final = re.compile(rf"\b{_PEOPLE}\b")
_COUNTS: Final = re.compile(rf"\bhow many\b(?! (?:of (?:them|those|these)$|$))|\bnumber of\b|\bcount (?:of|the|all)\b|\b{_MESSAGES} (?:count|instead)\b|\bhow often\b|\bmessage count\b|\bin messages\b")
_NARROWS: Final = re.compile(r"\b(?:same|only|just|of (?:them|those|these|which)|among (?:them|those|these)|which of|narrow|restrict|limit(?:ed)? to|filter|but|ones|specifically|in particular)\b|^(?:and )?(?:about|regarding|concerning) ")
_ADDS: Final = re.compile(r"\b(?:also|too|as well|plus|add|adding|include|including|along with|together with|additionally|in addition)\b")


def operation_of(text: str) -> Operation | None:
    """The operation the text asks for by name; None where it does not say."""
    if _WHY.search(text) and not _WHY_TOPICS.search(text):
        return Operation.EXPLAIN_CHANGE
    if _INCIDENTS.search(text):
        return Operation.STATS if _COUNTING.search(text) or re.search(r"\b(?:by|per|trend)\b", text) else Operation.INCIDENTS
    if _SPIKES.search(text) and not CHANGE_VERB_SPIKE.search(text):
        return Operation.SPIKES
    return Operation.EXAMPLES if is_examples(text) else None


CHANGE_VERB_SPIKE: Final = re.compile(r"\bhow many spikes\b$^")


def is_examples(text: str) -> bool:
    """Whether messages themselves are wanted, not a number about them."""
    if re.search(r"\b(?:examples?|samples?|verbatims?|quotes?|quotations?|excerpts?|own words)\b", text):
        return True
    counted = _AGGREGATE.search(text)
    return not counted and bool(_EXAMPLES.search(text) or _SHOWN.search(text))


def examples_limit(text: str) -> int:
    """How many examples are wanted, 0 where the text does not say."""
    if _ONE_EXAMPLE.search(text):
        return 1
    found = _EXAMPLES_LIMIT.search(text)
    return min(int(found[1] or found[2]), 1000) if found else 0


def min_confidence(text: str) -> tuple[float | None, str]:
    """The least confidence asked for, in [0, 1], and the text without the phrase that says so."""
    found = _THRESHOLD.search(text)
    if found is None or (found["a"] and not found["op"] and not found["ap"] and "." not in found["a"]):
        return None, text
    figure = found["a"] or found["b"] or found["c"]
    number = float(figure.replace(",", "."))
    number = number / 100 if (found["ap"] or found["bp"] or found["cp"] or number > 1) else number
    return (number, f"{text[: found.start()]}{text[found.end() :]}") if 0 <= number <= 1 else (None, text)


def measure_of(text: str) -> Measure | None:
    """The measure the text names; None where it does not."""
    if _SHARE.search(text) or _COMPARATIVE.search(text):
        return Measure.SHARE
    if _CONFIDENCE.search(text):
        return Measure.MEAN_CONFIDENCE
    if _AVERAGE.search(text):
        return Measure.PER_DAY_AVERAGE
    if _INCIDENTS.search(text) and _COUNTING.search(text):
        return Measure.DISTINCT_INCIDENTS
    return _counted(text)


def _counted(text: str) -> Measure | None:
    if _NOT_USERS.search(text):
        return Measure.MESSAGE_COUNT
    if _USERS.search(text) or (_SUBJECT_USERS.search(text) and not is_examples(text) and not _SPEAKERS.search(text)):
        return Measure.UNIQUE_USERS
    return Measure.MESSAGE_COUNT if _COUNTS.search(text) else None


_SPEAKERS: Final = re.compile(
    rf"\b(?:messages?|complaints?|questions?|tickets?|chats?|texts?|emails?|feedback|praise|deposits?|withdrawals?) (?:from|by|of) (?:\w+ ){{0,2}}?{_PEOPLE}\b"
    rf"|\b(?:what|which|why|when|how often|how) .*\b{_PEOPLE} (?:\w+ )?(?:say|saying|complain|complaining|ask|asking|write|writing|talk|talking|contact|contacting|reach|mention|report|reporting|feel|want|unhappy|angry|message|complained|asked|wrote)\b"
    rf"|\b(?:do|did|are|were) (?:\w+ )?{_PEOPLE} (?:\w+ )?(?:complain|complaining|ask|asking|write|writing|talk|talking|contact|feel|mention|report)\w*\b"
    rf"|\b{_PEOPLE} (?:complain|write|ask|contact|talk|mention|feel)\b.*\b(?:most|mostly|about)\b"
)


def average_step(text: str) -> str:
    """The step an average is told for, "day" where none is said."""
    found = re.search(r"\b(?:per|a|each|every|by) (hour|week|month|weekday|year)\b|\b(hourly|weekly|monthly)\b", text)
    return "day" if found is None or _DAILY.search(text) else (found[1] or found[2])


def narrows(text: str) -> bool:
    """Whether the turn narrows what is in force instead of replacing it."""
    return bool(_NARROWS.search(text))


def adds(text: str) -> bool:
    """Whether the turn adds to what is in force instead of replacing it."""
    return bool(_ADDS.search(text))


def is_comparative(text: str) -> bool:
    """Whether moods are compared ("is A angrier than B"): shares, never counts."""
    return bool(_COMPARATIVE.search(text))


_VERBS: Final = frozenset(
    "are is was were be come came comes have had has mention mentioned mentions contain contains contained concern concerned"
    " concerns made get got express expressed complain complained relate related belong turn turned being represent".split()
)
_BASE_STARTS: Final = frozenset("on in from via among amongst within for through across out by compared relative during".split())


def share_sides(words: list[str]) -> ShareSides:
    """Which words of a share question name the part; the rest names the whole.

    "Share of [whole] are [part]", "what share do [part] make up of [whole]", "share of [part] on [whole]",
    "[part] rate on [whole]".
    """
    cue = next((i for i, word in enumerate(words) if _SHARE.search(word) or word in {"rate", "rates", "part"}), 0)
    after = words[cue + 1 :]
    verb = next((cue + 1 + i for i, word in enumerate(after) if word in _VERBS), None)
    of = next((cue + 1 + i for i, word in enumerate(after) if word == "of"), None)
    if of is not None and verb is not None and verb > of + 1:
        return ShareSides(part=(verb, len(words)))
    does = next((cue + 1 + i for i, word in enumerate(after) if word in {"do", "does", "did"}), None)
    if does is not None:
        end = next((i for i in range(does, len(words)) if words[i] in {"make", "have", "of", "account", "represent"}), len(words))
        return ShareSides(part=(does, end))
    if of is None:
        border = next((i for i in range(cue, len(words)) if words[i] in _BASE_STARTS), len(words))
        return ShareSides(part=(0, border))
    border = next((i for i in range(of + 1, len(words)) if words[i] in _BASE_STARTS or words[i] == "of"), len(words))
    return ShareSides(part=(of, border))
