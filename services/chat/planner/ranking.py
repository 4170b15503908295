"""Order and number of rows: "top 5", "the busiest", "lowest first"."""

import re
from typing import Final

from services.chat.planner.patterns import spoken
from services.chat.question import Order

_TOP: Final = (
    r"(?:most(?! recent)|top|biggest|largest|highest|main|commonest|busiest|peak|greatest|worst|leading|hottest"
    r"|strongest|dominant|angriest|unhappiest|happiest|heaviest|fastest|key|major|(?<!least )(?:prevalent|frequent)"
    r"|predominant|(?:number|no|nr) 1|(?:best|record)(?= (?:day|week|month|quarter|hour|weekday|weekend)s?\b))"
)
_BOTTOM: Final = (
    r"(?:least|fewest|lowest|smallest|rarest|quietest|bottom|calmest|slackest"
    r"|slowest(?= (?:\d+ )?(?:day|week|month|hour|weekday|time)s?\b))"
)
_REASON: Final = r"(?:reason|topic|categor|cause|theme|intent|driver)"
_NOT_ROWS: Final = rf"(?! (?:percent|examples?|messages?|complaints?(?! {_REASON})|(?:day|week)s? of))"
_ROW_NOUN: Final = (
    r"(?:reasons?|topics?|categor(?:y|ies)|causes?|themes?|intents?|drivers?|channels?|sources?|languages?|hours|days"
    r"|weeks|months|weekdays|problems|issues|rows|ones)\b"
)
_MOST: Final = spoken(_TOP)
_LEAST: Final = spoken(_BOTTOM)
_LIMIT: Final = spoken(
    rf"(?:{_TOP}|{_BOTTOM}|first|best) (\d{{1,3}})(?! s\b){_NOT_ROWS}",
    rf"(?<!of )(?<!between )the (\d{{1,3}})(?= ?$| [?,]| (?:[^\W\d]+ ){{0,2}}?(?:{_TOP}|{_BOTTOM}|{_ROW_NOUN}))"
    rf"{_NOT_ROWS}",
    rf"(\d{{1,3}}) (?:\w+ )?(?:{_TOP}|{_BOTTOM})",
    r"(?:show|give|list) (?:me|us) (?:(?:only|just) )?(\d{1,3})(?= ?$| \?)",
    rf"(?:which|what) (\d{{1,2}}) (?:{_REASON}\w*|channels|languages|hours|days|weeks|months|weekdays)\b(?=.*\b{_TOP})",
)
_RANK: Final = spoken(
    r"rank(?:ed|ing|s)?",
    r"(?:sort|order)(?:ed)? by (?:count|number|volume|value)",
    r"leaderboard",
)
_ORDERS: Final = (
    (
        spoken(
            r"ascending",
            r"(?:sort|order|rank)(?:ed)? by (?:the )?(?:smallest|lowest|least|fewest)",
            r"(?:lowest|least|smallest|fewest) first",
            r"from low to high",
        ),
        Order.VALUE_ASC,
    ),
    (spoken(r"descending", r"(?:highest|most|largest|biggest) first", r"from high to low"), Order.VALUE_DESC),
    (spoken(r"(?:newest|latest|most recent) first", r"reverse chronological", r"backwards"), Order.KEY_DESC),
    (spoken(r"(?:oldest|earliest) first", r"chronological(?:ly)?", r"alphabetical(?:ly)?"), Order.KEY_ASC),
)
_PROBLEMS: Final = r"(?:problems|issues|complaints|questions|concerns)"
_COMMON: Final = r"(?:top|most common|most frequent|commonest|main|biggest|number 1)"
_COMMON_PROBLEMS: Final = spoken(rf"{_COMMON} (?:(\d+) )?(?:\w+ )?{_PROBLEMS}")
_COMMONEST_PROBLEM: Final = spoken(
    rf"{_COMMON} (?:\w+ )?(?:problem|issue|complaint|question|concern)(?! (?!this|was|is|has)\w+s\b)",
    r"(?:which|what) (?:problem|issue|complaint|question|concern) (?:is|was|comes up|came up) (?:the )?most\b",
)
_PROBLEM: Final = r"(?:problem|issue|complaint|question|concern)"
_FOREMOST: Final = r"(?:(?:the )?most(?! recent)|commonest|biggest|(?:the )?main|number 1)"
_WHICH_PROBLEM: Final = spoken(rf"(?:which|what) (?:(?:\w+ ){{0,2}})?{_PROBLEM}s? (?:\w+ ){{0,5}}?{_FOREMOST}")


_BARE: Final = re.compile(
    r"^(?:(?:and|but|now|then|or|just|only|show|give|me|please|what about|how about|the|which|who|what|is|was|are|were"
    r"|has|had|with|one|ones|,) )*"
    rf"(?:{_TOP}|{_BOTTOM})(?: ones?)?(?: [?!,])*$"
)
_NTH: Final = spoken(rf"(\d)(?:nd|rd|th) (?:{_TOP}|{_BOTTOM})")


def is_bare_superlative(text: str) -> bool:
    """Whether the text is nothing but a superlative: "and the fewest?"."""
    return bool(_BARE.search(text))


def is_most(text: str) -> bool:
    """Whether the rows with most are asked for."""
    return bool(_MOST.search(text))


def is_least(text: str) -> bool:
    """Whether the rows with least are asked for."""
    return bool(_LEAST.search(text))


def is_ranked(text: str) -> bool:
    """Whether rows are to be told by their size."""
    return bool(_MOST.search(text) or _LEAST.search(text) or _RANK.search(text) or row_limit(text))


def row_limit(text: str) -> int:
    """How many rows are asked for, 0 where the text does not say. "The second busiest" takes two to be seen."""
    found = _NTH.search(text) or _LIMIT.search(text) or _COMMON_PROBLEMS.search(text)
    return int(next((group for group in found.groups() if group), 0)) if found else 0


def ranks_reasons(text: str) -> bool:
    """Whether "problems" or "issues" are ranked, which ranks what messages are about."""
    return bool(_COMMON_PROBLEMS.search(text) or _WHICH_PROBLEM.search(text)) or asks_for_one_reason(text)


def asks_for_one_reason(text: str) -> bool:
    """Whether only the most common problem is asked for."""
    return bool(_COMMONEST_PROBLEM.search(text))


_MORE_THAN: Final = spoken(r"(?:more than|over|above|at least|exceed(?:s|ed|ing)?|beyond) \d+(?! percent)")
_FEWER_THAN: Final = spoken(r"(?:fewer than|less than|under|below|at most) \d+(?! percent)")


def bound_order(text: str) -> Order | None:
    """The order that shows the rows beyond a bound first: "which days had over 100 messages?"."""
    if _MORE_THAN.search(text):
        return Order.VALUE_DESC
    return Order.VALUE_ASC if _FEWER_THAN.search(text) else None


def told_order(text: str) -> Order | None:
    """The order the text names, None where it names none."""
    return next((order for pattern, order in _ORDERS if pattern.search(text)), None)


def ranked_order(text: str) -> Order | None:
    """The order that a superlative asks for, None without one."""
    if is_least(text) and not is_most(text):
        return Order.VALUE_ASC
    return Order.VALUE_DESC if is_most(text) or _RANK.search(text) else None


def is_word_of_rank(words: str) -> bool:
    """Whether a few words hold a superlative."""
    return bool(re.search(rf"\b(?:{_TOP}|{_BOTTOM})\b", words))
