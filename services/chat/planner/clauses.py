"""Parts a text into clauses and sets aside what is not a question: instructions, actions, attempts on the prompt.

An instruction smuggled into a real question is dropped and the question stays; alone it is refused.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from services.chat.lexicon.entry import FILTERS, Kind
from services.chat.lexicon.matcher import tagged


class Side(StrEnum):
    """What a clause is, beside a question."""

    QUESTION = auto()
    INSTRUCTION = auto()
    PROMPT = auto()
    ACTION = auto()
    GREETING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`question` is what is left to answer, empty where nothing is; `side` is then what the text was."""

    question: str
    side: Side
    fresh: bool = False


_STARTER: Final = (
    r"(?:please |also |just |then |only )*(?:tell|show|how|what|which|who|when|why|count|give|list|say"
    r"|print|reveal|reply"
    r"|respond|answer|delete|erase|send|compare|output|write|repeat|act|pretend|ignore|disregard|email|refund|block|ban"
    r"|execute|run|do|are|is|was|were|did|export|remind|alert|notify|forget|translate|summari[sz]e)\b"
)
_BORDERS: Final = re.compile(
    rf" (?:[?!;:]|\.+(?= |$)|\n) ?| ?(?:, )?(?:and|then|but|so|afterwards)(?: then| also| after that)? (?={_STARTER})"
    rf"| , (?={_STARTER})| - (?={_STARTER})"
)
_FRESH: Final = re.compile(
    r"^(?:ok |okay |now |well |, )*(?:(?:a |an? )?(?:brand )?(?:new|fresh|different|another|separate"
    r"|unrelated) (?:question|topic|subject|query|start)"
    r"|start(?:ing)? (?:over|again|afresh|anew|fresh)|from scratch|reset(?: everything| all| the filters| filters)?"
    r"|clear (?:everything|all(?: the)? filters|all|the filters|filters)|change of (?:topic|subject)|new"
    r"|forget (?:everything|all(?: of)? (?:that|this|it)|it all|all filters|the filters|about (?:that|all that))"
    r"(?! (?:you|above|i|we|before|told)))(?= [?!;:.,-]|$| then| and) ?(?:[?!;:.,-]|then|and)? ?"
)
_INSTRUCTION: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|overlook|skip|discard|break)\b.*"
    r"\b(?:instructions?|rules?|prompts?|guidelines?|guardrails?|constraints?|restrictions?"
    r"|directions?|above|told|training)\b"
    r"|\byou are (?:now|no longer|a|an|not)\b|\b(?:act|behave) (?:as|like)\b|\bpretend\b|\bfrom now on\b"
    r"|^(?:system|assistant|developer|user|admin)$|\b(?:jailbreak|developer mode|dan mode|god mode|sudo)\b"
    r"|^(?:just |only |please |always |simply )*(?:say|answer|respond|reply|output|print|write|return|claim|state)\b"
    r"|\bno matter what\b|\bdo anything now\b|\bend of (?:prompt|instructions?)\b|\bnew instructions?\b"
    r"|\byour (?:new )?(?:task|role|job|goal) is\b|\brespond (?:only )?(?:with|in)\b"
)
_PROMPT: Final = re.compile(
    r"\bsystem (?:prompt|message|instructions?)\b|\b(?:hidden|initial|original|internal"
    r"|secret) (?:prompt|instructions?|rules?|message)\b"
    r"|\byour (?:\w+ )?(?:prompt|instructions?|rules|guidelines|configuration|settings|source code)\b"
    r"|\b(?:api|access|secret|private|signing) (?:key|token)s?\b|\bpasswords? (?:hash|of|for|file)\b"
    r"|\bdatabase password\b"
    r"|\b(?:repeat|print|show|reveal|output|copy) (?:\w+ )*(?:text|words|everything|all|lines?"
    r"|message) (?:\w+ )?above\b"
    r"|\bwhat (?:were|are|was) you (?:told|instructed|given|programmed)\b|\bprompt (?:verbatim|text)\b"
    r"|\benvironment variables?\b"
    r"|\byour (?:own )?prompt\b|\bthe prompt\b"
)
_POLITE: Final = (
    r"^(?:(?:please|can|could|would|will|you|i|want|need|us|to|kindly|also|just|now|then|go|ahead|and"
    r"|let|,) )*"
)
_ACTION: Final = re.compile(
    rf"{_POLITE}(?:"
    r"(?:delete|erase|purge|wipe|destroy)\b(?! (?:the )?(?:filters?|grouping|period|dates?|comparison))"
    r"|(?:send|forward|mail) (?!me\b|us\b)|(?:send|forward) (?:me |us )?(?:an? |the )?(?:email|mail|report|sms|alert)\b"
    r"|e?mail (?:me|us|him|her|them|the|every|all|my|this|it|customers?)\b"
    r"|(?:reply|respond|write|answer) (?:back )?to\b|refund\b|(?:block|ban|suspend|unblock|unlock"
    r"|lock) (?:the |this |that |all |every |user|customer|player|account|him|her|them)"
    r"|(?:close|reopen|resolve|assign|escalate|archive|approve|reject|cancel|merge) (?:the |this "
    r"|that |all |every |it|them|his|her|their|my|a |an |ticket|user|account|withdrawal|deposit|case)"
    r"|(?:create|open|make|raise|set up|schedule|add|configure|build) (?:an? |the |me "
    r"|us )*(?:new )?(?:tickets?|alerts?|rules?|users?|accounts?|reports?|webhooks?|reminders?|task"
    r"|categor(?:y|ies)|export|dashboard|notifications?|jobs?|meeting)\b"
    r"|(?:update|edit|modify|relabel|reclassify|overwrite|rename|mark|tag|label|move|correct"
    r"|fix) (?:the |this |that |all |every |it|them|user|message|ticket|my|their|his|her)"
    r"|(?:remove|drop|clear|change) (?:the |all |every |my |their |any )*(?:\w+ )?(?:messages?"
    r"|tickets?|users?|customers?|accounts?|data|database|tables?|records?|history|labels?"
    r"|passwords?)\b"
    r"|(?:export|download|import|upload|publish|post|deploy|retrain|train|restart|shut|install|execute|run) "
    r"|(?:remind|alert|notify|warn|ping) (?:me|us|the|them|him|her|my|our|everyone)\b|subscribe\b"
    r"|(?:pay|credit|give|grant|award) (?:out |back )?(?:him|her|them|the (?:customer|user|player)"
    r"|user|customer|every|all|each|\d+)\b"
    r"|call (?:him|her|them|the (?:customer|user|player)|user|customer)\b|turn (?:on|off) |insert into|truncate )"
)
_GREETING: Final = re.compile(
    r"^(?:hi+|hello+|hey+|yo|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|night)|morning"
    r"|evening|thanks?(?: you)?"
    r"(?: (?:a lot|so much|very much))?|thx|cheers|great|ok(?:ay)?|cool|nice|perfect|bye|goodbye"
    r"|see you|how are you(?: (?:doing|today))?"
    r"|who are you|what are you|what (?:can|do) you do|help(?: me)?|help please|test|ping|there"
    r"|everyone|all|team|earshot|bot|please"
    r"|yes|no|sure|, |well|so|again|what can i ask(?: you)?|how does this work|what is this"
    r"|are you there|anybody there|anyone there"
    r"|are you (?:a )?(?:bot|human|real|ai)|nice to meet you|what is up|sup|lol|haha|hm+|what is your name)(?: |$)+"
)
_ASKING: Final = re.compile(
    r"\b(?:how (?:many|much|often|do|did|does|is|are|was|were|has|have)|what|which|count|number|trend"
    r"|compare|example|examples|spikes?|incidents?|outages?"
    r"|by|per|share|average|top|same|before|users|why|more|busiest|overview|summary)\b"
)


def sort_clauses(text: str) -> Sorted:
    """Sort a canonical text's clauses; `fresh` tells that it starts afresh ("new question: …")."""
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
