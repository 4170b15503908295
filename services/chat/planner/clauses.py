"""Parts a text into clauses and sets aside what is not a question: instructions, actions, attempts on the prompt.

An instruction smuggled into a real question is dropped and the question stays; alone it is refused.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from services.chat.lexicon.entry import FILTERS, Kind
from services.chat.lexicon.matcher import tagged
from services.chat.planner.courtesies import is_thanks, without_courtesies
from services.chat.planner.patterns import PEOPLE, WRITTEN, anywhere, spoken
from services.chat.planner.speaker import without_speaker


class Side(StrEnum):
    """What a clause is, beside a question."""

    QUESTION = auto()
    INSTRUCTION = auto()
    PROMPT = auto()
    ACTION = auto()
    GREETING = auto()
    THANKS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`question` is what is left to answer, empty where nothing is; `side` is then what the text was."""

    question: str
    side: Side
    fresh: bool = False


_STARTER: Final = (
    r"(?:please |also |just |then |only )*(?:tell|show|how|what|which|who|when|why|count|give|list|say"
    r"|print|reveal|reply"
    r"|respond|answer|delete|erase|send|compare|output|write|repeat|act|pretend|ignore|disregard"
    r"|email(?= (?:me|us|him|her|them|the|every|all|my|this|it)\b)|refund|block|ban"
    r"|execute|run|do|are|is|was|were|did|export|remind|alert|notify|forget|translate|summari[sz]e)\b"
)
_BORDERS: Final = re.compile(
    r"(?:^| )(?:[?!;:]|\.+(?= |$)|\n) ?"
    rf"| ?(?:, )?(?<!\w)(?:and|then|but|so|afterwards)(?: then| also| after that)? (?={_STARTER})"
    rf"| , (?={_STARTER})| - (?={_STARTER})"
    r"|(?:^| )< ?/? ?\w+ ?/? ?>"
)
_FRESH: Final = re.compile(
    r"^(?:(?:ok|okay|now|well|,) )*(?:"
    r"(?:an? )?(?:brand )?(?:new|fresh|different|another|separate|unrelated) (?:question|topic|subject|query|start)"
    r"|start(?:ing)? (?:over|again|afresh|anew|fresh)|from scratch|change of (?:topic|subject)|new"
    r"|reset(?: everything| all| the filters| filters)?"
    r"|clear (?:everything|all(?: the)? filters|all|the filters|filters)"
    r"|forget (?:everything|all(?: of)? (?:that|this|it)|it all|all filters|the filters|about (?:that|all that))"
    r"(?! (?:you|above|i|we|before|told)))(?= [?!;:.,-]|$| then| and) ?(?:[?!;:.,-]|then|and)? ?"
)
_RULES: Final = (
    r"(?:instructions?|rules?|prompts?|guidelines?|guardrails?|constraints?|restrictions?|directions?|above|told"
    r"|training)"
)
_INSTRUCTION: Final = anywhere(
    rf"\b(?:ignore|disregard|forget|override|bypass|overlook|skip|discard|break)\b.*\b{_RULES}\b",
    r"\byou are (?:now|no longer|an?|not)\b",
    r"^(?:(?:and|now|then|so|,) )*you (?:must|should|shall|have to|need to|are to|will)\b",
    r"\b(?:act|behave) (?:as|like)\b",
    r"\bpretend\b",
    r"\bfrom now on\b",
    r"^(?:system|assistant|developer|user|admin)$",
    r"\b(?:jailbreak|developer mode|dan mode|god mode|sudo)\b",
    r"^(?:(?:just|only|please|always|simply) )*(?:say|answer|respond|reply|output|print|write|return|claim|state)\b",
    r"\bno matter what\b",
    r"\bdo anything now\b",
    r"\bend of (?:prompt|instructions?)\b",
    r"\bnew instructions?\b",
    r"\byour (?:new )?(?:task|role|job|goal) is\b",
    r"\brespond (?:only )?(?:with|in)\b",
)
_PROMPT: Final = spoken(
    r"system (?:prompt|message|instructions?)",
    r"(?:hidden|initial|original|internal|secret) (?:prompt|instructions?|rules?|message)",
    r"your (?:\w+ )?(?:prompt|instructions?|rules|guidelines|configuration|settings|source code)",
    r"(?:the|own) prompt",
    r"prompt (?:verbatim|text)",
    r"rules you",
    r"(?:api|access|secret|private|signing) (?:key|token)s?",
    r"credentials?",
    r"passwords? (?:hash|of|for|file)",
    r"(?:admin|root|database|db|server|master|your) password",
    r"environment variables?",
    r"(?:repeat|print|show|reveal|output|copy) (?:\w+ )*(?:text|words|everything|all|lines?|message) (?:\w+ )?above",
    r"(?:model|prompt|instructions?|rules?|llm|version) (?:are|were|do|did|have) you",
    r"what (?:were|are|was) you (?:told|instructed|given|programmed)",
)
_POLITE: Final = (
    r"^(?:(?:please|can|could|would|will|you|i|want|need|us|to|kindly|also|just|now|then|go|ahead|and|let|,) )*"
)
_ONE: Final = r"(?:(?:an?|the|this|that|all|every|my|his|her|their|any|me|us) )*(?:new )?"
_THING: Final = (
    r"(?:messages?|tickets?|users?|customers?|players?|accounts?|cases?|withdrawals?|deposits?|him|her|them|it|labels?"
    r"|data|database|tables?|records?|history|passwords?|complaints?)"
)
_NOT_OF: Final = r"(?!(?:in|of|for|to|from|between|over)\b)"
_TOPIC: Final = r"(?:deposits?|withdrawals?|complaints?|it)"
_MADE: Final = (
    r"(?:tickets?|alerts?|rules?|users?|accounts?|reports?|webhooks?|reminders?|tasks?|categor(?:y|ies)|exports?"
    r"|dashboards?|notifications?|jobs?|meetings?)"
)
_KIND_OF_REPORT: Final = (
    r"(?:hourly|daily|weekly|monthly|quarterly|yearly|annual|regular|automatic|scheduled|full|complete|detailed|short"
    r"|brief|quick|new|pdf|excel|csv)"
)
_ACTION: Final = anywhere(
    rf"{_POLITE}(?:delete|erase|purge|wipe|destroy)\b(?! (?:the )?(?:filters?|grouping|period|dates?|comparison))",
    rf"{_POLITE}(?:send|forward|mail) (?!me\b|us\b)",
    rf"{_POLITE}(?:send|forward|write|prepare) (?:me |us )?(?:an? |the )?(?:{_KIND_OF_REPORT} )*"
    r"(?:email|mail|report|sms|alert|newsletter)s?\b",
    rf"{_POLITE}e?mail (?:me|us|him|her|them|the|every|all|my|this|it|customers?)\b",
    rf"{_POLITE}(?:reply|respond|write|answer) (?:back )?to\b",
    rf"{_POLITE}(?:block|ban|suspend|unblock|unlock|lock|close|reopen|resolve|assign|escalate|archive|approve|reject"
    rf"|cancel|merge|update|edit|modify|relabel|reclassify|overwrite|rename|mark|tag|move|fix|call) {_ONE}{_THING}\b",
    rf"{_POLITE}set (?:the )?\w+ (?:of|for|on) .*\bto \w+",
    rf"{_POLITE}(?:mark|tag|flag|label|relabel|set|classify) .*\bas \w+",
    rf"{_POLITE}(?:create|open|make|raise|set up|schedule|add|configure|build) {_ONE}{_MADE}\b",
    rf"{_POLITE}(?:remove|drop|clear|change) {_NOT_OF}{_ONE}(?:\w+ )?(?!{_TOPIC}\b){_THING}\b",
    rf"{_POLITE}(?:export|download|import|upload|publish|post|deploy|retrain|train|restart|install|execute|run) ",
    rf"{_POLITE}(?:book|order|buy|sell|get|call) (?:me|us) an? (?!overview|summary|example|sample|breakdown"
    r"|list|count|idea)",
    rf"{_POLITE}(?:remind|alert|notify|warn|ping) (?:me|us|the|them|him|her|my|our|everyone)\b",
    rf"{_POLITE}reset (?:my|his|her|their|an?|user|the) (?!filters?|grouping|period)",
    rf"{_POLITE}(?:pay|credit|give|grant|award) (?:out |back )?"
    rf"(?:him|her|them|the {PEOPLE}|user|customer|every|each|\d+)\b",
    rf"{_POLITE}(?:refund(?! {WRITTEN})|subscribe|truncate|insert into|turn (?:on|off))\b",
)
_PLEASANTRY: Final = (
    r"(?:hi+|hello+|hey+|yo|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|night)|morning|evening"
    r"|thanks?(?: you)?(?: (?:a lot|so much|very much))?|thx|cheers|great|ok(?:ay)?|cool|nice|perfect|bye|goodbye"
    r"|see you|how are you(?: (?:doing|today))?|nice to meet you|what is up|sup|lol|haha|hm+|yes|no|sure|well|so|again"
    r"|there|everyone|all|team|earshot|bot|please|,|test|ping)"
)
_ABOUT_ME: Final = (
    r"(?:who are you|what are you|what (?:can|do) you do|what is your name|help(?: me)?|what can i ask(?: you)?"
    r"|how does this work|what is this|are you there|(?:any(?:body|one)) there|are you (?:a )?(?:bot|human|real|ai))"
)
_GREETING: Final = re.compile(rf"^(?:(?:{_PLEASANTRY}|{_ABOUT_ME})(?: |$))+")
_ASKING: Final = spoken(
    r"how (?:many|much|often|do|did|does|is|are|was|were|has|have)",
    r"what|which|why|count|number|trend|compare|spikes?|examples?|incidents?|outages?",
    r"by|per|share|average|top|same|before|users|more|busiest|overview|summary",
)


def sort_clauses(text: str) -> Sorted:
    """Sort a canonical text's clauses; `fresh` tells that it starts afresh ("new question: …")."""
    if is_thanks(text):
        return Sorted(question="", side=Side.THANKS)
    text = without_speaker(without_courtesies(text))
    begun = _FRESH.match(text)
    text = text[begun.end() :] if begun else text
    clauses = [clause.strip(" ,-") for clause in _BORDERS.split(text)]
    sides = [(clause, _side(clause)) for clause in clauses if clause]
    asked = [clause for clause, side in sides if side is Side.QUESTION]
    if (asked and any(_asks(clause) for clause in asked)) or (asked and len(asked) == len(sides)):
        return Sorted(question=" , ".join(asked), side=Side.QUESTION, fresh=begun is not None)
    unwanted = [side for _, side in sides if side not in {Side.GREETING, Side.QUESTION}]
    side = max(unwanted, key=_WEIGHT.__getitem__) if unwanted else Side.GREETING
    return Sorted(question="", side=side, fresh=begun is not None)


_WEIGHT: Final = {Side.INSTRUCTION: 0, Side.ACTION: 1, Side.PROMPT: 2}


def _side(clause: str) -> Side:
    if _PROMPT.search(clause):
        return Side.PROMPT
    if _INSTRUCTION.search(clause):
        return Side.INSTRUCTION
    if _ACTION.search(clause):
        return Side.ACTION
    return Side.GREETING if _is_greeting(clause) else Side.QUESTION


def _is_greeting(clause: str) -> bool:
    """Whether nothing but greetings and small words is in the clause."""
    previous = None
    while clause and clause != previous:
        previous, clause = clause, _GREETING.sub("", clause)
    return not clause


def _asks(clause: str) -> bool:
    """Whether the clause asks for something that can be counted or shown."""
    kinds = {tag.kind for tag in tagged(clause)}
    return bool(kinds & (FILTERS | {Kind.PERSON, Kind.MESSAGE, Kind.DIMENSION})) or bool(_ASKING.search(clause))
