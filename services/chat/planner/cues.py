"""Small words that steer a question: contrast, change, narrowing, adding."""

from typing import Final

from services.chat.planner.patterns import COMPARED_MOODS, MOOD_WORDS, anywhere, spoken

_CONTRAST: Final = spoken(
    r"vs",
    r"versus",
    r"compar(?:e|ed|ing|ison)",
    r"(?<!other )(?<!rather )than",
    r"against",
    r"difference between",
    r"differ",
    r"relative to",
    r"(?:as|so) (?:many|much|often|few|busy|high|bad|low)\b.*\bas",
    r"same as",
    r"(?:up|down) (?:on|from)(?= §)",
    r"as opposed to",
    r"contrast",
    r"(?:split|ratio|balance|distribution|breakdown) between",
    r"or\b.*\b(?:more|most|bigger|higher|worse|which)",
    rf"(?:more|fewer|higher|lower|bigger|smaller|worse|better|which|{COMPARED_MOODS})\b.*\bor",
)
IN_FORCE_IS_MORE: Final = (
    r"^(?:(?:and|but|so|,) )*(?:was|is|were|are|has|have|had) (?:it|that|this|they|there|those|these)"
    r" (?:(?:been|also|even|any|much|really) )*(?:more|fewer|less|higher|lower|better|worse|bigger|smaller|busier"
    r"|quieter)(?: ones| of (?:them|those|these))?(?: (?:in|on|during|over|for|the|back))* §\d+"
)
"""What is in force is set against another period: "was it higher last month?"."""

_PERIOD_CONTRAST: Final = anywhere(
    r"\b(?:vs|versus|than|as|against|to|with|relative to|and|or|between|compared?|from|(?:up|down) on)"
    r"(?: (?:it|that|them|they|we|there|was|were|is|are|had|did|a|normal|usual|typical|regular"
    r"|this|those|the|in|on|at|of|same|days?|period|time"
    r"|part))* §",
    IN_FORCE_IS_MORE,
    r"§\d+ (?:, )?(?:vs|versus|compar\w+|against|than)\b",
)
_CHANGE: Final = spoken(
    r"ris(?:e|es|en|ing)",
    r"rose",
    r"increas(?:e|es|ed|ing)",
    r"grow(?:s|n|th|ing)?",
    r"grew",
    r"(?:go|goes|went|gone|going|are|was|were|been|they|it) (?:up|down)",
    r"(?<!what )is (?:up|down)",
    r"^(?:(?:and|so|but) )*(?:is|are|was|were) (?:\S+ ){1,4}(?:up|down)(?= ?$| [?,]| §| vs| versus| compared| from)",
    r"(?:up|down) (?:on|from|compared|vs|versus|or (?:up|down))",
    r"dropp(?:ed|ing)",
    r"(?<!^)(?<!and )(?<!now )(?<!please )(?<!, )drops?(?! (?:the|all|any|that|this|it|my)\b)",
    r"f[ea]ll(?:s|en|ing)?",
    r"decreas(?:e|es|ed|ing)",
    r"declin(?:e|es|ing)",
    r"chang(?:e|es|ed|ing)",
    r"jump(?:s|ed|ing)?",
    r"surg(?:e|es|ed|ing)",
    r"spik(?:e|ed|ing)",
    r"shrank",
    r"shrink(?:ing)?",
    r"improv(?:e|es|ed|ing)",
    r"worsen(?:s|ed|ing)?",
    r"(?:got|get|getting|gotten) (?:worse|better)",
    r"climb(?:s|ed|ing)?",
    r"soar(?:s|ed|ing)?",
    r"plummet(?:ed|ing)?",
    r"differ(?:s|ed|ence)?",
    r"(?:are|were|is|was) there (?:\w+ )?(?:more|fewer|less)(?! than \d)",
    r"(?:is|was|are|were) (?:that|this|it|they|those|these) (?:(?:considered|even|really|quite|too|very) )*"
    r"(?:a lot|many|much|high|low|few|little|good|bad|worse|better)(?= ?$| [?,])",
    r"(?:did|do|have|are) we (?:\w+ )?(?:get|getting|got|had|have|having|receive|received|see|seeing|seen)"
    r" (?:any )?(?:more|fewer|less)(?! than \d)(?!.* or )",
    r"(day|week|month|quarter) on \1",
    r"(?:doubl|halv|tripl)(?:e|ed|es|ing)",
    r"explod(?:e|ed|ing)",
)
_NARROWS: Final = anywhere(
    r"\b(?:same(?! (?:thing |question )?(?:for|with|about)\b)|only|just|narrow|restrict|limit(?:ed)? to|filter|but"
    r"|ones|specifically|in particular)\b",
    r"\b(?:of|among) (?:them|those|these|which)\b",
    r"\bwhich of\b",
    r"^(?:and )?(?:about|regarding|concerning) ",
    r"\b(?:more|some|any|those|anything) (?:about|regarding|concerning) ",
)
_ADDS: Final = spoken(
    r"also",
    r"too",
    r"as well",
    r"plus",
    r"add",
    r"adding",
    r"include",
    r"including",
    r"along with",
    r"together with",
    r"additionally",
    r"in addition",
    r"bring back",
    r"back in",
)
_WHOLE: Final = spoken(
    r"as a whole",
    r"in full",
    r"in its entirety",
    r"(?:vs|versus|against|with|to|than) (?:the )?(?:whole|entire|full|complete|all of)",
)
_IN_FORCE_IS_MORE: Final = anywhere(IN_FORCE_IS_MORE)
_MOVERS: Final = spoken(
    r"what (?:\w+ ){0,2}?(?:grew|grow(?:s|ing|n)?|rose|ris(?:es|ing|en)|increas(?:es|ed|ing)|f[ea]ll(?:s|ing|en)?"
    r"|dropp(?:ed|ing)|drops|declin(?:es|ed|ing)|decreas(?:es|ed|ing)|(?:went|going|gone|is|was|are) (?:up|down)"
    r"|chang(?:es|ed|ing)|moved|improved|worsened)(?: (?:the )?(?:most|fastest|least)|(?= (?:§|vs|versus|compared)))",
    r"(?:biggest|largest|top) (?:changes?|movers?|risers?|fallers?|swings?)(?! in)",
    r"^(?:and )?what (?:has |have )?(?:grew|grown|rose|risen|increased|f[ea]ll|fallen|dropped|declined|decreased"
    r"|(?:went|gone) (?:up|down))(?= ?$| \?)",
    r"what (?:is|are|was|were) trending",
    r"trending (?:topics?|categories|reasons|issues)",
    r"(?:which|what) (?:\w+ ){1,2}?(?:is|are|was|were) (?:currently )?trending(?: (?:up|down|upwards?|downwards?))?",
)
_COMPARATIVE: Final = spoken(
    COMPARED_MOODS,
    r"angriest",
    r"unhappiest",
    r"happiest",
    rf"how {MOOD_WORDS} (?:is|are|was|were|do|did|does|has|have)",
    r"complain(?:s|ed|ing)? (?:more|less)(?: often| frequently)?(?: (?:on|in|via|by) \w+)? than"
    r"(?: (?:on|in|via|by|the))* (?!§|about|before|usual|on |in |via |by |the )\w+",
    rf"(?:more|less|most|least) {MOOD_WORDS}"
    r"(?! (?:about|with|over|messages?|complaints?|ones|customers?|users?|people|players?))",
)


_MOOD_MOVED: Final = spoken(
    r"(?:are|is|were|was|became|become|get|got|getting) (?!.*\b(?:than|vs|versus|or|which|compared)\b).*"
    + COMPARED_MOODS
)


def contrasts(text: str) -> bool:
    """Whether things or periods are set against each other."""
    return bool(_CONTRAST.search(text) or _IN_FORCE_IS_MORE.search(text))


_ON_THOSE_DAYS: Final = spoken(
    r"^(?:(?:and|so|but) )*(?:do|does|did|are|is|were|was|have) .* ?(?:more|fewer|less|busier|quieter)"
)
_SET_AGAINST: Final = spoken(r"than|compared|vs|versus|as|against")


def wants_whole(text: str) -> bool:
    """Whether a canonical text means the earlier of two compared periods as a whole, not its elapsed part."""
    return bool(_WHOLE.search(text))


def contrasts_period(text: str) -> bool:
    """Whether the contrast word stands at a period: "compared with §0", "§0 versus §1", "than §0"."""
    return bool(_PERIOD_CONTRAST.search(text))


def changes(text: str) -> bool:
    """Whether a rise, a fall or a change is spoken of."""
    return bool(_CHANGE.search(text)) or asks_what_moved(text)


def asks_what_moved(text: str) -> bool:
    """Whether the topics that changed most are asked for: "what grew most last month?"."""
    return bool(_MOVERS.search(text))


def asks_whether_mood_moved(text: str) -> bool:
    """Whether a mood is set against an earlier one, which is not named: "are customers happier this month?"."""
    return bool(_MOOD_MOVED.search(text))


def narrows(text: str) -> bool:
    """Whether the turn narrows what is in force instead of replacing it."""
    return bool(_NARROWS.search(text))


def adds(text: str) -> bool:
    """Whether the turn adds to what is in force instead of replacing it."""
    return bool(_ADDS.search(text))


def sets_days_apart(text: str) -> bool:
    """Whether some days of the week are set against all others: "do we get more complaints on weekends?"."""
    return bool(_ON_THOSE_DAYS.search(text)) and not _SET_AGAINST.search(text)


def is_comparative(text: str) -> bool:
    """Whether moods are weighed ("is A angrier than B", "how angry is A"): shares, never counts."""
    return bool(_COMPARATIVE.search(text))
