"""What of a question is kept as written: quoted passages, the ids of users, addresses. Marks `¤quoteN` stand for it."""

import re
from typing import Final

from services.runtime.labels import CATEGORIES, INTENTS

WHO: Final = r"(?:user|customer|player|client|member)"
"""What somebody with an id is called."""
_ID: Final = r"(?:(?=[\w.:@-]*\d)[a-z0-9][\w.:@-]*[a-z0-9]|\d|[a-z]\w*[.:@][\w.:@-]*\w)"
_QUOTED: Final = re.compile(r"[\"“„«]([^\"“”„«»]{1,200})[\"”“»]|(?<!\w)[‘']([^‘’'\"]{2,200})[’'](?!\w)")
_USER_ID: Final = re.compile(
    rf"\b({WHO}|cust|usr)(?:\s+(?:id|number|nr|no)\b\.?)?\s*[:#]?\s*({_ID})(?![\w/])"
    rf"|\b({WHO})\s+(?:with\s+)?(?:the\s+)?(?:id|named|called)\s+([\w.:@-]*\w)",
    re.IGNORECASE,
)
_BARE_ID: Final = re.compile(
    r"\b(did|does|has|from)\s+#?(\d{3,})\b(?=\s+(?:ask|wr[io]t|sa[iy]|send|sent|complain|contact|want|messag|report|mention))",
    re.IGNORECASE,
)
_NO_PERSON: Final = (
    r"(?:week|quarter|q|day|hour|month|year|top|error|code|covid|tier|level|page|version|round|last|past)"
)
_WRITTEN_ID: Final = re.compile(
    rf"(?<![\w-])(?:(?P<before>from|by|of)\s+(?P<id>(?!{_NO_PERSON}[-_])[a-z]{{1,8}}[-_]\d{{2,}})"
    rf"|(?P<own>{WHO}[-_]\w*\d[\w-]*))(?![\w-])",
    re.IGNORECASE,
)
"""Ids that tell by themselves what they are: "player-11071", "from u-12"."""
_NUMBER: Final = r"#?(?!(?:19|20)\d\d\b)[a-z_-]{0,8}\d[\w-]*"
_SEVERAL: Final = re.compile(
    rf"\b{WHO}s\s+(?:ids?\s+)?({_NUMBER}(?:\s*(?:,|,?\s*\band\b|\bor\b|&)\s*{_NUMBER})+)(?![\w/-])", re.IGNORECASE
)
_KIND: Final = r"(?:categor(?:y|ies)|topics?|labels?|intents?|channels?|sources?|languages?)"
_NAMES: Final = "|".join(
    sorted({re.escape(form) for name in (*CATEGORIES, *INTENTS) for form in (name, name.replace("_", " "))})
)
_NAMED_LABEL: Final = re.compile(
    rf"(?<=\b)({_KIND})\s+[\"“„'‘]([\w ]{{2,40}})[\"”“'’]|[\"“„'‘]([\w ]{{2,40}})[\"”“'’](?=\s+{_KIND}\b)"
    rf"|[\"“„'‘]({_NAMES})[\"”“'’](?=\s+(?:messages?|tickets?|questions?|requests?)\b)"
    r"|(?<=\bof )[\"“„'‘](?P<rest>other)[\"”“'’]",
    re.IGNORECASE,
)
_NAMED_THING: Final = re.compile(
    r"\b(?:our|the|my|this|new)\s+(?:app|site|website|slot|game|product|brand)\s+(?=[\"“„])", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"(?:(?<=\s)|^)(?:e-?mail\s+)?(?:address\s+)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+|@[a-z]\w{2,})(?:'s)?(?!\w)",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"\b(?:mention|contain|includ|quot|say|said|word|phrase|text|term)\w*(?:\s+(?:the|an?|word|phrase))*\s*$",
    re.IGNORECASE,
)


def set_aside(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with a mark for each passage and id, and these as written. An address is a user's unless it is what
    messages say ("mentioning help@example.com").
    """
    kept: list[str] = []

    def mark(written: str) -> str:
        kept.append(written.strip())
        return f"¤quote{len(kept) - 1} "

    def address(found: re.Match[str]) -> str:
        said = _SAID.search(found.string[: found.start()])
        return f" {mark(found[1])}" if said else f" user {mark(found[1])}"

    text = _NAMED_LABEL.sub(_unquoted, _NAMED_THING.sub("", text))
    text = _QUOTED.sub(lambda found: f" {mark(found[1] or found[2])}", text)
    text = _SEVERAL.sub(lambda found: re.sub(_NUMBER, r"user \g<0>", found[1], flags=re.IGNORECASE), text)
    text = _USER_ID.sub(lambda found: f"{found[1] or found[3]} {mark(found[2] or found[4])}", text)
    text = _BARE_ID.sub(lambda found: f"{found[1]} user {mark(found[2])}", text)
    text = _WRITTEN_ID.sub(lambda found: f"{found['before'] or ''} user {mark(found['id'] or found['own'])}", text)
    return _ADDRESS.sub(address, text), tuple(kept)


def _unquoted(found: re.Match[str]) -> str:
    return "category other" if found["rest"] else " ".join(filter(None, found.groups()))
