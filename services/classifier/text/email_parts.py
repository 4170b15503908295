r"""What of an e-mail its writer wrote this time: without headers, quoted history, signature and disclaimer. Pure.

email-reply-parser, mail-parser-reply and talon were looked at: the first knows one language and no disclaimer, the
others give strings where a summary needs places in the text, and talon wants 60 MB of packages. What is cut here is cut
by whole lines, and never all of a text: one that is nothing but history is read as it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LEAST_HEADERS: Final = 2
_LEAST_HISTORY_HEADERS: Final = 3
_LEAST_NOTICES: Final = 2
_MAX_SIGNATURE_LINES: Final = 10
_MAX_GREETING_WORDS: Final = 6
_TOLD_WORDS: Final = 6
"""A line of a signature has fewer, but for addresses and numbers to call."""

_BLANKED: Final = re.compile(r"[^\n]")
_SAID: Final = re.compile(r"\w")
_HEADER: Final = re.compile(
    r"[*]?(?:from|to|cc|bcc|sent|date|subject|reply-to|von|an|gesendet|betreff|datum|de|para|asunto|objet)[*]?:\s",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(r"(?:subject|betreff|asunto|objet):\s", re.IGNORECASE)
_REPLY_SUBJECT: Final = re.compile(r"\w+:\s*(?:re|fwd?|aw|wg|sv|tr|rv)\s*:", re.IGNORECASE)
_HISTORY: Final = re.compile(
    r"[-_=\s]*(?:original message|forwarded message|begin forwarded message|reply above this line"
    r"|ursprüngliche nachricht|weitergeleitete nachricht|mensaje original|message d'origine)[-_=:\s]*$"
    r"|(?:on|am|le|el|il|em|op)\s.{6,160}\s(?:wrote|schrieb.{0,60}|a écrit|escribió|ha scritto|escreveu|schreef)\s*:$",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"[^\W\d_a-z][\w.'’-]*(?:\s[^\W\d_a-z][\w.'’-]*){0,2}[.,]?$")
_CONTACT: Final = re.compile(r"[@|+]|www\.|\b(?:tel|phone|mobile|ltd|gmbh|inc|llc|sent from|sent via)\b", re.IGNORECASE)
_DEVICE: Final = re.compile(r"(?:sent (?:from|via) (?:my|the|outlook|yahoo|mail)\b|get outlook for\b|von meinem)", re.I)
_SIGN_OFF: Final = re.compile(
    r"(?:(?:with |my |many )?(?:kind|kindest|best|warm|warmest)(?: regards| wishes)|regards|sincerely|sincerely yours"
    r"|yours (?:sincerely|faithfully|truly)|respectfully|mit freundlichen grüßen|viele grüße|lg|mfg|cordialement"
    r"|br|saludos|atentamente|cordiali saluti)\b[^.?!]{0,60}[,.!]?$",
    re.IGNORECASE,
)
_CASUAL_SIGN_OFF: Final = re.compile(
    r"(?:many |best )?(?:thanks|thank you|thx|cheers|best|greetings)(?: a lot| again| in advance)?[,.!]*$", re.I
)
_POSTSCRIPT: Final = re.compile(r"p\.?\s?s\.?\b", re.IGNORECASE)
_NOTICE: Final = re.compile(
    r"confidential|privileged|intended (?:solely|only|recipient)|recipient|in error|notify the sender|disclaimer"
    r"|liability|viruses|unauthori[sz]ed|attachments?\b|before printing|the environment|entity to which",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"(?:dear|hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern|guten tag)\b"
    r"[^.?!]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a text, in characters; `end` is exclusive and leaves out the line break."""

    text: str
    start: int
    end: int


def own_lines(text: str) -> list[Line]:
    """The lines that are the writer's own words, in order; every line where nothing would be left."""
    lines = _lines(text)
    if len(lines) == 1:
        return lines
    own = _before_history(_without_headers(lines))
    own = [line for line in own if not (line.text.lstrip().startswith(">") or _HISTORY.match(line.text.strip()))]
    own = _without_greeting(_before_signature(_without_notices(own)))
    return own if _first_said(own) < len(own) else lines


def own_words(text: str) -> str:
    """The writer's own words; the text as it is where that is all of it."""
    return "\n".join(line.text for line in own_lines(text)).strip() if "\n" in text else text


def own_in_place(text: str) -> str:
    """The text with everything but the writer's own words blanked, so that places in it stay what they are."""
    if "\n" not in text:
        return text
    kept, position = [], 0
    for line in own_lines(text):
        kept += [_BLANKED.sub(" ", text[position : line.start]), line.text]
        position = line.end
    return "".join([*kept, _BLANKED.sub(" ", text[position:])])


def _lines(text: str) -> list[Line]:
    found, start = [], 0
    for line in text.split("\n"):
        found.append(Line(text=line.rstrip("\r"), start=start, end=start + len(line.rstrip("\r"))))
        start += len(line) + 1
    return found


def _first_said(lines: Sequence[Line]) -> int:
    """Index of the first line that says something; their number where none does."""
    return next((index for index, line in enumerate(lines) if _SAID.search(line.text)), len(lines))


def _without_headers(lines: list[Line]) -> list[Line]:
    """Without a block of headers at the top; of them a subject stays that is not an earlier message's."""
    count = _headers(lines)
    subjects = [line for line in lines[:count] if _SUBJECT.match(line.text) and not _REPLY_SUBJECT.match(line.text)]
    return lines if count < _LEAST_HEADERS else [*map(_said_in_subject, subjects), *lines[count:]]


def _said_in_subject(line: Line) -> Line:
    said = line.text.partition(":")[2].strip()
    start = line.start + line.text.rfind(said)
    return Line(text=said, start=start, end=start + len(said))


def _headers(lines: Sequence[Line]) -> int:
    """How many lines from the first on are headers."""
    return next((index for index, line in enumerate(lines) if not _HEADER.match(line.text)), len(lines))


def _before_history(lines: list[Line]) -> list[Line]:
    """The lines above the message that is answered or passed on; all of them where there are none above."""
    for index in range(_first_said(lines) + 1, len(lines)):
        if _begins_history(lines[index : index + _LEAST_HISTORY_HEADERS]):
            return lines[:index]
    return lines


def _begins_history(lines: Sequence[Line]) -> bool:
    """Whether a message is introduced here, perhaps over two lines."""
    line = lines[0].text.strip()
    pair = " ".join(one.text.strip() for one in lines[:2])
    return bool(_HISTORY.match(line) or _HISTORY.match(pair)) or _headers(lines) == _LEAST_HISTORY_HEADERS


def _without_notices(lines: list[Line]) -> list[Line]:
    """Without the paragraphs below the first that speak as the small print of an e-mail does."""
    first = _first_said(lines)
    kept = lines[: first + 1]
    for paragraph in _paragraphs(lines[first + 1 :]):
        cues = {found.lower() for line in paragraph for found in _NOTICE.findall(line.text)}
        kept += paragraph if len(cues) < _LEAST_NOTICES else []
    return kept


def _paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    found: list[list[Line]] = [[]]
    for line in lines:
        found[-1].append(line)
        if not line.text.strip():
            found.append([])
    return found


def _before_signature(lines: list[Line]) -> list[Line]:
    """Without what is signed with: from a sign-off, a rule or a device's own words on, but for a postscript."""
    said = [index for index, line in enumerate(lines) if _SAID.search(line.text) or line.text.strip() == "--"]
    for index in said[1:][-_MAX_SIGNATURE_LINES - 1 :]:
        if _signs(lines[index].text.strip(), _below(lines[index + 1 :])):
            after = next((at for at in range(index, len(lines)) if _POSTSCRIPT.match(lines[at].text)), len(lines))
            return [*lines[:index], *lines[after:]]
    return lines


def _below(lines: Sequence[Line]) -> list[str]:
    """What stands under a sign-off, up to a postscript."""
    after = next((at for at, line in enumerate(lines) if _POSTSCRIPT.match(line.text)), len(lines))
    return [line.text.strip() for line in lines[:after] if _SAID.search(line.text)]


def _signs(line: str, below: Sequence[str]) -> bool:
    """Whether a signature begins with the line. What asks or tells something below is none."""
    if any(one.endswith("?") or (len(one.split()) >= _TOLD_WORDS and not _CONTACT.search(one)) for one in below):
        return False
    if _CASUAL_SIGN_OFF.match(line):
        return bool(below and _NAME.match(below[0])) and all(map(_CONTACT.search, below[1:]))
    return line == "--" or any(pattern.match(line) for pattern in (_SIGN_OFF, _DEVICE))


def _without_greeting(lines: list[Line]) -> list[Line]:
    first = _first_said(lines)
    if first == len(lines) or _first_said(lines[first + 1 :]) == len(lines) - first - 1:
        return lines
    greets = _GREETING.match(lines[first].text) and len(lines[first].text.split()) <= _MAX_GREETING_WORDS
    return lines[first + 1 :] if greets else lines
