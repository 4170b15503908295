"""What the model reads of a text: one spelling of each letter, no markup, no addresses, the writer's own words. Pure.

The model learned from plain messages. Letters in other shapes, markup, links, stretched words and the history below an
e-mail's own words are not what was asked, and turned the labels of one text in six to five in six around
(tests/integration/classifier/test_reading.py).
"""

import re
import unicodedata
from html import unescape
from typing import Final

from services.classifier.text.disguises import undisguised
from services.classifier.text.email_parts import own_words

# Only what stands for an element of HTML: "<50 eur" and "<3" are none.
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|body|br|center|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|o:p|ol|p|pre|s|small|span"
    r"|strong|table|tbody|td|th|title|tr|u|ul|!doctype)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_UNSEEN: Final = (("<head", "</head>"), ("<style", "</style>"), ("<script", "</script>"), ("<!--", "-->"))
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+\d*);", re.IGNORECASE)
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_ROMAN: Final = frozenset("ivxwIVXW")


def read_of(text: str) -> str:
    """The text as the model reads it; never empty where there is something to read. The text itself if it is plain."""
    read = _without_markup(text) if "<" in text or "&" in text else text
    read = read if read.isascii() else unicodedata.normalize("NFKC", read)
    if "://" in read or "www." in read.lower():
        read = _LINK.sub("", read)
    read = own_words(_STRETCHED.sub(_once, undisguised(read)))
    return read if read.strip() else text


def _without_markup(text: str) -> str:
    for opening, closing in _UNSEEN:
        text = _without_parts(text, opening, closing)
    seen = _TAG.sub("", _BREAK.sub("\n", text))
    return unescape(seen) if _ENTITY.search(seen) else seen


def _without_parts(text: str, opening: str, closing: str) -> str:
    """Without everything from an `opening` to the next `closing`, in linear time (a lazy pattern takes quadratic)."""
    lowered, kept, position = text.lower(), [], 0
    if len(lowered) != len(text):
        return text
    while (start := lowered.find(opening, position)) >= 0 and (end := lowered.find(closing, start)) >= 0:
        kept.append(text[position:start])
        position = end + len(closing)
    return "".join([*kept, text[position:]])


def _once(found: re.Match[str]) -> str:
    return found.group() if found.group(1) in _ROMAN else found.group(1)
