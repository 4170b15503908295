"""Personal data replaced by marks before a text goes to an upstream, and put back in what comes from it. Pure (B20).

E-mail addresses, IBANs, card and phone numbers are found by their form and, where they have one, by their check digits;
names of customers are those that the caller knows of. Presidio was looked at: its recognisers need a
language model of hundreds of megabytes for names and are no better for these forms.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Final

_EMAIL: Final = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"
# Spaces and hyphens of print too, as a page or a phone copies them.
_SPACES: Final = " \u00a0\u2007\u2009\u202f\u2010\u2011\\-"
_IBAN: Final = rf"\b[A-Za-z]{{2}}\d{{2}}(?:[{_SPACES}]?[A-Za-z0-9]{{2,4}}){{3,8}}\b"
_CARD: Final = (
    rf"(?<![\d.,])\d(?:[{_SPACES}]?\d){{12,60}}(?!\d|[.,]\d)"
    r"|(?<![\d.,])\d{4}(?:\.\d{4}){3}(?!\d|[.,]\d)"
)
_DATE: Final = r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)"
_PHONE: Final = (
    rf"(?<![\w.,])(?:\+|00)[1-9]\d{{0,2}}(?:[{_SPACES}./]?\(0\))?(?:[{_SPACES}./]?\(?\d{{1,4}}\)?){{2,6}}(?!\d|[.,]\d)"
    rf"|(?<![\w.,/-])(?!{_DATE})\(?0\d{{1,4}}\)?(?:[{_SPACES}./]\d{{2,5}}){{2,5}}(?!\d|[.,]\d)"
    rf"|(?<![\w.,/-])(?:\(0\d{{1,4}}\)|0\d{{2,4}})[{_SPACES}./]\d{{5,8}}(?!\d|[.,]\d)"
    r"|(?<![\w.,/-])0\d{8,11}(?!\d|[.,]\d)"
    rf"|(?<![\w.,/-])(?:1[{_SPACES}.])?(?:\([2-9]\d{{2}}\)[{_SPACES}]?|[2-9]\d{{2}}[{_SPACES}.])[2-9]\d{{2}}[{_SPACES}.]\d{{4}}"
    r"(?!\d|[.,]\d)"
)
# In this order: a mark has no digits, so what one form has taken no other one finds.
_FORMS: Final = {
    kind: re.compile(form) for kind, form in (("EMAIL", _EMAIL), ("IBAN", _IBAN), ("CARD", _CARD), ("PHONE", _PHONE))
}
_PHONE_DIGITS: Final = range(8, 16)
_IBAN_LENGTHS: Final = range(15, 35)
_CARD_LENGTHS: Final = (16, 15, *range(19, 16, -1), 14, 13)
"""As many digits a card has, the usual numbers first (ISO/IEC 7812-1)."""

# No letters that Roman numerals, scales or units are made of: nothing in a mark may pass for a number.
_LETTERS: Final = "FGHJNQRSWZ"
_MARK: Final = re.compile(r"\[(?:EMAIL|IBAN|CARD|PHONE|CUSTOMER)_[FGHJNQRSWZ]{2,4}\]")
_MARK_NAME: Final = re.compile(r"_([FGHJNQRSWZ]{2,4})\]")
_NAME_LENGTHS: Final = (2, 3, 4)
_LONGEST_MARK: Final = len("[CUSTOMER_FFFF]")
_PARTS: Final = re.compile(rf"(?=[{_SPACES}])")
_SPACE: Final = re.compile(rf"[{_SPACES}]")
_GROUP: Final = re.compile(rf"[^{_SPACES}]+")


class Redaction:
    """The marks of one reply or question: the same text has the same mark throughout. Not for concurrent use."""

    def __init__(self, customers: Iterable[str] = (), *, marks: Mapping[str, str] | None = None) -> None:
        """`marks` are marks that stand already, as `marks` gave them."""
        self.marks: Final = dict(marks or {})
        """Original → mark, of everything that was hidden so far."""
        self._originals = {mark: original for original, mark in self.marks.items()}
        self._names = _names(_MARK_NAME.findall(" ".join(self._originals)))
        self._customers: re.Pattern[str] | None = None
        self._known: frozenset[str] = frozenset()
        self.know(customers)

    def know(self, customers: Iterable[str]) -> None:
        """Hides these names as well from here on."""
        self._known |= frozenset(filter(None, customers))
        names = sorted(self._known, key=lambda name: (-len(name), name))
        self._customers = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)) if names else None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different ones of each kind were replaced, by the kind in lower case."""
        return Counter(mark[1:].partition("_")[0].lower() for mark in self._originals)

    def hide(self, text: str) -> str:
        """The text with a mark in place of everything personal."""
        hidden = text
        for kind, form in _FORMS.items():
            hidden = form.sub(partial(self._replaced, kind), hidden)
        return (
            self._customers.sub(lambda match: self._mark("CUSTOMER", match[0]), hidden) if self._customers else hidden
        )

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """The text with the originals in place of their marks; escaped where the text is JSON."""
        if not self._originals:
            return text

        def original(mark: re.Match[str]) -> str:
            value = self._originals.get(mark[0], mark[0])
            return json.dumps(value)[1:-1] if in_json else value

        return _MARK.sub(original, text)

    def _replaced(self, kind: str, match: re.Match[str]) -> str:
        return self._marked(kind, match[0])

    def _marked(self, kind: str, found: str) -> str:
        """What has the form of something personal, with a mark for each part of it that is."""
        start, end = _personal_in(kind, found)
        if start == end:
            return found
        before, after = self._marked(kind, found[:start]), found[end:]
        return before + self._mark(kind, found[start:end]) + self._marked(kind, after)

    def _mark(self, kind: str, original: str) -> str:
        if original not in self.marks:
            mark = f"[{kind}_{next(self._names)}]"
            self.marks[original], self._originals[mark] = mark, original
        return self.marks[original]


class Restoring:
    """Puts originals back into a text that streams: a mark may be cut anywhere."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._held = ""

    def feed(self, text: str) -> str:
        """Takes the next piece; what can be shown now."""
        whole = self._held + text
        start = whole.rfind("[", max(0, len(whole) - _LONGEST_MARK + 1))
        cut = start if start >= 0 and "]" not in whole[start:] else len(whole)
        self._held = whole[cut:]
        return self._redaction.restore(whole[:cut])

    def finish(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return rest


def _names(taken: Iterable[str]) -> Iterator[str]:
    used = frozenset(taken)
    for length in _NAME_LENGTHS:
        names = map("".join, product(_LETTERS, repeat=length))
        yield from (name for name in names if name not in used)


def _personal_in(kind: str, text: str) -> tuple[int, int]:
    """Where in `text`, which has the form of this kind, something personal is; nothing at (0, 0)."""
    match kind:
        case "CARD":
            return _card_in(text)
        case "IBAN":
            return 0, len(_iban_in(text))
        case "PHONE":
            return (0, len(text)) if len(_digits(text)) in _PHONE_DIGITS else (0, 0)
    return 0, len(text)


def _card_in(text: str) -> tuple[int, int]:
    """A card among groups of digits, of which others may be an order before it, its expiry or another card."""
    found = ((_CARD_LENGTHS.index(len(digits)), span) for span, digits in _spans(text) if _luhn(digits))
    return min(found, default=(0, (0, 0)))[1]


def _spans(text: str) -> Iterator[tuple[tuple[int, int], list[int]]]:
    """Whole groups beside each other that have as many digits together as a card, and those digits."""
    groups = [(group.start(), group.end(), _digits(group[0])) for group in _GROUP.finditer(text)]
    for place, (start, _, _) in enumerate(groups):
        digits: list[int] = []
        for _, end, more in groups[place:]:
            digits += more
            if len(digits) > max(_CARD_LENGTHS):
                break
            if len(digits) in _CARD_LENGTHS:
                yield (start, end), digits


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdecimal()]


def _luhn(digits: list[int]) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban_in(text: str) -> str:
    """The IBAN that `text` begins with, where words follow it that look like more of it; else nothing."""
    words = _PARTS.split(text)
    begun = ("".join(words[:count]) for count in range(len(words), 0, -1))
    return next((part for part in begun if _is_iban(_SPACE.sub("", part))), "")


def _is_iban(text: str) -> bool:
    """ISO 13616: the number is 1 modulo 97."""
    if len(text) not in _IBAN_LENGTHS or not text.isascii():
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1
