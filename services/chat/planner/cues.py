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
    r"(?:up|down) (?:on|from)(?= §)",
    r"as opposed to",
    r"contrast",
    r"(?:split|ratio|balance|distribution|breakdown) between",
    r"or\b.*\b(?:more|most|bigger|higher|worse|which)",
    rf"(?:more|fewer|higher|lower|bigger|smaller|worse|better|which|{COMPARED_MOODS})\b.*\bor",
)
_PERIOD_CONTRAST: Final = anywhere(
    r"\b(?:vs|versus|than|against|to|with|relative to|and|or|between|compare|from|(?:up|down) on)"
    r"(?: (?:it|that|them|this|those|the|in|on|at|of|same|days?|period|time|part))* §",
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
    r"(?:up|down) (?:on|from|compared|vs|versus|or (?:up|down))",
    r"dropp(?:ed|ing)",
    r"drops?(?! (?:the|all|any|that|this|it|my)\b)",
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
    r"doubled",
    r"tripled",
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
_BARE_STATE: Final = spoken(r"problems?|issues?|trouble|difficult(?:y|ies)|failures?|failed|rejected|declined")


def contrasts(text: str) -> bool:
    """Whether things or periods are set against each other."""
    return bool(_CONTRAST.search(text))


def contrasts_period(text: str) -> bool:
    """Whether the contrast word stands at a period: "compared with §0", "§0 versus §1", "than §0"."""
    return bool(_PERIOD_CONTRAST.search(text))


def changes(text: str) -> bool:
    """Whether a rise, a fall or a change is spoken of."""
    return bool(_CHANGE.search(text))


def narrows(text: str) -> bool:
    """Whether the turn narrows what is in force instead of replacing it."""
    return bool(_NARROWS.search(text))


def adds(text: str) -> bool:
    """Whether the turn adds to what is in force instead of replacing it."""
    return bool(_ADDS.search(text))


def is_comparative(text: str) -> bool:
    """Whether moods are weighed ("is A angrier than B", "how angry is A"): shares, never counts."""
    return bool(_COMPARATIVE.search(text))


def names_problems(text: str) -> bool:
    """Whether problems or failures are spoken of."""
    return bool(_BARE_STATE.search(text))
